import { useLayoutEffect, useState } from "preact/hooks";

/** The views of the page, in the order of the navigation. */
export const VIEWS = [
  { path: "", title: "Overview" },
  { path: "network", title: "Network" },
  { path: "tasks", title: "Tasks" },
  { path: "sync", title: "Sync" },
  { path: "node", title: "Node" },
  { path: "events", title: "Events" },
] as const;

export interface Route {
  readonly view: (typeof VIEWS)[number];
  /** What follows the view, such as the id of a task. */
  readonly rest: string;
}

function routeOf(hash: string): Route {
  const [path = "", rest = ""] = hash.replace(/^#\/?/, "").split("/");
  return { view: VIEWS.find((view) => view.path === path) ?? VIEWS[0], rest };
}

/** The route of the address; changes with it. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  // Not `useEffect`, which runs after the page is painted: a change before that would be missed.
  useLayoutEffect(() => {
    const changed = (): void => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return routeOf(hash);
}
