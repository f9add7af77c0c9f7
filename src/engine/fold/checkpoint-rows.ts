import { KEY_WORDS } from "../../protocol/key-words.js";
import { windowOf } from "../../protocol/membership.js";
import type { NetworkRules } from "../../protocol/rules.js";
import type { MemberRow } from "../set/index.js";
import { type TaskCheckpoint, typeOf } from "./checkpoint-codec.js";
import { AUTHOR, FORM, NUMBER_STRAND, OTHER, ROW_WORDS, ROWS_MAX, SUBJECT_BODY, timeOf } from "./packed-layout.js";

/** The members of a checkpoint, as the set takes them. */
export function* memberRows(
  { words, count, authorsAt, rowsAt, strands, others }: TaskCheckpoint,
  rules: Pick<NetworkRules, "windowSeconds">,
): Generator<MemberRow> {
  for (let at = rowsAt; at < rowsAt + ROW_WORDS * count; at += ROW_WORDS) {
    const form = (words[at + FORM] as number) & 3;
    const other = form === OTHER ? others[words[at + SUBJECT_BODY] as number] : undefined;
    const numberStrand = words[at + NUMBER_STRAND] as number;
    const timestampSeconds = timeOf(words, at);
    yield {
      words,
      idAt: at,
      authorAt: authorsAt + KEY_WORDS * (words[at + AUTHOR] as number),
      // The forms with columns are those of submissions and validations, in the order of their types.
      type: other === undefined ? form + 1 : typeOf(other),
      strand: strands[numberStrand & ROWS_MAX] as string,
      window: windowOf(timestampSeconds, rules),
      timestampSeconds,
      number: numberStrand >>> 16,
    };
  }
}
