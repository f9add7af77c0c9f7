import type { MemberEntry, TaskRecord } from "../engine/index.js";
import type { Kernel } from "../kernel/index.js";
import { packBundles } from "../protocol/bundle.js";
import { certificateIdOf } from "../protocol/certificate.js";
import { type MessageType, payloadOf } from "../protocol/envelope.js";
import type { Blake3 } from "../protocol/hash.js";
import { windowOf } from "../protocol/membership.js";
import { decodePayload, isRecordPayload, type Payload } from "../protocol/message.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import { certificateStrand, recordStrand, taskOf } from "../protocol/strand.js";
import { packInput, readRow, rowCount, type ScanRow, scanContext } from "../protocol/table.js";
import type { StoredRecord } from "../storage/index.js";
import type { FindingKind } from "./check-findings.js";

/** Bundles in one kernel call: at most 1 MiB, about a thousand signatures. */
const BUNDLES_AT_ONCE = 16;

/** A valid envelope: its row of the scan, and its payload. */
export interface CheckedEnvelope {
  readonly row: ScanRow;
  readonly payload: Payload;
}

/** Scans and verifies stored envelopes in kernel batches, in the same way as envelopes from the network. */
export class EnvelopeCheck {
  readonly #kernel: Pick<Kernel, "scan" | "verify">;
  readonly #identity: NetworkIdentity;
  readonly #context: Uint8Array;

  constructor(kernel: Pick<Kernel, "scan" | "verify">, identity: NetworkIdentity) {
    this.#kernel = kernel;
    this.#identity = identity;
    this.#context = scanContext(identity);
  }

  /** For each envelope, in order: its content, or the finding. */
  async check(envelopes: readonly Uint8Array[]): Promise<(CheckedEnvelope | FindingKind)[]> {
    const bundles = packBundles(envelopes, this.#identity.rules);
    const found: (CheckedEnvelope | FindingKind)[] = [];
    for (let at = 0; at < bundles.length; at += BUNDLES_AT_ONCE) {
      found.push(...(await this.#checkInput(packInput(bundles.slice(at, at + BUNDLES_AT_ONCE)))));
    }
    return found;
  }

  async #checkInput(input: Uint8Array): Promise<(CheckedEnvelope | FindingKind)[]> {
    const table = this.#kernel.scan(input, this.#context);
    const rows = Array.from({ length: rowCount(table) }, (_, at) => readRow(table, at));
    const mask = Uint8Array.from(rows, ({ code }) => (code === undefined ? 1 : 0));
    const verdicts = await this.#kernel.verify(input, table, mask, this.#context);
    return rows.map((row, at) => {
      if (row.code !== undefined) return "record_damaged";
      if (verdicts[at] !== 0) return "signature_wrong";
      const bytes = input.subarray(row.payloadOffset, row.payloadOffset + row.payloadLength);
      const payload = decodePayload(row.type as MessageType, bytes);
      return payload.ok ? { row, payload: payload.value } : "record_damaged";
    });
  }
}

/** The record of a stored member, or the finding. Undefined for a certificate: the fold does not take it. */
export function recordOf(
  { entry, envelope }: StoredRecord,
  checked: CheckedEnvelope | FindingKind,
  { rules, genesis }: NetworkIdentity,
  blake3: Blake3,
): TaskRecord | FindingKind | undefined {
  if (typeof checked === "string") return checked;
  const { row, payload } = checked;
  if (payload.kind === "certificate") {
    if (certificateIdOf(blake3, genesis, payloadOf(envelope)) !== entry.id) return "record_damaged";
    const { task } = payload;
    const strand = certificateStrand(task, rules.shards);
    const isFiled =
      entry.taskId === task.taskId && entry.strand === strand && entry.window === windowOf(task.t0, rules);
    return isFiled ? undefined : "record_misfiled";
  }
  const { recordId: id, sender: author, timestampSeconds, number } = row;
  if (id !== entry.id) return "record_damaged";
  if (!isRecordPayload(payload)) return "record_damaged";
  const task = taskOf(payload, id, timestampSeconds);
  const strand = recordStrand(task, rules.shards);
  const window = windowOf(timestampSeconds, rules);
  const stated = { id, type: row.type, author, strand, window, timestampSeconds, number, taskId: task.taskId };
  if (!isSameEntry(entry, stated)) return "record_misfiled";
  return { id, author, timestampSeconds, number, strand, payload };
}

function isSameEntry(a: MemberEntry, b: MemberEntry): boolean {
  return (
    a.id === b.id &&
    a.type === b.type &&
    a.author === b.author &&
    a.strand === b.strand &&
    a.window === b.window &&
    a.timestampSeconds === b.timestampSeconds &&
    a.number === b.number &&
    a.taskId === b.taskId
  );
}
