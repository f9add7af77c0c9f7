import { UsageError } from "../exit-codes.js";

/** Node replaces bytes of an argument that are not UTF-8 with this character. */
const REPLACEMENT = "\ufffd";

/**
 * Refuses a value to be signed that contains U+FFFD, since the text as it was typed is not known any more. The content
 * of files is sent as bytes and is not checked here.
 */
export function refuseReplaced(value: unknown): void {
  if (typeof value === "string" && value.includes(REPLACEMENT)) {
    throw new UsageError(
      "an argument is not UTF-8 (it contains the replacement character U+FFFD): set the terminal to UTF-8 (LANG), " +
        "or pass the text to the API",
    );
  }
  if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      refuseReplaced(name);
      refuseReplaced(member);
    }
  }
}
