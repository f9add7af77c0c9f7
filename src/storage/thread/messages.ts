import type { StoredEvent } from "../../engine/index.js";
import { NetworkError, type ReasonCode } from "../../protocol/errors.js";
import type { Damage } from "../damage.js";
import type { DataDirectoryOptions, DirectoryFormat } from "../directory/index.js";
import type { RecordRef } from "../keys.js";
import type { RecordStore } from "../types.js";

/** Values one after another in one buffer, which changes its thread without a copy. */
export interface PackedValues {
  /** Bytes of each value; {@link MISSING} for none. */
  readonly lengths: Int32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export const MISSING = -1;

/** The lists of a `RecordStore` that are read page by page. */
export type ListName = "names" | "windows" | "kept" | "bodies";
export type Row<N extends ListName> = ReturnType<RecordStore[N]> extends AsyncIterable<infer T> ? T : never;

export interface OpenedDirectory {
  readonly path: string;
  readonly keysPath: string;
  readonly format: DirectoryFormat;
  readonly damage: readonly string[];
  readonly upgraded?: boolean;
  readonly fallbackCause?: string;
}

/** What the thread is asked for, and what it answers. */
export interface Calls {
  readonly open: { readonly in: DataDirectoryOptions; readonly out: OpenedDirectory };
  readonly apply: { readonly in: { readonly packed: Uint8Array; readonly sync: boolean }; readonly out: undefined };
  readonly records: { readonly in: readonly RecordRef[]; readonly out: PackedValues };
  /** Keys and values of the records of a task, in turn. */
  readonly task: { readonly in: string; readonly out: PackedValues };
  /** Begins to read all records and answers the number of the reading. */
  readonly members: { readonly in: undefined; readonly out: number };
  /** The same for all checkpoints. */
  readonly checkpoints: { readonly in: undefined; readonly out: number };
  /** Keys and values of the next rows of such a reading, in turn; none at the end. */
  readonly rowPage: { readonly in: number; readonly out: PackedValues };
  readonly body: { readonly in: string; readonly out: PackedValues };
  readonly hasBody: { readonly in: string; readonly out: boolean };
  readonly events: { readonly in: { readonly after: number; readonly limit: number }; readonly out: StoredEvent[] };
  readonly newestEvent: { readonly in: undefined; readonly out: number };
  readonly meta: { readonly in: string; readonly out: PackedValues };
  readonly metaEntries: {
    readonly in: { readonly prefix: string; readonly limit: number };
    readonly out: { readonly keys: readonly string[]; readonly values: PackedValues };
  };
  /** Begins to read a list and answers the number of the reading. */
  readonly list: { readonly in: ListName; readonly out: number };
  /** The next rows of a reading; none at its end. */
  readonly page: { readonly in: number; readonly out: readonly Row<ListName>[] };
  /** Ends a reading before its end. */
  readonly leave: { readonly in: number; readonly out: undefined };
  readonly repair: { readonly in: undefined; readonly out: undefined };
  readonly close: { readonly in: undefined; readonly out: undefined };
}
export type CallName = keyof Calls;

export type Request = {
  [N in CallName]: { readonly id: number; readonly call: N; readonly input: Calls[N]["in"] };
}[CallName];

/** An error without its class. */
export interface ErrorParts {
  readonly code: ReasonCode;
  readonly message: string;
  /** Codes and messages of the causes, the outermost first. */
  readonly causes: readonly { readonly code: string | undefined; readonly message: string }[];
}

/** A loss, before the answer to the call that met it. */
export type LossNotice =
  | { readonly loss: "damaged"; readonly damage: Damage }
  | { readonly loss: "missing"; readonly id: string; readonly reason: string }
  | { readonly loss: "undecodable"; readonly what: string };

export type FromThread =
  | { readonly id: number; readonly output: Calls[CallName]["out"] }
  | { readonly id: number; readonly error: ErrorParts }
  | LossNotice;

/** Causes that cross to the other thread. A chain has two or three, and might be circular. */
const MAX_CAUSES = 8;

/** Any failure in a form that crosses to another thread; one that is not typed becomes `storage_failed`. */
export function partsOf(error: unknown): ErrorParts {
  const causes: { code: string | undefined; message: string }[] = [];
  const isTyped = error instanceof NetworkError;
  let cause: unknown = isTyped ? error.cause : error;
  while (cause instanceof Error && causes.length < MAX_CAUSES) {
    const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
    causes.push({ code, message: cause.message });
    cause = cause.cause;
  }
  if (isTyped) return { code: error.code, message: error.message, causes };
  return { code: "storage_failed", message: error instanceof Error ? error.message : String(error), causes };
}

/** The error that {@link partsOf} took apart. */
export function errorOf({ code, message, causes }: ErrorParts): NetworkError {
  let cause: Error | undefined;
  for (const inner of causes.toReversed()) {
    const made = new Error(inner.message, cause === undefined ? {} : { cause });
    cause = inner.code === undefined ? made : Object.assign(made, { code: inner.code });
  }
  return new NetworkError(code, message, cause === undefined ? {} : { cause });
}

export function packValues(values: readonly (Uint8Array | undefined)[]): PackedValues {
  const lengths = new Int32Array(values.length);
  let total = 0;
  for (const [at, value] of values.entries()) {
    lengths[at] = value?.length ?? MISSING;
    total += value?.length ?? 0;
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const value of values) {
    if (value === undefined) continue;
    bytes.set(value, at);
    at += value.length;
  }
  return { lengths, bytes };
}

/** Copies: a view would keep all values of the answer in memory. */
export function unpackValues(packed: PackedValues): (Uint8Array | undefined)[] {
  return viewsOf(packed).map((view) => view?.slice());
}

/** Views into the buffer of the answer. */
export function viewsOf({ lengths, bytes }: PackedValues): (Uint8Array | undefined)[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    if (length === MISSING) return undefined;
    at += length;
    return bytes.subarray(at - length, at);
  });
}
