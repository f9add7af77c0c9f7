import type { Stats } from "../data/history.js";
import { Bar, Card, Facts, Foreign, State, Table } from "../parts/basics.js";
import { Chart } from "../parts/chart.js";
import { showBytes, showDuration, showNumber, words } from "../parts/text.js";
import { useSnapshot } from "../parts/use-node.js";
import { Faults } from "./overview.js";

const DROPS = ["gossip_dropped", "dropped", "frames_dropped", "connections_refused", "log_lines_lost", "own_refused"];

/** Rows of a count by name and label, the greatest first. */
function countRows(stats: Stats, names: readonly string[]) {
  return names
    .flatMap((name) => Object.entries(stats.counters[name] ?? {}).map(([label, count]) => ({ name, label, count })))
    .sort((a, b) => b.count - a.count)
    .map(({ name, label, count }) => ({
      key: `${name} ${label}`,
      cells: [words(name), words(label), showNumber(count)],
    }));
}

/** Structures that are drawn at once: a full one is among the first. */
const FULLEST = 12;

function Bounds({ stats }: { stats: Stats }) {
  const rows = [...stats.bounds].sort((a, b) => b.size / b.cap - a.size / a.cap);
  return (
    <>
      <BoundTable caption="The fullest structures with a cap" rows={rows.slice(0, FULLEST)} />
      <details>
        <summary>{showNumber(Math.max(0, rows.length - FULLEST))} others</summary>
        <BoundTable caption="The other structures with a cap" rows={rows.slice(FULLEST)} />
      </details>
    </>
  );
}

function BoundTable({ caption, rows }: { caption: string; rows: Stats["bounds"] }) {
  return (
    <Table
      caption={caption}
      heading={["Structure", "Filled", "Cap"]}
      none="The node reports none."
      rows={rows.map(({ name, size, cap }) => ({
        key: name,
        cells: [
          words(name),
          <Bar key="size" value={size} max={cap} text={showNumber(size)} label={`${words(name)} of its cap`} />,
          showNumber(cap),
        ],
      }))}
    />
  );
}

const VERDICTS = ["new", "ignored", "bad"] as const;

/** Messages by type, with the number of each verdict. */
function Envelopes({ stats }: { stats: Stats }) {
  const counts = stats.counters.envelopes_in ?? {};
  const types = [...new Set(Object.keys(counts).map((label) => label.replace(/_[a-z]+$/, "")))];
  return (
    <Table
      caption="Messages judged since the start, by type and verdict"
      heading={["Type", "New", "Ignored", "Bad"]}
      none="No message came yet."
      rows={types.map((type) => ({
        key: type,
        cells: [words(type), ...VERDICTS.map((verdict) => showNumber(counts[`${type}_${verdict}`] ?? 0))],
      }))}
    />
  );
}

function showMean({ count, sum_seconds: sum }: Stats["latencies"][number]): string {
  return `${showNumber((sum / Math.max(1, count)) * 1000)} ms`;
}

/** The machinery of the node: load, queues, drops, durations, storage and health. */
export function NodeView() {
  const { info, stats, points } = useSnapshot();
  if (info === undefined || stats === undefined) return <p class="quiet">Reading the node…</p>;
  const times = points.map(({ atSeconds }) => atSeconds);
  return (
    <div class="grid">
      <Card title="Load" wide>
        <Chart
          label="Delay of the event loop, 99th percentile"
          times={times}
          show={(value) => `${showNumber(value)} ms`}
          least={20}
          lines={[{ name: "delay", colour: "--one", values: points.map(({ loopDelayMs }) => loopDelayMs) }]}
        />
        <Chart
          label="Memory"
          times={times}
          show={showBytes}
          least={1}
          lines={[{ name: "resident", colour: "--two", values: points.map(({ residentBytes }) => residentBytes) }]}
        />
        <Chart
          label="Processor"
          times={times}
          show={(value) => `${showNumber(value * 100)} %`}
          least={0.2}
          lines={[{ name: "of one core", colour: "--four", values: points.map(({ cpu }) => cpu) }]}
        />
      </Card>
      <Card title="Storage and process">
        <Facts
          rows={[
            ["Database", info.storage],
            ["Damaged values", showNumber(info.damaged_values)],
            ["Heap in use", showBytes(stats.load.heap_used_bytes)],
            ["Garbage collection", showDuration(stats.load.gc_seconds)],
            ["Kernel", info.kernel.backend],
            ["Why not faster", <Foreign key="why" text={info.kernel.reason ?? "it is the fastest"} />],
            ["Registry", info.registry.kind],
          ]}
        />
        <ul class="plain">
          {Object.entries(info.health.components).map(([name, { status }]) => (
            <li key={name}>
              <State level={status === "ok" ? "good" : status === "failed" ? "bad" : "warn"} text={words(name)} />
            </li>
          ))}
        </ul>
        <Faults info={info} />
      </Card>
      <Card title="Durations">
        <Table
          caption="Durations since the start"
          heading={["What", "How", "Count", "Mean"]}
          none="Nothing was measured yet."
          rows={stats.latencies.map((row) => ({
            key: `${row.name} ${row.label}`,
            cells: [words(row.name), words(row.label), showNumber(row.count), showMean(row)],
          }))}
        />
        <Table
          caption="Answers of peers, by kind of request and time"
          heading={["Counter", "Within", "Count"]}
          none="No request was answered yet."
          rows={countRows(stats, ["requests_answered"])}
        />
      </Card>
      <Card title="Peers by score">
        <ul class="counts">
          {Object.entries(stats.peer_scores).map(([end, count]) => (
            <li key={end}>
              <span>up to {end}</span>
              <Bar value={count} max={info.peers} text={showNumber(count)} label={`Peers with a score up to ${end}`} />
            </li>
          ))}
        </ul>
      </Card>
      <Card title="Queues and maps" wide>
        <Bounds stats={stats} />
      </Card>
      <Card title="Dropped and refused">
        <Table
          caption="What was dropped or refused since the start, by reason"
          heading={["Counter", "Reason", "Count"]}
          none="Nothing was dropped."
          rows={countRows(stats, DROPS)}
        />
      </Card>
      <Card title="Messages by type and verdict">
        <Envelopes stats={stats} />
        <Table
          caption="Bundles, bodies and outcomes since the start"
          heading={["Counter", "Outcome", "Count"]}
          none="No bundle came yet."
          rows={countRows(stats, ["bundles_in", "records_in", "messages_in", "bodies_in", "broadcasts", "bundles_out"])}
        />
      </Card>
    </div>
  );
}
