import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Link } from "../data/node-state.js";
import { Foreign, State } from "../parts/basics.js";
import { useNodeState, useSnapshot } from "../parts/use-node.js";
import { Events } from "./events.js";
import { Network } from "./network.js";
import { NodeView } from "./node-view.js";
import { Overview } from "./overview.js";
import { useRoute, VIEWS } from "./routes.js";
import { Sync } from "./sync.js";
import { TaskView } from "./task-view.js";
import { isStatus, Tasks } from "./tasks.js";

const LINKS: Readonly<Record<Link, readonly ["good" | "warn" | "bad" | "idle", string]>> = {
  connecting: ["idle", "connecting"],
  open: ["good", "live"],
  login: ["warn", "not logged in"],
  lost: ["bad", "the node does not answer; trying again"],
};

function Login({ refusedLink }: { refusedLink: boolean }) {
  return (
    <div class="login">
      <h1>Log in</h1>
      {refusedLink && <p role="alert">This link was used before, or it is older than two minutes.</p>}
      <p>
        Run <code>tos-ai-sync dashboard</code> on this machine and open the link that it prints. The link works once.
      </p>
    </div>
  );
}

function isId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function View({ path, rest }: { path: string; rest: string }) {
  switch (path) {
    case "network":
      return <Network />;
    case "tasks":
      return isId(rest) ? (
        <TaskView key={rest} id={rest} />
      ) : (
        <Tasks key={rest} status={isStatus(rest) ? rest : "all"} />
      );
    case "sync":
      return <Sync />;
    case "node":
      return <NodeView />;
    case "events":
      return <Events />;
    default:
      return <Overview />;
  }
}

/** The whole page: header, navigation and one view. */
export function App({ refusedLink }: { refusedLink: boolean }) {
  const { link, info } = useSnapshot();
  const state = useNodeState();
  const { view, rest } = useRoute();
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${view.title} \u2013 tos-ai-sync`;
    // A reader of the page starts at the new view, except at the first one.
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [view, rest]);
  // A login link that is pasted into an open page changes only what follows the #.
  useLayoutEffect(() => {
    const pasted = (): void => {
      if (location.hash.startsWith("#login=")) location.reload();
    };
    addEventListener("hashchange", pasted);
    return () => removeEventListener("hashchange", pasted);
  }, [state]);
  const [level, text] = LINKS[link];
  return (
    <>
      <header>
        <a
          class="skip"
          href={`${location.hash === "" ? "#/" : location.hash}`}
          onClick={() => heading.current?.focus()}
        >
          Skip to the content
        </a>
        <div class="name">
          <strong>tos-ai-sync</strong> {info !== undefined && <Foreign text={`${info.network} ${info.version}`} />}
        </div>
        <div role="status" class="link">
          <State level={level} text={text} />
        </div>
        <nav aria-label="Views">
          {VIEWS.map(({ path, title }) => (
            <a key={path} href={`#/${path}`} aria-current={path === view.path ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main>
        {link === "login" ? (
          <Login refusedLink={refusedLink} />
        ) : (
          <>
            <h1 ref={heading} tabIndex={-1}>
              {view.title}
            </h1>
            {info === undefined ? <p class="quiet">Reading the node…</p> : <View path={view.path} rest={rest} />}
          </>
        )}
      </main>
    </>
  );
}
