import { ascii, toHex, u16 } from "./bytes.js";
import { type Blake3, taggedHash } from "./hash.js";
import type { RecordPayload, TaskRef } from "./records.js";
import { networkLabel } from "./rules.js";

/** Kinds of a strand's second byte. */
export const STRAND_RECORDS = 0;
export const STRAND_CERTIFICATES = 1;

/** Task type, kind, shard: a byte each. */
export const STRAND_BYTES = 3;

/** The bytes of a strand as 6 hex digits. Sorts like them. */
export type Strand = string;

/** Whether bytes from a peer are a strand of any network. The rules of a network give its number of shards. */
export function isStrand(bytes: Uint8Array): boolean {
  const [taskType = 255, kind = 255] = bytes;
  return bytes.length === STRAND_BYTES && taskType <= 5 && kind <= STRAND_CERTIFICATES;
}

export function strandOf(taskType: number, kind: number, shard: number): Strand {
  const number = (taskType << 16) | (kind << 8) | shard;
  let strand = strands.get(number);
  if (strand === undefined) {
    strand = toHex(Uint8Array.of(taskType, kind, shard));
    strands.set(number, strand);
  }
  return strand;
}

/** Each strand that was asked for, once: at most two kinds of 256 shards for each task type. */
const strands = new Map<number, Strand>();

/** First byte of the task id mod the shard count. */
export function shardOf(taskId: string, shards: number): number {
  return (16 * hexDigit(taskId, 0) + hexDigit(taskId, 1)) % shards;
}

/** The value of a lowercase hex digit. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < DIGIT_A ? code - DIGIT_0 : code - DIGIT_A + 10;
}

const DIGIT_0 = "0".charCodeAt(0);
const DIGIT_A = "a".charCodeAt(0);

/** The strand that a record of a task belongs to. */
export function recordStrand(task: Pick<TaskRef, "taskId" | "taskType">, shards: number): Strand {
  return strandOf(task.taskType, STRAND_RECORDS, shardOf(task.taskId, shards));
}

/** The strand that a certificate of a task belongs to. */
export function certificateStrand(task: Pick<TaskRef, "taskId" | "taskType">, shards: number): Strand {
  return strandOf(task.taskType, STRAND_CERTIFICATES, shardOf(task.taskId, shards));
}

/** Which task a record is about; an announcement is about itself. */
export function taskOf(payload: RecordPayload, id: string, timestampSeconds: number): TaskRef {
  return payload.kind === "task" ? { taskId: id, taskType: payload.taskType, t0: timestampSeconds } : payload.task;
}

/** `/tos-ai/1/<network>/<task type>/<shard>` (protocol.md, Bundles and forwarding). */
export function strandTopic(network: number, taskType: number, shard: number): string {
  const number = (network << 16) | (taskType << 8) | shard;
  let topic = topics.get(number);
  if (topic === undefined) {
    topic = `/tos-ai/1/${networkLabel(network)}/${taskType}/${shard}`;
    topics.set(number, topic);
  }
  return topic;
}

/** Each topic that was asked for, once: at most 256 shards for each task type of a network. */
const topics = new Map<number, string>();

export function alertsTopic(network: number): string {
  return `/tos-ai/1/${networkLabel(network)}/alerts`;
}

/**
 * First 20 bytes of H(gossip; u16 topic length, topic, bytes). The topic may come from a peer. Its length is capped at
 * 65,535, so it can't wrap to the length of a known topic.
 */
export function gossipMessageId(blake3: Blake3, topic: string, bytes: Uint8Array): Uint8Array {
  const length = u16(Math.min(topic.length, 0xffff));
  return taggedHash(blake3, "gossip", [length, ascii(topic), bytes]).subarray(0, 20);
}
