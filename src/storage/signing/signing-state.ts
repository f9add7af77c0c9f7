/** The file beside a signing log that records whether its key may sign. Absent for a key that was never stopped. */
import { join } from "node:path";
import { z } from "zod";
import { NetworkError } from "../../protocol/errors.js";
import { readPrivateFile, replacePrivateFile } from "../files/index.js";
import { storageError } from "../storage-error.js";

const FILE_NAME = "signing-state.json";
const STATE_VERSION = 1 as const;

/** Reasons of a stop, the weaker first. A proved stop is never undone. */
export const STOP_REASONS = ["key_used_elsewhere", "key_equivocated"] as const;
export type StopReason = (typeof STOP_REASONS)[number];

/** Cap of the record ids that show the reason; two are a proof. */
const MAX_RECORDS = 2;

const recordIds = z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(MAX_RECORDS);
const shape = z.discriminatedUnion("state", [
  z.strictObject({
    version: z.literal(STATE_VERSION),
    state: z.literal("stopped"),
    reason: z.enum(STOP_REASONS),
    at_seconds: z.int().nonnegative(),
    records: recordIds,
  }),
  z.strictObject({
    version: z.literal(STATE_VERSION),
    state: z.literal("resumed"),
    at_seconds: z.int().nonnegative(),
    first_day: z.int().nonnegative(),
  }),
]);

/** A stopped key. */
export interface StoppedKey {
  readonly kind: "stopped";
  readonly reason: StopReason;
  /** When this node found the reason, unix seconds. */
  readonly atSeconds: number;
  /** Record ids, hex: a record that the key signed elsewhere, or the two of an equivocation. */
  readonly records: readonly string[];
}

export type SigningState =
  | { readonly kind: "signing" }
  | StoppedKey
  /** A person confirmed that no other node signs with the key: records before `firstDay` (UTC) do not stop it. */
  | { readonly kind: "resumed"; readonly atSeconds: number; readonly firstDay: number };

export function statePath(keyDirectory: string): string {
  return join(keyDirectory, FILE_NAME);
}

/** `storage_corrupt` for an unreadable file: it is then unknown whether the key may sign. */
export async function readSigningState(keyDirectory: string): Promise<SigningState> {
  const path = statePath(keyDirectory);
  let bytes: Uint8Array;
  try {
    bytes = await readPrivateFile(path);
  } catch (cause) {
    if (cause instanceof NetworkError && cause.code === "not_found") return { kind: "signing" };
    throw cause;
  }
  const parsed = parse(bytes);
  if (parsed === undefined) {
    throw new NetworkError(
      "storage_corrupt",
      `${path} is damaged, and it records whether the key was stopped: ` +
        "restore it, or make a new key and move this one away",
    );
  }
  const { at_seconds: atSeconds } = parsed;
  return parsed.state === "stopped"
    ? { kind: "stopped", reason: parsed.reason, atSeconds, records: parsed.records }
    : { kind: "resumed", atSeconds, firstDay: parsed.first_day };
}

function parse(bytes: Uint8Array): z.infer<typeof shape> | undefined {
  try {
    return shape.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))).data;
  } catch {
    return undefined;
  }
}

/** On the disk when it resolves. */
export async function writeSigningState(
  keyDirectory: string,
  state: Exclude<SigningState, { kind: "signing" }>,
): Promise<void> {
  const base = { version: STATE_VERSION, at_seconds: state.atSeconds } as const;
  const content: z.input<typeof shape> =
    state.kind === "stopped"
      ? { ...base, state: "stopped", reason: state.reason, records: state.records.slice(0, MAX_RECORDS) }
      : { ...base, state: "resumed", first_day: state.firstDay };
  try {
    await replacePrivateFile(
      statePath(keyDirectory),
      new TextEncoder().encode(`${JSON.stringify(content, undefined, 2)}\n`),
    );
  } catch (cause) {
    throw storageError(`${statePath(keyDirectory)} could not be written`, cause);
  }
}

/** The error of a stopped key, with the cure. */
export function stoppedError(author: string, { reason, records }: StoppedKey): NetworkError {
  const { text, cure } = stopTexts(reason);
  return new NetworkError(reason, `the key ${author.slice(0, 16)} no longer signs: ${text}. ${cure}`, {
    details: { author, ...(records[0] === undefined ? {} : { record: records[0] }) },
  });
}

const FIND = "Stop the other machine that runs with a copy of this key";
const REPLACE = "make a new key (tos-ai-sync key new <name>), restart, and publish with --author <name>";

/** The finding and the cure, for log, health and refusals. */
export function stopTexts(reason: StopReason): { readonly text: string; readonly cure: string } {
  switch (reason) {
    case "key_equivocated":
      return {
        text: "two different records on one slot or subject have its signature, and every node can prove it",
        cure: `${FIND}; ${REPLACE}`,
      };
    case "key_used_elsewhere":
      return {
        text:
          "a record has its signature, but this node did not make it, or its signing history was exported to another " +
          "machine",
        cure:
          `${FIND}; ${REPLACE}. If this directory was restored from a backup and no other machine has the key: ` +
          "stop the node, run tos-ai-sync key resume <name>, and start it again",
      };
  }
}
