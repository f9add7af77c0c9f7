import { blake3 as hash } from "@noble/hashes/blake3.js";
import { describe, expect, test } from "vitest";
import { toHex } from "../../src/protocol/bytes.js";
import {
  alertsTopic,
  gossipMessageId,
  isStrand,
  recordStrand,
  strandTopic,
  taskOf,
} from "../../src/protocol/strand.js";
import { blake3, filledHex, NOON, REF, SUBMISSION_PAYLOAD, TASK, TASK_PAYLOAD } from "../support/samples.js";

describe("strands and topics", () => {
  test("a record's strand is its task's type and the first byte of the task id mod the shards", () => {
    expect(recordStrand({ taskId: filledHex(0xfe), taskType: 5 }, 1)).toBe("050000");
    expect(recordStrand({ taskId: filledHex(0xfe), taskType: 5 }, 255)).toBe("0500fe");
    expect(recordStrand({ taskId: filledHex(0xff), taskType: 5 }, 255)).toBe("050000");
  });

  test("bytes that are no strand of any network are refused", () => {
    expect(isStrand(Uint8Array.of(5, 1, 255))).toBe(true);
    for (const bytes of [[], [0, 0], [0, 0, 0, 0], [6, 0, 0], [0, 2, 0]]) {
      expect(isStrand(Uint8Array.from(bytes))).toBe(false);
    }
  });

  test("a task announcement belongs to its own task, other records to the task of their Ref", () => {
    expect(taskOf(TASK_PAYLOAD, TASK.id, NOON)).toEqual(REF);
    expect(taskOf(SUBMISSION_PAYLOAD, filledHex(1), NOON + 600)).toEqual(REF);
  });

  test("a topic contains network, task type and shard", () => {
    expect(strandTopic(3, 0, 0)).toBe("/tos-ai/1/dev/0/0");
    expect(strandTopic(0, 5, 12)).toBe("/tos-ai/1/mainnet/5/12");
    expect(alertsTopic(1)).toBe("/tos-ai/1/testnet/alerts");
  });
});

describe("message id", () => {
  const topic = strandTopic(3, 0, 0);
  const id = (name: string, bytes: Uint8Array) => toHex(gossipMessageId(blake3, name, bytes));

  test("a message id is the first 20 bytes of BLAKE3 over the written-out bytes", () => {
    const text = new TextEncoder();
    const input = [...text.encode("tos-ai-sync/gossip/v1\0"), 0, 17, ...text.encode(topic), ...TASK.envelope];
    expect(id(topic, TASK.envelope)).toBe(toHex(hash(Uint8Array.from(input)).subarray(0, 20)));
  });

  test("no other topic has the message id of a known topic", () => {
    const real = id(topic, TASK.envelope);
    expect(id(`${topic}0`, TASK.envelope)).not.toBe(real);
    // Each of these letters has the same low seven bits as the letter that it replaces.
    const disguised = [...topic].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0x80)).join("");
    expect(id(disguised, TASK.envelope)).not.toBe(real);
    expect(id(topic.replace("o", "\u016f"), TASK.envelope)).not.toBe(real);
  });

  test("a topic whose length wraps around does not have the message id of a known topic", () => {
    const bytes = new Uint8Array(65_536).fill(0x41);
    const long = topic + "A".repeat(65_536);
    expect(id(long, new Uint8Array())).not.toBe(id(topic, bytes));
  });
});
