import type { ReasonCode } from "../../protocol/errors.js";
import { envelopeLabel, inFamilyOf } from "../metrics.js";
import type { Outbox } from "../outbox.js";

/** Counts an envelope that was refused, by its family and reason, and by its type and verdict. */
export function countRefused(out: Outbox, type: number, verdict: "ignored" | "bad", code: ReasonCode): void {
  out.count(inFamilyOf(type), code);
  out.count("envelopes_in", envelopeLabel(type, verdict));
}

/** Counts a new envelope. Admission counts the new members among the records. */
export function countNew(out: Outbox, type: number): void {
  if (inFamilyOf(type) === "messages_in") out.count("messages_in", "new");
  out.count("envelopes_in", envelopeLabel(type, "new"));
}
