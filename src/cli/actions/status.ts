import type { z } from "zod";
import { showDuration, showTime } from "../arguments/index.js";
import type { CommandContext } from "../command-context.js";
import { type Output, plainLine, withFlags } from "../output/index.js";
import {
  describe,
  digestShape,
  infoShape,
  type Reach,
  readAnswer,
  showBodies,
  showDial,
  showInSync,
  showPartial,
  showProgress,
  showState,
} from "../show/index.js";

/** `status`: the node's identity and state. */
export async function status({ io, out, call, options }: CommandContext<{ readonly digest?: boolean }>): Promise<void> {
  const answer = await call("ai_get_network_info");
  const digestAnswer = options.digest === true ? await call("ai_get_state_digest") : undefined;
  if (out.json) {
    out.value(digestAnswer === undefined ? answer : { ...Object(answer), state_digest: digestAnswer });
    return;
  }
  const info = readAnswer(infoShape, answer);
  const digest = digestAnswer === undefined ? undefined : readAnswer(digestShape, digestAnswer);
  const tasks = Object.entries(info.tasks).filter(([, count]) => count > 0);
  const name = info.network_name === null ? "" : ` "${info.network_name}"`;
  const { kernel, sync } = info;
  const progress = showProgress(info);
  out.line(out.style("bold", `tos-ai-sync ${info.version} on ${info.network}${name}`));
  out.pairs([
    ["up", showDuration(info.uptime_seconds)],
    ["health", out.style(HEALTH_STYLES[info.health.status] ?? "yellow", plainLine(info.health.status))],
    ["node", info.node_address],
    ["key", info.node_key],
    ...info.authors.flatMap(({ name: author, address, left_today: left, stopped }) => [
      ["author", `${author}  ${address}`] as const,
      [
        "",
        `left today: ${left.tasks} tasks, ${left.submissions} submissions, ${left.validations} validations`,
      ] as const,
      ...(stopped === null ? [] : [["", out.style("red", stopped.text)] as const]),
    ]),
    ["kernel", kernel.reason === null ? kernel.backend : `${kernel.backend} (${kernel.reason})`],
    ["storage", info.storage],
    ...info.multiaddrs.map((address) => ["p2p", address] as const),
    ...showOwn(info.reach),
    ["peers", info.peers === 0 ? `0 (${showState(info.reach)})` : String(info.peers)],
    ...info.reach.bootstrap.map((dial) => ["bootstrap", showDial(dial, io.nowMs() / 1000)] as const),
    ["in sync", out.style(sync.in_sync ? "green" : "yellow", showInSync(info))],
    ...(progress === undefined ? [] : [["", progress] as const]),
    ["waiting for", `${sync.pending_tasks} tasks`],
    ["tasks", tasks.length === 0 ? "none" : tasks.map(([status, count]) => `${count} ${status}`).join(", ")],
    ["records", String(info.records)],
    ["bodies", showBodies(sync)],
    ["clock", showClock(info.clock, (style, text) => out.style(style, text))],
    ["registry", info.registry.kind],
    ...(info.chain.mode === "standalone" ? [] : [["chain", plainLine(showChain(info.chain))] as const]),
    ...(digest === undefined ? [] : [["state", `${digest.digest} at ${showTime(digest.at)}`] as const]),
  ]);
  showPartial(out, sync.set);
  showFaults(out, info.health.faults);
}

const HEALTH_STYLES: Readonly<Record<string, "green" | "red">> = { ok: "green", failed: "red" };

/** The announced addresses, if they differ from the listen addresses, and the addresses at which peers see the node. */
function showOwn({ announced, observed, loopback_only }: Reach): (readonly [string, string])[] {
  const advertised = announced.map(({ address, advertised: addresses, reason }) => {
    const becomes = address.startsWith("/dns") && addresses.length > 0 ? ` (${addresses.join(", ")})` : "";
    return plainLine(`${address}${becomes}${reason === null ? "" : `: ${describe(reason)}`}`);
  });
  const hosts = announced.length > 0 ? [] : observed.map(({ host, groups }) => showObserved(host, groups));
  const alone = loopback_only ? ["loopback only: peers on other machines cannot connect (--p2p-listen)"] : [];
  return [
    ...advertised.map((text) => ["announced", text] as const),
    ...hosts.map((text) => ["seen at", text] as const),
    ...alone.map((text) => ["listens", text] as const),
  ];
}

function showObserved(host: string, groups: number): string {
  const who = groups === 1 ? "reported by one group of peers" : `reported by ${groups} groups of peers`;
  return `${plainLine(host)}, ${who} (if peers can connect there: --announce)`;
}

/** The faults that last: since when, and their cures. */
function showFaults(out: Output, faults: z.infer<typeof infoShape>["health"]["faults"]): void {
  for (const { component, code, status, text, cure, since } of faults) {
    const mark = out.style(status === "failed" ? "red" : "yellow", plainLine(status));
    out.line(`${mark}  ${plainLine(`${component} ${code} since ${showTime(since)}: ${withFlags(text)}`)}`);
    if (cure !== undefined) out.line(`        ${out.style("dim", `to change that, ${plainLine(withFlags(cure))}`)}`);
  }
}

function showPlace(topoheight: number | null, stableHeight: number | null): string {
  if (topoheight === null) return "its height is not known yet";
  if (stableHeight === null) return `last known at ${topoheight}, before this start`;
  return `at ${topoheight}, stable to height ${stableHeight}`;
}

function showClock(
  { state, offset_seconds: offset, samples, warning }: z.infer<typeof infoShape>["clock"],
  style: (name: "yellow" | "red", text: string) => string,
): string {
  if (warning !== null) return style(state === "degraded" ? "red" : "yellow", plainLine(warning));
  if (offset === null) return "no peer to compare with";
  const where = offset === 0 ? "equal to" : `${Math.abs(offset)} s ${offset > 0 ? "ahead of" : "behind"}`;
  return `${where} the clocks of ${samples} ${samples === 1 ? "peer" : "peers"}`;
}

function showChain({ mode, topoheight, stable_height, trouble }: z.infer<typeof infoShape>["chain"]): string {
  const place = `${mode}, ${showPlace(topoheight, stable_height)}`;
  return trouble === null ? place : `${place}; ${trouble.reason}: ${trouble.detail}`;
}
