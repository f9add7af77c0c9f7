import type { z } from "zod";
import type { dialShape, infoShape } from "../../api/shapes/index.js";
import { DIAL_REASONS } from "../../protocol/dial-reasons.js";
import { showDuration } from "../arguments/index.js";
import { plainLine } from "../output/index.js";

export type Dial = z.output<typeof dialShape>;
export type Reach = z.output<typeof infoShape>["reach"];

/** The text of a reason code. An unknown code (of another version) is shown as it is. */
export function describe(reason: string): string {
  return Object.hasOwn(DIAL_REASONS, reason) ? DIAL_REASONS[reason as keyof typeof DIAL_REASONS].text : reason;
}

/** Why a node has no peers. */
export function showState({ state }: Reach): string {
  switch (state) {
    case "alone":
      return "alone: no address to dial; name peers with --bootstrap, or wait until one connects";
    case "joining":
      return "joining: the first dials are in progress";
    case "isolated":
      return "isolated: see below";
    default:
      return plainLine(state);
  }
}

/** A dialled address and its last result. `now` is in unix seconds. */
export function showDial({ address, state, attempts, reason, last_tried, next_try }: Dial, now: number): string {
  if (reason === null) return plainLine(`${address}: ${state}`);
  const ago = last_tried === null ? "" : ` ${showDuration(Math.max(0, now - last_tried))} ago`;
  const next = next_try === null ? "" : `, again in ${showDuration(Math.max(0, next_try - now))}`;
  const tries = attempts === 1 ? "1 try" : `${attempts} tries`;
  return plainLine(`${address}: ${describe(reason)} (${tries}, the last${ago}${next})`);
}
