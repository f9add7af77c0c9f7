import { describe, expect, it } from "vitest";
import { bodyHash, bodyRef, encodeBody, type RecordBody } from "../../src/protocol/bodies.js";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { toHex } from "../../src/protocol/bytes.js";
import { FRAME_CHUNK_BYTES } from "../../src/protocol/frames.js";
import type { BodyRef } from "../../src/protocol/records.js";
import type { Author } from "../support/envelopes.js";
import { answerTo, codeTask } from "../support/local-node.js";
import { Adversary, requestId } from "./adversary.js";
import { blake3, type Forged, newAuthor, submission, task } from "./forge.js";
import { stillTalk, WatchedNode } from "./watched-node.js";

const DESCRIPTION = "what the task is";

function taskBody(by: Author, data = new Uint8Array(0)): Uint8Array {
  const body: RecordBody = {
    kind: "task",
    author: toHex(by.publicKey),
    detail: { type: "CodeAnalysis", language: "Rust", complexity: "Simple" },
    description: DESCRIPTION,
    data,
    gasFeeNano: 0n,
    stakeRequiredNano: 0n,
  };
  return encodeBody(body);
}

/** Announces a task with this body and waits until the node requests the body. Returns the id of the request. */
async function announce(adversary: Adversary, by: Author, body: BodyRef): Promise<{ record: Forged; asked: string }> {
  const record = task(by, {}, { body });
  await adversary.gossip(encodeBundle([record.envelope]));
  return { record, asked: await askedFor(adversary, body.hash) };
}

function askedFor(adversary: Adversary, hash: string): Promise<string> {
  return adversary.receives(
    "a request for the body",
    (received) =>
      received.flatMap((one) =>
        one.kind === "request" && one.request.kind === "body" && one.request.hash === hash
          ? [one.request.requestId]
          : [],
      )[0],
  );
}

async function send(adversary: Adversary, id: string, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length; offset += FRAME_CHUNK_BYTES) {
    const chunk = bytes.subarray(offset, offset + FRAME_CHUNK_BYTES);
    await adversary.frame({ kind: "body", requestId: id, offset, bytes: chunk });
  }
}

async function heldBody(node: WatchedNode, id: string): Promise<string | undefined> {
  return (await node.control.taskDetails(id)).body?.description;
}

type Lie = (adversary: Adversary, id: string, body: Uint8Array) => Promise<void>;

const lies: readonly (readonly [string, Lie])[] = [
  [
    "other bytes of the same length",
    (a, id, body) =>
      send(
        a,
        id,
        body.map((byte) => byte ^ 1),
      ),
  ],
  ["more bytes than announced", (a, id, body) => send(a, id, Uint8Array.from([...body, 0]))],
  ["a hole", (a, id, body) => a.frame({ kind: "body", requestId: id, offset: 5, bytes: body.subarray(5) })],
  [
    "an offset near the end of the world",
    (a, id) => a.frame({ kind: "body", requestId: id, offset: 1_048_575, bytes: new Uint8Array(1) }),
  ],
  ["the end before the bytes", (a, id) => a.respond(id, "ok")],
];

describe("a body that does not match", () => {
  it.each(lies)("a body with %s is charged to its sender and requested from another peer", async (_what, lie) => {
    const victim = await WatchedNode.forTest();
    const liar = await Adversary.join(victim);
    const helper = await Adversary.join(victim);
    const by = newAuthor();
    const body = taskBody(by, new Uint8Array(300));
    const { record, asked } = await announce(liar, by, bodyRef(blake3, body));
    expect(victim.control.info().records).toBe(1);
    const refused = victim.count("bodies_in", "body_mismatch") + victim.count("bodies_in", "not_found");
    await liar.isCharged(() => lie(liar, asked, body), "body_mismatch");
    expect(victim.count("bodies_in", "body_mismatch") + victim.count("bodies_in", "not_found")).toBe(refused + 1);
    expect(await heldBody(victim, record.id)).toBeUndefined();

    const again = await askedFor(helper, bodyRef(blake3, body).hash);
    await send(helper, again, body);
    await helper.respond(again, "ok");
    await victim.until("the body", async () => (await heldBody(victim, record.id)) === DESCRIPTION);
    expect(victim.scoreOf(helper.peer)).toBeGreaterThan(0.5);
    const honest = await WatchedNode.forTest({ bootstrap: [victim.address] });
    await honest.until("the task and its body", () => heldBody(honest, record.id).then(Boolean, () => false));
    await stillTalk(honest, victim);
  });

  it("an invalid body that its author announced is not kept, and its sender is not charged", async () => {
    const victim = await WatchedNode.forTest();
    const adversary = await Adversary.join(victim);
    const others = taskBody(newAuthor());
    const { record, asked } = await announce(adversary, newAuthor(), bodyRef(blake3, others));
    await send(adversary, asked, others);
    await victim.until("the refusal", () => victim.count("bodies_in", "body_mismatch") === 1);
    await adversary.respond(asked, "ok");
    const { record: noBody, asked: second } = await announceNoise(adversary);
    await victim.until("the second", () => victim.count("bodies_in", "body_malformed") === 1);
    await adversary.respond(second, "ok");
    await stillHears(adversary);
    for (const { id } of [record, noBody]) expect(await heldBody(victim, id)).toBeUndefined();
    expect(Object.keys(victim.counts()).filter((name) => name.startsWith("peer_faults"))).toEqual([]);
    expect(victim.scoreOf(adversary.peer)).toBeGreaterThanOrEqual(0.5);
  });
});

/** A body with the right hash whose bytes are no valid body. */
async function announceNoise(adversary: Adversary): Promise<{ record: Forged; asked: string }> {
  const noise = Uint8Array.from({ length: 200 }, (_, i) => (i * 31) & 0xff);
  const announced = await announce(adversary, newAuthor(), {
    hash: toHex(bodyHash(blake3, noise)),
    length: noise.length,
  });
  await send(adversary, announced.asked, noise);
  return announced;
}

/** Waits until the node has handled all frames sent before. */
async function stillHears(adversary: Adversary): Promise<void> {
  const id = requestId(99);
  await adversary.request({ kind: "body", requestId: id, hash: "00".repeat(32) });
  expect(await adversary.closed(id)).toBe("unknown");
}

describe("a submission that copies another's hash", () => {
  it("a submission that copies another's body hash is shown without an answer", async () => {
    const publisher = await WatchedNode.forTest();
    const miner = await WatchedNode.forTest({ bootstrap: [publisher.address] });
    await miner.until("the hello", () => miner.control.peers().length === 1);
    const { taskId } = await publisher.control.publishTask(codeTask("copied"));
    await miner.until("the task", () => miner.holds(taskId));
    const { record } = await miner.control.submitSolution(answerTo(taskId, "my own work"));
    const answer = async (id: string): Promise<Uint8Array | undefined> =>
      (await publisher.control.submission(id).catch(() => undefined))?.body?.answer;
    await publisher.until("the answer", async () => (await answer(record.id)) !== undefined);

    const { view } = await publisher.control.taskDetails(taskId);
    const thief = await Adversary.join(publisher);
    const ref = { taskId, taskType: view.taskType, t0: view.t0 };
    const body = (await publisher.control.submission(record.id)).counted.body;
    const copy = submission(newAuthor(), ref, body);
    await thief.gossip(encodeBundle([copy.envelope]));
    await publisher.until("the copy", async () => {
      const { submissions } = (await publisher.control.taskDetails(taskId)).view;
      return submissions.some(({ id }) => id === copy.id);
    });
    expect(await answer(copy.id)).toBeUndefined();
    expect(new TextDecoder().decode(await answer(record.id))).toBe("my own work");
    expect(await publisher.control.submission(copy.id)).toMatchObject({ body: undefined, bodyHeld: false });
  });
});

describe("a body that no node has", () => {
  it("a body that no peer has is counted as missing and keeps a node from being in sync", async () => {
    const publisher = await WatchedNode.forTest();
    const late = await WatchedNode.forTest({ bootstrap: [publisher.address] });
    await late.until("the hello", () => late.control.peers().length === 1);
    const adversary = await Adversary.join(publisher);
    const by = newAuthor();
    const bytes = taskBody(by);
    const { record, asked } = await announce(adversary, by, bodyRef(blake3, bytes));
    await adversary.respond(asked, "unknown");
    await late.until("the record", () => late.holds(record.id));
    // The adversary may be connected to this node, too, and never compares sets.
    const equal = (): boolean => late.control.info().sync.strands.every(({ equalPeers }) => equalPeers > 0);
    late.forward(31);
    await late.until("equal sets", equal);
    for (const node of [publisher, late]) {
      const { inSync, bodies, catchingUp } = node.control.info().sync;
      expect(inSync).toBe(false);
      expect(bodies).toMatchObject({ held: 0, missing: 1, unavailable: 0 });
      expect(catchingUp).toMatchObject({ bodies: 0, targetBodies: 1 });
    }
  });
});
