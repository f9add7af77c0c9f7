import { fromHex, toHex, u16, ascii, concatBytes } from "./bytes.js";
import { type Blake3, taggedHash } from "./hash.js";
import type { RecordPayload, TaskRef } from "./records.js";
import { networkLabel } from "./rules.js";

/** Kinds of a strand's second byte. */
export const STRAND_RECORDS = 0;
export const STRAND_CERTIFICATES = 1;

/** 3 bytes as 6 hex digits: task type, kind, shard. Sorts like its bytes. */
export type Strand = string;

export function strandOf(taskType: number, kind: number, shard: number): Strand {
  return toHex(Uint8Array.of(taskType, kind, shard));
}

/** First byte of the task id mod the shard count. */
export function shardOf(taskId: string, shards: number): number {
  return Number.parseInt(taskId.slice(0, 2), 16) % shards;
}

/** The strand that a record of a task belongs to. */
export function recordStrand(task: Pick<TaskRef, "taskId" | "taskType">, shards: number): Strand {
  return strandOf(task.taskType, STRAND_RECORDS, shardOf(task.taskId, shards));
}

export interface StrandParts {
  readonly taskType: number;
  readonly kind: number;
  readonly shard: number;
}

/** The parts of a strand of this network, or undefined. */
export function parseStrand(strand: string, shards: number): StrandParts | undefined {
  const bytes = fromHex(strand, 3);
  if (bytes === undefined) return undefined;
  const [taskType, kind, shard] = bytes as unknown as [number, number, number];
  return taskType <= 5 && kind <= 1 && shard < shards ? { taskType, kind, shard } : undefined;
}

/** Which task a record is about; an announcement is about itself. */
export function taskOf(payload: RecordPayload, id: string, timestampSeconds: number): TaskRef {
  return payload.kind === "task" ? { taskId: id, taskType: payload.taskType, t0: timestampSeconds } : payload.task;
}

/** `/tos-ai/1/<network>/<task type>/<shard>` (protocol.md, Bundles and forwarding). */
export function strandTopic(network: number, taskType: number, shard: number): string {
  return `/tos-ai/1/${networkLabel(network)}/${taskType}/${shard}`;
}

export function alertsTopic(network: number): string {
  return `/tos-ai/1/${networkLabel(network)}/alerts`;
}

/** First 20 bytes of H(gossip; u16 topic length, topic, bytes). */
export function gossipMessageId(blake3: Blake3, topic: string, bytes: Uint8Array): Uint8Array {
  return taggedHash(blake3, "gossip", [concatBytes([u16(topic.length), ascii(topic)]), bytes]).subarray(0, 20);
}
