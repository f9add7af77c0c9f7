import { equalBytes, toHex } from "../../protocol/bytes.js";
import type { Blake3 } from "../../protocol/hash.js";
import { KEY_WORDS } from "../../protocol/key-words.js";
import { encodeRecord } from "../../protocol/records.js";
import { decodeCheckpoint, packedOf, type TaskCheckpoint } from "./checkpoint-codec.js";
import { SUMMARY } from "./packed-layout.js";
import { RecordPacker } from "./packed-records.js";

/**
 * Whether two checkpoints of a task have the same records, in any order, and the same summary, if both have one under
 * the same weights.
 */
export function areSameCheckpoints(blake3: Blake3, taskId: string, a: Uint8Array, b: Uint8Array): boolean {
  const [one, other] = [decodeCheckpoint(blake3, taskId, a), decodeCheckpoint(blake3, taskId, b)];
  if (one === undefined || other === undefined) return false;
  const areComparable = (one.summary & other.summary & SUMMARY.known) !== 0 && equalBytes(one.weights, other.weights);
  const [ours, theirs] = [contentOf(one), contentOf(other)];
  const areSame = ours.records.join() === theirs.records.join();
  if (!areComparable) return areSame;
  return areSame && one.summary === other.summary && ours.reached.join() === theirs.reached.join();
}

/** The records as text, and the ids of reached submissions, both ascending. */
function contentOf(checkpoint: TaskCheckpoint): { readonly records: string[]; readonly reached: string[] } {
  const packer = new RecordPacker(new Uint32Array(KEY_WORDS));
  const packed = packedOf(checkpoint, packer);
  const reached = packer.reached(packed);
  const records = packer.unpack(packed).map(({ id, author, timestampSeconds, number, strand, payload }) => {
    return `${id} ${author} ${timestampSeconds} ${number} ${strand} ${payload.kind} ${toHex(encodeRecord(payload))}`;
  });
  return { records: records.sort(), reached };
}
