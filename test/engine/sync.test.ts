import { describe, expect, test } from "vitest";
import { bodyProofMessage } from "../../src/protocol/body-proof.js";
import { toHex } from "../../src/protocol/bytes.js";
import { hashBytes } from "../../src/protocol/records.js";
import type { SyncRequest } from "../../src/protocol/sync-messages.js";
import { encodeVote } from "../../src/protocol/verdict-messages.js";
import { fakeSignature, keyOf, signEnvelope } from "../support/simulation/fake-signer.js";
import { author, type Made } from "../support/simulation/story.js";
import { requestId, statuses, worldWith } from "./lone-exchange.js";

const answered = new Map<string, boolean>();

function bodyHash(made: Made): string {
  return "body" in made.payload && made.payload.body !== undefined ? made.payload.body.hash : "";
}

describe("requests and responses", () => {
  test("an unsolicited response and frames without an exchange are faults of the sender", () => {
    const lone = worldWith("a");
    lone.respond("a", { requestId: requestId(), status: "ok", items: 0, bytes: 0n });
    lone.frame("a", { kind: "body", requestId: requestId(), offset: 0, bytes: new Uint8Array(3) });
    lone.frame("a", { kind: "want", requestId: requestId(), ids: [keyOf("x")] });
    expect(lone.faultsOf("a")).toEqual(["unsolicited", "unsolicited", "unsolicited"]);
  });

  test("only the key of the hello opens exchanges, and each request id opens one", () => {
    const lone = worldWith("a");
    const request: SyncRequest = { kind: "list", requestId: requestId(), hash: keyOf("list") };
    lone.request("a", request, keyOf("someone else"));
    expect(lone.faultsOf("a")).toEqual(["not_hello_key"]);
    lone.request("a", request);
    lone.request("a", request);
    expect(statuses(lone, request.requestId)).toEqual(["unknown"]);
    expect(lone.faultsOf("a")).toEqual(["not_hello_key", "unsolicited"]);
  });

  test("a task is served with the requested kinds of records, and an unknown task gets the status unknown", () => {
    const lone = worldWith("a");
    const { story, node } = lone;
    const task = story.publish(node, story.task(author(0), story.nowSeconds + 60));
    const answer = story.publish(node, story.submission(author(1), task.task));
    const id = requestId();
    lone.request("a", { kind: "task", requestId: id, task: task.task, flags: 2 });
    expect(node.effects).toContainEqual({ kind: "serve_records", peer: "a", requestId: id, ids: [answer.id] });
    expect(statuses(lone, id)).toEqual(["ok"]);
    const other = requestId();
    lone.request("a", { kind: "task", requestId: other, task: { ...task.task, taskId: keyOf("no task") }, flags: 15 });
    expect(statuses(lone, other)).toEqual(["unknown"]);
  });

  test("votes are accepted outside exchanges, other records are not", () => {
    const lone = worldWith("a");
    const { story } = lone;
    const task = story.task(author(0), story.nowSeconds + 60);
    const ids = { submissionId: keyOf("s"), roster: keyOf("r"), value: keyOf("v") };
    const payload = encodeVote({ task: task.task, ...ids, round: 0, step: "prepare", held: 0 });
    const vote = signEnvelope(
      lone.identity,
      { type: 6, sender: author(3), timestampSeconds: story.nowSeconds - 9000 },
      payload,
    );
    lone.records("a", "0".repeat(32), [vote]);
    expect(lone.node.engine.sizes().votes).toBe(1);
    expect(lone.faultsOf("a")).toEqual([]);
    lone.records("a", "0".repeat(32), [task.envelope]);
    expect(lone.faultsOf("a")).toEqual(["unsolicited"]);
  });
});

describe("waiting for tasks", () => {
  test("a record of an unknown task is admitted, and its task is requested from its sender", () => {
    const lone = worldWith("a", "b");
    const { story, node } = lone;
    const task = story.task(author(0), story.nowSeconds + 3600);
    const answer = story.submission(author(1), task.task);
    expect(lone.gossip("b", [answer.envelope]).acceptance).toBe("accept");
    lone.clock.advance(1100);
    const [id] = lone.asked("b", "task");
    expect(lone.asked("a", "task")).toEqual([]);
    lone.records("b", id ?? "", [task.envelope, story.task(author(7), story.nowSeconds + 60).envelope]);
    lone.respond("b", { requestId: id ?? "", status: "ok", items: 1, bytes: 1n });
    expect(node.engine.task(task.id, story.nowSeconds)?.submissions.map(({ id: held }) => held)).toEqual([answer.id]);
    expect(node.engine.waiting().tasks).toBe(0);
    expect(lone.faultsOf("b")).toEqual(["unsolicited"]);
  });

  test("a task is given up with its reason after three attempts of three peers, 300 s and a quarter apart", () => {
    const lone = worldWith("a", "b", "c", "d");
    const { story, node } = lone;
    const task = story.task(author(0), story.nowSeconds + 3600);
    const answer = story.submission(author(1), task.task);
    lone.gossip("a", [answer.envelope]);
    const times: number[] = [];
    const peers = ["a", "b", "c", "d"];
    let asked = 0;
    for (let second = 0; second < 1500; second++) {
      lone.clock.advance(1000);
      for (const peer of peers) {
        const ids = lone.asked(peer, "task");
        for (const id of ids.filter((found) => answered.get(found) === undefined)) {
          answered.set(id, true);
          times.push(second);
          asked++;
          lone.respond(peer, { requestId: id, status: "unknown", items: 0, bytes: 0n });
        }
      }
    }
    expect(asked).toBe(9);
    const starts = [times[0], times[3], times[6]] as [number, number, number];
    for (const gap of [starts[1] - starts[0], starts[2] - starts[1]]) {
      expect(gap).toBeGreaterThanOrEqual(225);
      expect(gap).toBeLessThanOrEqual(380);
    }
    expect(node.engine.givenUp().tasks).toEqual([
      expect.objectContaining({ key: task.id, code: "not_found", attempts: 3 }),
    ]);
    expect(node.engine.waiting().tasks).toBe(0);
  });

  test("a wait without a peer to ask is given up after an hour", () => {
    const lone = worldWith();
    const { story, node } = lone;
    lone.story.publish(node, story.submission(author(1), { taskId: keyOf("t"), taskType: 4, t0: story.nowSeconds }));
    expect(node.engine.waiting().tasks).toBe(1);
    lone.clock.advance(3_605_000);
    expect(node.engine.waiting().tasks).toBe(0);
    expect(node.engine.givenUp().tasks.map(({ code }) => code)).toEqual(["peer_gone"]);
  });
});

describe("bodies", () => {
  test("a wrong body is a fault of its sender, and another peer is asked", () => {
    const lone = worldWith("a", "b");
    const { story, node } = lone;
    const task = story.task(author(0), story.nowSeconds + 3600);
    lone.gossip("a", [task.envelope]);
    lone.clock.advance(1100);
    const [first] = lone.asked("a", "body");
    const wrong = task.body.slice();
    wrong[3] = (wrong[3] as number) ^ 1;
    lone.frame("a", { kind: "body", requestId: first ?? "", offset: 0, bytes: wrong });
    expect(lone.faultsOf("a")).toEqual(["body_mismatch"]);
    lone.clock.advance(1100);
    const [second] = lone.asked("b", "body");
    const half = Math.floor(task.body.length / 2);
    lone.frame("b", { kind: "body", requestId: second ?? "", offset: 0, bytes: task.body.subarray(0, half) });
    lone.frame("b", { kind: "body", requestId: second ?? "", offset: half, bytes: task.body.subarray(half) });
    lone.respond("b", { requestId: second ?? "", status: "ok", items: 1, bytes: 1n });
    expect(node.disk.bodies.has(bodyHash(task))).toBe(true);
    expect(lone.faultsOf("b")).toEqual([]);
    expect(node.engine.syncReport(true).bodies.missing).toBe(0);
  });

  test("chunks out of order or past the announced length are refused", () => {
    for (const offset of [1, 5]) {
      const lone = worldWith("a");
      const task = lone.story.task(author(0), lone.story.nowSeconds + 3600);
      lone.gossip("a", [task.envelope]);
      lone.clock.advance(1100);
      const [id] = lone.asked("a", "body");
      lone.frame("a", { kind: "body", requestId: id ?? "", offset, bytes: new Uint8Array(9) });
      expect(lone.faultsOf("a")).toEqual(["body_mismatch"]);
      expect(lone.node.engine.sizes().body_bytes_in_flight).toBe(0);
    }
  });

  test("a submission's body is served before the deadline only to authors with a right to it", () => {
    const lone = worldWith("a");
    const { story, node, identity } = lone;
    const task = story.publish(node, story.task(author(0), story.nowSeconds + 600));
    const answer = story.publish(node, story.submission(author(1), task.task));
    story.publish(node, story.submission(author(2), task.task));
    const hash = bodyHash(answer);
    const ask = (who: string | undefined, by = who): string => {
      const id = requestId();
      const message = bodyProofMessage(
        identity.genesis,
        hashBytes(hash),
        hashBytes(keyOf("salt")),
        hashBytes(id + id).subarray(0, 16),
      );
      const access =
        who === undefined ? {} : { access: { author: who, proof: toHex(fakeSignature(by ?? who, message)) } };
      lone.request("a", { kind: "body", requestId: id, hash, task: task.task, ...access });
      return statuses(lone, id).join();
    };
    // Another author announces the same hash as an open body: the withheld body stays withheld.
    story.publish(node, story.copiedBody(author(2), answer));
    node.salt("a", keyOf("salt"));
    expect(ask(undefined)).toBe("not_yet");
    expect(ask(author(2))).toBe("not_yet");
    expect(ask(author(0))).toBe("ok");
    expect(ask(author(9))).toBe("ok");
    expect(ask(author(9), author(2))).toBe("refused");
    lone.clock.advance(601_000);
    expect(ask(undefined)).toBe("ok");
  });
});
