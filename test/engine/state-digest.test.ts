import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConsensusTracker } from "../../src/engine/fold/consensus-tracker.js";
import { digestSteps, stateDigestAt } from "../../src/engine/fold/state-digest.js";
import { RecordSet } from "../../src/engine/set/record-set.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import { ascii, concatBytes, fromHex, toHex, u16, u32, u64 } from "../../src/protocol/bytes.js";
import { DAY_SECONDS, DEFAULT_RULES, type NetworkIdentity, rulesDigest } from "../../src/protocol/rules.js";
import { announce, blake3, END, entryOf, hash, key, NOON, submit, validate, world } from "../support/engine-world.js";

const identity: NetworkIdentity = {
  network: 3,
  genesis: new Uint8Array(32).fill(7),
  rules: DEFAULT_RULES,
  rulesDigest: rulesDigest(blake3, DEFAULT_RULES),
};
const STRANDS = ["000000", "000100", "010000"];

interface Node {
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
}

function nodeWith(records: readonly TaskRecord[]): Node {
  const set = new RecordSet(blake3, DEFAULT_RULES);
  const tracker = new ConsensusTracker({ blake3, rules: DEFAULT_RULES, set });
  const node = { set, tracker };
  for (const record of records) admit(node, record);
  return node;
}

function admit({ set, tracker }: Node, record: TaskRecord): void {
  const admission = set.admit(entryOf(record));
  if (admission.outcome !== "added") return;
  if (admission.evicted !== undefined) tracker.remove(admission.evicted);
  tracker.add(record);
}

function digest(node: Node, atSeconds = END + 60, strands: readonly string[] = STRANDS): string | undefined {
  const bytes = stateDigestAt({ blake3, ...node, identity, strands, atSeconds });
  return bytes === undefined ? undefined : toHex(bytes);
}

function bytes(hex: string): Uint8Array {
  return fromHex(hex) as Uint8Array;
}

function H(name: string, ...fields: Uint8Array[]): Uint8Array {
  return blake3(concatBytes([ascii(`tos-ai-sync/${name}/v1`), Uint8Array.of(0), ...fields]));
}

describe("state digest", () => {
  it("computed in steps is that of the moment of the last step, whatever arrives meanwhile", () => {
    fc.assert(
      fc.property(
        world.chain((records) => fc.tuple(fc.constant(records), fc.nat(records.length))),
        ([records, cut]) => {
          const node = nodeWith(records.slice(0, cut));
          const steps = digestSteps({ blake3, ...node, identity, strands: STRANDS, atSeconds: END + 60 });
          let last = steps.next();
          for (const record of records.slice(cut)) {
            if (last.done === true) break;
            admit(node, record);
            last = steps.next();
          }
          for (; last.done !== true; last = steps.next());
          expect(toHex(last.value ?? new Uint8Array(0))).toBe(digest(node));
        },
      ),
    );
  });

  it("after each change the kept digests of tasks and days give the digest of a node that keeps none", () => {
    const losses = world.chain((records) => fc.tuple(fc.constant(records), fc.subarray([...records])));
    fc.assert(
      fc.property(losses, ([records, lost]) => {
        const node = nodeWith([]);
        for (const record of records) {
          admit(node, record);
          expect(digest(node)).toBe(digest(nodeWith(records.slice(0, records.indexOf(record) + 1))));
        }
        for (const { id } of lost) {
          const pair = node.set.equivocatedPair(id) ?? [];
          const entry = node.set.lose(id);
          if (entry !== undefined) node.tracker.remove(entry);
          for (const other of pair) node.tracker.slotChanged(other);
        }
        const left = records.filter(({ id }) => node.set.has(id));
        if (left.every(({ id }) => node.set.equivocatedPair(id) === undefined)) {
          expect(digest(node)).toBe(digest(nodeWith(left)));
        }
      }),
      { numRuns: 25 },
    );
  });

  it("after one more validation it hashes only the task and two days", () => {
    const tasks = Array.from({ length: 40 }, (_, number) =>
      announce({ author: key(0), number, timestampSeconds: NOON - DAY_SECONDS * (number % 20) }),
    );
    const answers = tasks.map((task) => submit(task, { author: key(1), number: tasks.indexOf(task) }));
    const node = nodeWith([...tasks, ...answers]);
    let hashes = 0;
    const counting = Object.assign(
      (input: Uint8Array) => {
        hashes++;
        return blake3(input);
      },
      { create: blake3.create },
    );
    const at = { ...node, identity, strands: STRANDS, atSeconds: END + 60 };
    stateDigestAt({ ...at, blake3: counting });
    const first = hashes;
    admit(node, validate(tasks[3] as TaskRecord, (answers[3] as TaskRecord).id, 70, { author: key(2) }));
    stateDigestAt({ ...at, blake3: counting });
    // The task, the days of its announcement and of the validation, and the root. The set has a function of its own.
    expect(hashes - first).toBe(4);
    expect(first).toBeGreaterThan(40);
  });

  it("the state digest is the same for any order of arrival, with tasks in memory or closed", () => {
    const shuffled = world.chain((records) =>
      fc.tuple(fc.constant(records), fc.shuffledSubarray([...records], { minLength: records.length })),
    );
    fc.assert(
      fc.property(shuffled, fc.constantFrom(NOON, END, END + 60), ([records, others], at) => {
        const [one, other] = [nodeWith(records), nodeWith(others)];
        other.tracker.closeOld(END + 3600 + 1);
        expect(digest(other, at)).toBe(digest(one, at));
        expect(digest(one, at)).toBeDefined();
      }),
    );
  });

  it("differs when one member is missing", () => {
    fc.assert(
      fc.property(world, fc.nat(), (records, pick) => {
        const members = records.filter(({ id }) => nodeWith(records).set.has(id));
        const held = members.filter(({ strand }) => STRANDS.includes(strand));
        const gone = held[pick % held.length];
        expect(digest(nodeWith(held.filter((record) => record !== gone)))).not.toBe(digest(nodeWith(held)));
      }),
    );
  });

  it("equals the bytes that the protocol defines", () => {
    const task = announce({ author: key(0) });
    const answer = submit(task, { author: key(1) });
    const votes = [2, 3].map((i) => validate(task, answer.id, 70 + i, { author: key(i) }));
    const doubles = [0, 1].map((nonce) => submit(task, { author: key(5), number: 9, nonce }));
    const records = [task, answer, ...votes, ...doubles];
    const node = nodeWith(records);
    const value = hash("value");
    const certificate = {
      id: hash("certificate"),
      submissionId: answer.id,
      value,
      n: 2,
      sum: 145,
      sumOfSquares: 10_513,
    };
    node.tracker.addCertificate(task.id, certificate);
    node.set.admit({ ...entryOf(task), id: certificate.id, type: 8, strand: "000100" });
    const at = END + 60;
    const [window, day] = [600, DAY_SECONDS].map((seconds) => u32(Math.floor(NOON / seconds))) as [
      Uint8Array,
      Uint8Array,
    ];
    const dayOfIds = (...ids: Uint8Array[]) => H("window", u32(1), window, H("window", u32(ids.length), ...ids));
    const ids = records.map(({ id }) => bytes(id)).sort((a, b) => (toHex(a) < toHex(b) ? -1 : 1));
    const taskDigest = H(
      "task",
      bytes(task.id),
      Uint8Array.of(0),
      u16(1),
      bytes(answer.id),
      u32(2),
      ...[145, 72 * 72 + 73 * 73, 2, 145].map((sum) => u64(sum)),
      Uint8Array.of(1),
      bytes(value),
      u16(1),
      bytes(key(5)),
    );
    const expected = H(
      "state",
      ...[identity.genesis, identity.rulesDigest, u64(at), u16(2)],
      ...[bytes("000000"), u16(1), day, H("day", dayOfIds(...ids), u32(1), taskDigest)],
      ...[bytes("000100"), u16(1), day, H("day", dayOfIds(bytes(certificate.id)), u32(0))],
    );
    expect(digest(node, at, ["000100", "000000"])).toBe(toHex(expected));
  });

  it("covers only the horizon of T: an older day that is still held changes nothing", () => {
    const at = NOON + DEFAULT_RULES.horizonDays * DAY_SECONDS;
    const old = announce({ author: key(0), timestampSeconds: NOON - DAY_SECONDS });
    const orphan = submit(old, { author: key(1), timestampSeconds: NOON });
    const recent = announce({ author: key(0), timestampSeconds: NOON });
    expect(digest(nodeWith([old, orphan, recent]), at)).toBe(digest(nodeWith([orphan, recent]), at));
  });

  it("the state digest is undefined while a closed task is stale", () => {
    const [task, other] = [0, 1].map((number) => announce({ author: key(0), number })) as [TaskRecord, TaskRecord];
    const node = nodeWith([task, other, submit(task, { author: key(1) })]);
    node.tracker.closeOld(END + 3600 + 1);
    expect(digest(node)).toBeDefined();
    const late = submit(other, { author: key(2) });
    node.set.admit(entryOf(late));
    node.tracker.add(late);
    expect(digest(node)).toBeUndefined();
  });
});
