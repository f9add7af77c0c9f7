import { showDuration, showTime } from "../arguments/index.js";
import { plainLine } from "../output/index.js";
import { showInSync, showProgress } from "../show/index.js";
import { rates } from "./rates.js";
import type { Reading } from "./reading.js";

/** Keys of the views, with the name of each. */
export const VIEW_KEYS = {
  "1": "overview",
  "2": "peers",
  "3": "tasks",
  "4": "sync",
  "5": "queues",
  "6": "events",
} as const;
export type ViewKey = keyof typeof VIEW_KEYS;

export function isViewKey(key: string): key is ViewKey {
  return Object.hasOwn(VIEW_KEYS, key);
}

/** Hex digits of an id that tell the ids of a screen apart. */
const ID_DIGITS = 12;
/** Rows of the lists in the overview. */
const FEW = 5;

/** Foreign text as characters of one cell each, so that columns stay columns. */
function narrow(text: string): string {
  return plainLine(text).replace(/[^\u0020-\u024f]/gu, "?");
}

/** Columns under a heading. */
function table(heading: readonly string[], rows: readonly (readonly string[])[], none: string): string[] {
  if (rows.length === 0) return [`  ${none}`];
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
  return [heading, ...rows].map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd());
}

function peerLines({ peers }: Reading): string[] {
  const rows = [...peers]
    .sort((a, b) => b.score - a.score)
    .map((peer) => [
      peer.address.slice(0, ID_DIGITS + 4),
      peer.score.toFixed(2),
      peer.latency_ms === null ? "-" : `${peer.latency_ms} ms`,
      peer.direction,
      `${peer.streams.sync}/${peer.streams.gossip}`,
      String(Object.values(peer.dropped).reduce((sum, count) => sum + count, 0)),
      narrow(peer.agent),
    ]);
  return ["Peers, the best score first", ...table(PEER_HEADING, rows, "no peer is connected")];
}

const PEER_HEADING = ["PEER", "SCORE", "LATENCY", "DIRECTION", "SYNC/GOSSIP", "DROPPED", "AGENT"];

function taskLines({ tasks }: Reading): string[] {
  const rows = tasks.map((task) => [
    task.task_id.slice(0, ID_DIGITS),
    task.status + (task.final ? " (final)" : ""),
    task.task_type ?? "",
    String(task.submissions),
    (task.waits_for ?? "").replaceAll("_", " "),
    showTime(task.published_at),
  ]);
  const heading = ["TASK", "STATUS", "TYPE", "SUBMISSIONS", "WAITS FOR", "PUBLISHED AT"];
  return ["Newest tasks", ...table(heading, rows, "no task is held")];
}

function syncLines({ info }: Reading): string[] {
  const rows = info.sync.strands.map((strand) => [
    strand.strand,
    strand.in_sync ? "equal" : "comparing",
    `${strand.equal_peers} of ${strand.peers}`,
  ]);
  return [
    `In sync: ${showInSync(info)}`,
    showProgress(info) ?? "Nothing is being fetched.",
    `Bodies: ${Object.entries(info.sync.bodies)
      .map(([state, count]) => `${count} ${state}`)
      .join(", ")}`,
    "",
    "Strands",
    ...table(["STRAND", "STATE", "EQUAL PEERS"], rows, "no strand is held"),
  ];
}

function boundLines({ stats: { bounds } }: Reading, count: number): string[] {
  const rows = [...bounds]
    .sort((a, b) => b.size / b.cap - a.size / a.cap)
    .slice(0, count)
    .map(({ name, size, cap }) => [name, String(size), String(cap), `${Math.floor((100 * size) / cap)} %`]);
  return ["Fullest structures", ...table(["STRUCTURE", "SIZE", "CAP", "FILLED"], rows, "none is reported")];
}

const DROPS = ["gossip_dropped", "dropped", "frames_dropped", "connections_refused", "own_refused", "log_lines_lost"];

function dropLines({ stats: { counters } }: Reading, count: number): string[] {
  const rows = DROPS.flatMap((name) =>
    Object.entries(counters[name] ?? {}).map(([label, dropped]) => ({ name, label, dropped })),
  )
    .sort((a, b) => b.dropped - a.dropped)
    .slice(0, count)
    .map(({ name, label, dropped }) => [name, label, String(dropped)]);
  return ["Dropped and refused since the start", ...table(["COUNTER", "REASON", "COUNT"], rows, "nothing")];
}

function eventLines({ stats: { notable }, alerts }: Reading, count: number): string[] {
  const rows = [
    ...alerts.map((alert) => ({
      at: alert.signed_at,
      cells: [
        "equivocator",
        `${alert.equivocator.slice(0, ID_DIGITS)}, proof ${alert.proof.map((id) => id.slice(0, ID_DIGITS)).join(" and ")}`,
      ],
    })),
    ...notable.map(({ at_ms, name, label, times }) => ({
      at: Math.floor(at_ms / 1000),
      cells: [name.replaceAll("_", " "), `${label.replaceAll("_", " ")}${times === 1 ? "" : `, ${times} times`}`],
    })),
  ];
  const newest = rows.sort((a, b) => b.at - a.at).slice(0, count);
  const cells = newest.map((row) => [showTime(row.at), ...row.cells]);
  return ["Notable, newest first", ...table(["AT", "WHAT", "DETAIL"], cells, "nothing")];
}

function faultLines({ info }: Reading): string[] {
  return info.health.faults.map(
    ({ component, code, status, text }) => `! ${status}: ${component} ${code}: ${narrow(text)}`,
  );
}

function chainText({ info: { chain } }: Reading): string {
  if (chain.mode === "standalone") return "standalone";
  const trouble = chain.trouble === null ? "" : `, ${narrow(chain.trouble.reason)}`;
  return `${chain.mode} at ${chain.topoheight ?? "?"}, stable ${chain.stable_height ?? "?"}${trouble}`;
}

function overviewLines(reading: Reading, before: Reading | undefined): string[] {
  const { info } = reading;
  const tasks = Object.entries(info.tasks).filter(([, count]) => count > 0);
  const progress = showProgress(info);
  const { clock } = info;
  return [
    `in sync  ${showInSync(info)}`,
    ...(progress === undefined ? [] : [`         ${progress}`]),
    `tasks    ${tasks.map(([status, count]) => `${count} ${status}`).join(", ") || "none"}`,
    `records  ${info.records}   peers ${info.peers}   chain ${chainText(reading)}   kernel ${info.kernel.backend}   ${info.storage}`,
    `clock    ${clock.offset_seconds === null ? "no peer to compare with" : `${clock.offset_seconds} s from the peers`}`,
    ...rates(reading.stats, before?.stats),
    ...faultLines(reading),
    "",
    ...peerLines(reading).slice(0, FEW + 2),
    "",
    ...boundLines(reading, FEW),
    "",
    ...dropLines(reading, FEW),
    "",
    ...eventLines(reading, FEW),
  ];
}

/** The first line of every view. */
function titleLine({ info }: Reading, link: string): string {
  const name = info.network_name === null ? "" : ` "${narrow(info.network_name)}"`;
  const up = showDuration(info.uptime_seconds);
  return `tos-ai-sync ${narrow(info.version)} on ${info.network}${name}   up ${up}   health ${info.health.status}${link}`;
}

/** The lines of a view. `before` is an earlier reading, for rates; `link` tells of a node that does not answer. */
export function viewLines(key: ViewKey, reading: Reading, before: Reading | undefined, link = ""): string[] {
  const every = Number.MAX_SAFE_INTEGER;
  const views = {
    overview: () => overviewLines(reading, before),
    peers: () => peerLines(reading),
    tasks: () => taskLines(reading),
    sync: () => syncLines(reading),
    queues: () => [...boundLines(reading, every), "", ...dropLines(reading, every)],
    events: () => [...faultLines(reading), ...eventLines(reading, every)],
  } as const;
  return [titleLine(reading, link), "", ...views[VIEW_KEYS[key]]()];
}
