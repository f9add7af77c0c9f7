import { InvalidArgumentError } from "commander";
import { PREFIX_MIN_DIGITS } from "../../protocol/id-prefix.js";

const HASH_DIGITS = 64;

/** 32 bytes of hex. */
export function hashArgument(text: string): string {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError("An id is 64 hex digits.");
}

/** How the help describes an id. */
export const ID_HELP = `64 hex digits, or the first ${PREFIX_MIN_DIGITS} and more of them`;

/** An id, or its first digits, which the context of a command completes. */
export function idArgument(text: string): string {
  const digits = text.replace(/(?:\.{3}|\u2026)$/, "");
  if (new RegExp(`^[0-9a-fA-F]{${PREFIX_MIN_DIGITS},${HASH_DIGITS}}$`).test(digits)) return digits.toLowerCase();
  throw new InvalidArgumentError(
    `An id is ${HASH_DIGITS} hex digits; its first digits, at least ${PREFIX_MIN_DIGITS}, stand for it.`,
  );
}

export function integerArgument(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected an integer from ${min} to ${max}.`);
  };
}

/** nanoTOS in a TOS. */
const DECIMALS = 9;
const AMOUNT = /^(\d{1,20})(?:\.(\d{1,9}))? *(tos|nanotos)?$/i;

/**
 * An amount in nanoTOS as text, because a number would round it. `15000000000`, `15000000000 nanoTOS`, `15 TOS` and
 * `0.5TOS` are amounts. A fraction needs the unit TOS.
 */
export function amountArgument(text: string): string {
  const [, whole, fraction, unit = "nanoTOS"] = AMOUNT.exec(text.trim()) ?? [];
  const isTos = unit.toLowerCase() === "tos";
  if (whole === undefined || (fraction !== undefined && !isTos)) {
    throw new InvalidArgumentError('An amount is a whole number of nanoTOS, or TOS with its unit, such as "1.5 TOS".');
  }
  return isTos ? BigInt(whole + (fraction ?? "").padEnd(DECIMALS, "0")).toString() : whole;
}

/** Lower case without separators: how names are compared that a person types. */
function bare(text: string): string {
  return text.toLowerCase().replace(/[-_ ]/g, "");
}

/** One of `names`, whatever its case and separators: `code-analysis` is CodeAnalysis. */
export function nameArgument<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => bare(name) === bare(text));
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Allowed choices are ${names.join(", ")}.`);
  };
}

/** All digits of an id are given. */
export function isWhole(id: string): boolean {
  return id.length === HASH_DIGITS;
}
