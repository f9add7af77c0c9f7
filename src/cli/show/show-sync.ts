import type { z } from "zod";
import type { infoShape } from "../../api/shapes/index.js";
import { showDuration } from "../arguments/index.js";
import type { Output } from "../output/index.js";
import { progressBar } from "./progress.js";

type Info = z.infer<typeof infoShape>;
type Sync = Info["sync"];

/** Whether the node agrees with its peers, and how much is missing. */
export function showInSync(info: Info): string {
  const { in_sync: inSync, catching_up: left, bodies } = info.sync;
  if (inSync) return bodies.unavailable === 0 ? "yes" : `yes, but for bodies that no peer holds: ${bodies.unavailable}`;
  if (left === null) return showNotCompared(info);
  const { records, target_records: targetRecords, bodies: held, target_bodies: targetBodies } = left;
  const counts = `${records} of ${targetRecords} records, ${held} of ${targetBodies} bodies`;
  return info.peers === 0 ? `no: ${counts}, and there is no peer to ask` : `no, catching up: ${counts}`;
}

/** The progress of a catch-up as a bar, with its rate and the time left; undefined if nothing is being fetched. */
export function showProgress({ peers, sync }: Info): string | undefined {
  const left = sync.catching_up;
  if (left === null || peers === 0) return undefined;
  const share = (left.records + left.bodies) / (left.target_records + left.target_bodies);
  const bar = progressBar(share);
  if (left.seconds_left === null) return `${bar}, nothing came in the last seconds`;
  const rate = `${left.records_per_second} records/s, ${left.bodies_per_second} bodies/s`;
  return `${bar}, ${rate}, ${showDuration(left.seconds_left)} left`;
}

/** Why it is not known whether the node equals its peers. */
function showNotCompared({ peers, sync }: Info): string {
  if (peers === 0) return "no: there is no peer to compare with";
  const equal = sync.strands.every(({ equal_peers, peers: holders }) => holders > 0 && equal_peers === holders);
  return equal
    ? "not known: all peers are equal, but too few of them count (those that dialled this node count by address " +
        "group, at least two; those named with --bootstrap count by themselves)"
    : "not known with enough peers";
}

/** Counts of bodies: held, missing, withheld. */
export function showBodies({ bodies: { held, missing, unavailable, withheld } }: Sync): string {
  const parts = [`${held} held`];
  if (missing > 0) parts.push(`${missing} missing${unavailable === 0 ? "" : ` (${unavailable} that no peer holds)`}`);
  if (withheld > 0) parts.push(`${withheld} withheld until a deadline`);
  return parts.join(", ");
}

/** Warns that statuses are folded from a part of the records. */
export function showPartial(out: Output, set: string): void {
  if (set !== "catching_up") return;
  out.line(out.style("yellow", "this node is catching up: it holds a part of the records, and statuses may change"));
}
