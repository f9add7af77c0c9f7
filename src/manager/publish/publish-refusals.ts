import { NetworkError, type ReasonCode } from "../../protocol/errors.js";
import { utcTime } from "../../storage/index.js";
import { PROGRAM_MADE_SECONDS } from "../faults/index.js";

/** Reasons in words, for the caller of a publishing method. */
const SAYINGS: Partial<Record<ReasonCode, string>> = {
  not_found: "the task or submission is not known here",
  task_over: "the task no longer takes this",
  not_allowed: "this author may not do that in this task, or this node does not hold its task type",
  subject_used: "this author has signed another record about the same thing",
  unknown_author: "the author is not in the registry",
  storage_failed:
    "the disk refuses writes: the record is kept and published when it takes them; ask again with the same idempotency key",
  storage_full: "this node has no room for another record now",
  kernel_failed: "the kernel failed on the record",
  stopped: "the node stops: the record is published at its next start",
};

/** A caller may give any u48, more than a date can be. */
export function showSeconds(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace(".000Z", "Z");
}

/** Why a record was not published, in words. */
export function refusal(code: ReasonCode): NetworkError {
  return new NetworkError(code, SAYINGS[code] ?? `the record was refused: ${code}`);
}

/** A copied data directory has the author keys, too: what it signs unheard would stand against what the other node signs. */
export function doubled(twin: string): NetworkError {
  return new NetworkError(
    "peer_id_in_use",
    `${twin}. Its author keys are likely copied, too: nothing is signed here until a peer takes this node. Stop one of the ` +
      "two nodes; in a copied data directory remove libp2p.key and make new keys (tos-ai-sync key new <name>). If there is " +
      "no second node, name another --bootstrap, or remove libp2p.key and restart",
  );
}

/** Peers would find such a record past the horizon, and the key would have spent a number on it. */
export function clockUnset(nowSeconds: number): NetworkError {
  return new NetworkError(
    "clock_behind",
    `this machine's clock says ${utcTime(nowSeconds)}, which is before this program was made: set it (run NTP: timedatectl set-ntp true)`,
    { details: { signs_again_at: PROGRAM_MADE_SECONDS, clock: nowSeconds } },
  );
}
