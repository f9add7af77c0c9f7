import { UsageError } from "../exit-codes.js";

/** What bytes that are no UTF-8 become before a program sees its arguments. */
const REPLACEMENT = "\ufffd";

/**
 * Refuses a value that will be signed and holds U+FFFD in any text: what the person typed is not known any more. Contents
 * of files do not come this way; they are sent as bytes.
 */
export function refuseReplaced(value: unknown): void {
  if (typeof value === "string" && value.includes(REPLACEMENT)) {
    throw new UsageError(
      "an argument is not UTF-8 (it holds U+FFFD in its place): set the terminal to UTF-8 (LANG), or give the text by the API",
    );
  }
  if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      refuseReplaced(name);
      refuseReplaced(member);
    }
  }
}
