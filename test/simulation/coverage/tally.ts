import type { EngineEffect } from "../../../src/engine/index.js";
import type { ReasonCode } from "../../../src/protocol/errors.js";

/** All kinds of effects. The compiler refuses a list that lacks one. */
export const EFFECT_KINDS = Object.keys({
  verify: true,
  verdict: true,
  persist: true,
  gossip: true,
  send: true,
  send_frames: true,
  send_request: true,
  send_scores: true,
  send_alert: true,
  send_vote_alert: true,
  send_certificate: true,
  cast_vote: true,
  own_key_elsewhere: true,
  send_response: true,
  serve_records: true,
  serve_body: true,
  serve_bodies: true,
  check_proof: true,
  scan: true,
  own_result: true,
  notify: true,
  load_task: true,
  peer_clock: true,
  own_equivocation: true,
  unknown_author: true,
  fault: true,
  count: true,
  log: true,
} satisfies Record<EngineEffect["kind"], true>);

/** Counts of all runs of one thread. */
export interface Tally {
  /** Effects that were carried out, by kind. */
  readonly effects: Readonly<Record<string, number>>;
  /** Reason codes that effects carried. */
  readonly effectCodes: Readonly<Record<string, number>>;
  /** Reason codes of errors and of failed results, when they were made. */
  readonly raised: Readonly<Record<string, number>>;
}

const effects = new Map<string, number>();
const effectCodes = new Map<string, number>();
const raised = new Map<string, number>();

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Called by the patched effect runner, once for each effect. */
export function countEffect(effect: EngineEffect): void {
  add(effects, effect.kind);
  if ("code" in effect && effect.code !== undefined) add(effectCodes, effect.code);
}

/** Called by the patched errors of the protocol. */
export function countCode(code: ReasonCode): void {
  add(raised, code);
}

/** All counts so far. Zero without the patches. */
export function tally(): Tally {
  return {
    effects: Object.fromEntries(effects),
    effectCodes: Object.fromEntries(effectCodes),
    raised: Object.fromEntries(raised),
  };
}
