import type { Info } from "../data/node-state.js";
import { Bar, Card, Facts, Foreign, Id, State } from "../parts/basics.js";
import { Chart } from "../parts/chart.js";
import { showDuration, showNumber, showRate, words } from "../parts/text.js";
import { useSnapshot } from "../parts/use-node.js";

const LEVELS = { ok: "good", degraded: "warn", failed: "bad" } as const;

function showChain({ chain }: Info): string {
  if (chain.mode === "standalone") return "none: standalone network";
  const place = chain.topoheight === null ? "height not known yet" : `at ${showNumber(chain.topoheight)}`;
  const stable = chain.stable_height === null ? "" : `, stable ${showNumber(chain.stable_height)}`;
  return `${chain.mode}, ${place}${stable}`;
}

/** The faults that last, each with its cure. */
export function Faults({ info }: { info: Info }) {
  const { faults, warnings = [] } = info.health;
  if (faults.length === 0 && warnings.length === 0) return <p class="quiet">No fault.</p>;
  return (
    <ul class="faults">
      {faults.map(({ component, code, status, text, cure }) => (
        <li key={`${component} ${code}`}>
          <State level={LEVELS[status]} text={`${words(component)}: ${words(code)}`} />
          <p>
            <Foreign text={text} />
          </p>
          {cure !== undefined && (
            <p class="quiet">
              To change that: <Foreign text={cure} />
            </p>
          )}
        </li>
      ))}
      {warnings.map((text) => (
        <li key={text}>
          <State level="warn" text="warning" />
          <p>
            <Foreign text={text} />
          </p>
        </li>
      ))}
    </ul>
  );
}

/** Tasks by status, as links to their lists. */
export function TaskCounts({ info }: { info: Info }) {
  const total = Object.values(info.tasks).reduce((sum, count) => sum + count, 0);
  return (
    <ul class="counts">
      {Object.entries(info.tasks).map(([status, count]) => (
        <li key={status}>
          <a href={`#/tasks/${status}`}>{words(status)}</a>
          <Bar value={count} max={total} text={showNumber(count)} label={`${status} of all tasks`} />
        </li>
      ))}
    </ul>
  );
}

/** What a person wants to know first. */
export function Overview() {
  const { info, points } = useSnapshot();
  if (info === undefined) return null;
  const { sync, health, clock } = info;
  const times = points.map(({ atSeconds }) => atSeconds);
  const verdict = (name: string) => points.map(({ bundles }) => bundles[name] ?? 0);
  return (
    <div class="grid">
      <Card title="State">
        <Facts
          rows={[
            ["Health", <State key="health" level={LEVELS[health.status]} text={health.status} />],
            [
              "In sync",
              sync.in_sync ? (
                <State level="good" text="yes" />
              ) : (
                <State level="warn" text={sync.set === "unknown" ? "too few peers to compare with" : words(sync.set)} />
              ),
            ],
            ["Peers", showNumber(info.peers)],
            ["Records", showNumber(info.records)],
            ["Running for", showDuration(info.uptime_seconds)],
            ["Chain", <Foreign key="chain" text={showChain(info)} />],
            [
              "Clock",
              clock.offset_seconds === null
                ? "no peer to compare with"
                : `${showNumber(clock.offset_seconds)} s from ${clock.samples} peers`,
            ],
            ["Kernel", info.kernel.reason === null ? info.kernel.backend : `${info.kernel.backend} (slower)`],
            ["Node", <Id key="node" id={info.node_address} />],
          ]}
        />
      </Card>
      <Card title="Tasks">
        <TaskCounts info={info} />
      </Card>
      <Card title="Faults">
        <Faults info={info} />
      </Card>
      <Card title="Messages" wide>
        <Chart
          label="Gossip bundles by verdict"
          times={times}
          show={showRate}
          least={1}
          lines={[
            { name: "accepted", colour: "--one", values: verdict("accept") },
            { name: "ignored", colour: "--two", values: verdict("ignore") },
            { name: "rejected", colour: "--three", values: verdict("reject") },
          ]}
        />
        <Chart
          label="Judged and verified"
          times={times}
          show={showRate}
          least={1}
          lines={[
            { name: "records", colour: "--one", values: points.map(({ records }) => records) },
            { name: "other messages", colour: "--two", values: points.map(({ messages }) => messages) },
            { name: `verified by ${info.kernel.backend}`, colour: "--four", values: points.map((p) => p.verified) },
          ]}
        />
      </Card>
    </div>
  );
}
