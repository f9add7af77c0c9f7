import { describe, expect, it } from "vitest";
import type { EngineEvent } from "../../src/engine/events.js";
import { ownSubmission, ownTask } from "../../src/manager/publish/own-drafts.js";
import { OwnResults } from "../../src/manager/publish/own-results.js";
import {
  PUBLISHING_MAX,
  Publisher,
  type PublisherPorts,
  type SigningAuthor,
} from "../../src/manager/publish/publisher.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import type { SigningIntent } from "../../src/protocol/signing.js";
import { answerTo, codeTask } from "../support/local-node.js";
import { blake3, fakeSignature, identityOf, keyOf } from "../support/simulation/fake-signer.js";

const NOW_SECONDS = 1_800_000_000;
const AUTHOR = keyOf("author");
const identity = identityOf();
const task = { taskId: keyOf("task"), taskType: 0, t0: NOW_SECONDS };
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A signing store that gives each record number 0 at `timestampSeconds` and remembers the records. */
function signingAuthor(timestampSeconds = NOW_SECONDS): { author: SigningAuthor; intents: SigningIntent[] } {
  const intents: SigningIntent[] = [];
  const author: SigningAuthor = {
    key: AUTHOR,
    signer: { publicKey: new Uint8Array(32), sign: async (message) => fakeSignature(AUTHOR, message) },
    store: {
      assertSigns: () => undefined,
      recall: async () => undefined,
      reserve: async ({ type, build }) => {
        const built = build(0, timestampSeconds);
        const intent = { author: AUTHOR, type, day: 0, number: 0, timestampSeconds, ...built };
        intents.push(intent);
        return { intent, existing: false };
      },
    },
  };
  return { author, intents };
}

function rig(overrides: Partial<PublisherPorts> = {}) {
  const events: EngineEvent[] = [];
  const batches: number[] = [];
  const results = new OwnResults();
  const publisher = new Publisher({
    identity,
    blake3,
    results,
    scanQueue: {
      own: (_bundle, watch) => {
        batches.push(batches.length + 1);
        watch(batches.length);
      },
    },
    step: (event) => events.push(event),
    check: () => undefined,
    isMember: () => false,
    hasBody: async () => false,
    synced: async () => undefined,
    nowMs: () => NOW_SECONDS * 1000,
    ...overrides,
  });
  return { publisher, results, events, batches };
}

const drafted = await ownSubmission(blake3, DEFAULT_RULES, AUTHOR, task, answerTo(task.taskId, "42"));
const submission = () => drafted;

describe("Publisher", () => {
  it("The body is stored before the record, and the answer comes when the record is safe.", async () => {
    const { publisher, results, events, batches } = rig();
    const { author } = signingAuthor();
    let answered = false;
    const published = publisher.publish(author, submission()).finally(() => {
      answered = true;
    });
    await settled();
    expect([events.map(({ kind }) => kind), batches, answered]).toEqual([["own_body"], [1], false]);
    results.settle(1, undefined);
    expect(await published).toMatchObject({ taskId: task.taskId, duplicate: false });
  });

  it("The body of an unfinished record is stored if a peer has returned the record without it.", async () => {
    let safe: () => void = () => undefined;
    const synced = () =>
      new Promise<void>((resolve) => {
        safe = resolve;
      });
    const { publisher, results, events, batches } = rig({ isMember: () => true, synced });
    const published = publisher.publish(signingAuthor().author, submission());
    await settled();
    expect([events.map(({ kind }) => kind), batches]).toEqual([["own_body"], []]);
    results.diskRefuses(false);
    safe();
    expect(await published).toMatchObject({ duplicate: true });
  });

  it("No number is reserved before the node has heard of its peers, nor after a stop meanwhile.", async () => {
    let heard: () => void = () => undefined;
    const firstExchange = () =>
      new Promise<void>((resolve) => {
        heard = resolve;
      });
    const { publisher, results } = rig({ firstExchange });
    const { author, intents } = signingAuthor();
    const first = publisher.publish(author, submission());
    await settled();
    expect([intents.length, publisher.waiting]).toEqual([0, 1]);
    heard();
    await settled();
    expect(intents).toHaveLength(1);
    results.settle(1, undefined);
    await first;
    const second = publisher.publish(author, submission());
    results.stop();
    heard();
    await expect(second).rejects.toMatchObject({ code: "stopped" });
    expect(intents).toHaveLength(1);
  });

  it("A disk that refuses fails all waiting callers and new records until it takes writes again.", async () => {
    const { publisher, results, batches } = rig();
    const { author, intents } = signingAuthor();
    const first = publisher.publish(author, submission());
    await settled();
    results.diskRefuses(true);
    await expect(first).rejects.toMatchObject({ code: "storage_failed" });
    await expect(publisher.publish(author, submission())).rejects.toMatchObject({ code: "storage_failed" });
    expect([intents.length, batches.length]).toEqual([1, 1]);
    results.diskRefuses(false);
    const second = publisher.publish(author, submission());
    await settled();
    results.settle(2, undefined);
    await second;
  });

  it("Callers of the same record share one signature.", async () => {
    const { publisher, results, batches } = rig();
    const { author, intents } = signingAuthor();
    const signed: (() => void)[] = [];
    const sign = (message: Uint8Array): Promise<Uint8Array> =>
      new Promise((resolve) => signed.push(() => resolve(fakeSignature(AUTHOR, message))));
    const slow = { ...author, signer: { ...author.signer, sign } };
    const first = publisher.publish(slow, submission());
    await settled();
    const again = publisher.finish(slow, intents[0] as SigningIntent, false);
    expect(signed.length).toBe(1);
    signed[0]?.();
    await settled();
    results.settle(1, undefined);
    expect([(await first).duplicate, (await again).duplicate, batches]).toEqual([false, true, [1]]);
  });

  it("A record whose key was stopped while a host signed it is not published.", async () => {
    const { publisher, batches } = rig();
    const { author } = signingAuthor();
    let stopped = false;
    let signed: () => void = () => undefined;
    const sign = (message: Uint8Array): Promise<Uint8Array> =>
      new Promise((resolve) => {
        signed = () => resolve(fakeSignature(AUTHOR, message));
      });
    const assertSigns = (): void => {
      if (stopped) throw new NetworkError("key_equivocated", "stopped");
    };
    const published = publisher.publish(
      { ...author, signer: { ...author.signer, sign }, store: { ...author.store, assertSigns } },
      submission(),
    );
    await settled();
    stopped = true;
    signed();
    await expect(published).rejects.toMatchObject({ code: "key_equivocated" });
    expect(batches).toEqual([]);
  });

  it("A member is not signed again: a repeated call gets its record, also of a stopped key.", async () => {
    const { author } = signingAuthor();
    const stopped = (): never => {
      throw new NetworkError("key_equivocated", "stopped");
    };
    const sign = (): Promise<never> => Promise.reject(new Error("signed again"));
    const { publisher, results, batches } = rig({ isMember: () => true });
    const asked = publisher.publish(
      { ...author, signer: { ...author.signer, sign }, store: { ...author.store, assertSigns: stopped } },
      submission(),
    );
    expect(await asked).toMatchObject({ duplicate: true });
    expect([batches, results.refused]).toEqual([[], undefined]);
  });

  it("A missing signature is reported, and the record is finished later.", async () => {
    let unfinished = 0;
    const { publisher, results, batches } = rig({ unfinished: () => unfinished++ });
    const { author, intents } = signingAuthor();
    const refusing = { publicKey: new Uint8Array(32), sign: () => Promise.reject(new Error("not now")) };
    await expect(publisher.publish({ ...author, signer: refusing }, submission())).rejects.toThrow("not now");
    expect([unfinished, batches.length, publisher.waiting]).toEqual([1, 0, 0]);
    const finished = publisher.finish(author, intents[0] as SigningIntent, false);
    await settled();
    results.settle(1, undefined);
    expect(await finished).toMatchObject({ duplicate: false });
  });

  it("A disk that refuses fails the caller of a duplicate, too.", async () => {
    const { publisher, results } = rig({ isMember: () => true, synced: () => new Promise(() => undefined) });
    const published = publisher.publish(signingAuthor().author, submission());
    await settled();
    results.diskRefuses(true);
    await expect(published).rejects.toMatchObject({ code: "storage_failed" });
  });

  it("A disk that begins to refuse fails callers that still sign or ask for a duplicate.", async () => {
    for (const isMember of [false, true]) {
      const { publisher, results } = rig({ isMember: () => isMember, synced: () => new Promise(() => undefined) });
      const published = publisher.publish(signingAuthor().author, submission());
      results.diskRefuses(true);
      await expect(published).rejects.toMatchObject({ code: "storage_failed" });
    }
  });

  it("A record that the disk refused after its intent was written is reported, so that it is retried.", async () => {
    for (const isMember of [false, true]) {
      let unfinished = 0;
      const synced = () => new Promise<void>(() => undefined);
      const { publisher, results } = rig({ isMember: () => isMember, synced, unfinished: () => unfinished++ });
      const published = publisher.publish(signingAuthor().author, submission());
      await settled();
      results.diskRefuses(true);
      await expect(published).rejects.toMatchObject({ code: "storage_failed" });
      expect(unfinished).toBe(1);
    }
  });

  it("A stop answers all callers, whatever point their record has reached.", async () => {
    const { publisher, results } = rig();
    const { author } = signingAuthor();
    const waiting = publisher.publish(author, submission());
    await settled();
    let sign: (signature: Uint8Array) => void = () => undefined;
    const slow: SigningAuthor = {
      ...author,
      signer: {
        ...author.signer,
        sign: () =>
          new Promise((resolve) => {
            sign = resolve;
          }),
      },
    };
    const signing = publisher.publish(slow, submission());
    await settled();
    results.stop();
    sign(new Uint8Array(96));
    for (const late of [waiting, signing, publisher.publish(author, submission())]) {
      await expect(late).rejects.toMatchObject({ code: "stopped" });
    }
  });

  it("A record that can't become a member uses no number.", async () => {
    const { publisher } = rig();
    const ahead = signingAuthor(NOW_SECONDS + 30);
    const draft = { ...codeTask("too late"), deadline: { kind: "at" as const, seconds: NOW_SECONDS + 20 } };
    const published = publisher.publish(ahead.author, await ownTask(blake3, DEFAULT_RULES, AUTHOR, draft));
    await expect(published).rejects.toMatchObject({ code: "bad_deadline" });
    expect(ahead.intents).toEqual([]);
  });

  it("The refusal of a deadline names the deadlines that the network accepts.", async () => {
    const { publisher } = rig();
    const latest = NOW_SECONDS + 30 * 86_400;
    for (const [seconds, words] of [
      [NOW_SECONDS - 5, "is over already"],
      [latest + 1, "lies more than 30 days ahead"],
      [2 ** 48 - 1, "281474976710655 lies more than 30 days ahead"],
    ] as const) {
      const draft = { ...codeTask("when"), deadline: { kind: "at" as const, seconds } };
      const published = publisher.publish(signingAuthor().author, await ownTask(blake3, DEFAULT_RULES, AUTHOR, draft));
      await expect(published).rejects.toMatchObject({
        code: "bad_deadline",
        message: expect.stringContaining(words),
        details: { deadline: seconds, earliest: NOW_SECONDS + 1, latest },
      });
      await expect(published).rejects.toThrow("up to 2027-02-14T08:00:00Z");
    }
  });

  it("A record beyond the cap is refused, whatever point the others have reached.", async () => {
    const { publisher, results } = rig();
    const { author } = signingAuthor();
    let refuse: () => void = () => undefined;
    const intent = new Promise<never>((_resolve, reject) => {
      refuse = () => reject(new Error("no intent"));
    });
    const slow: SigningAuthor = { ...author, store: { ...author.store, reserve: () => intent } };
    const waiting = Array.from({ length: PUBLISHING_MAX }, (_, i) =>
      publisher.publish(i % 2 === 0 ? author : slow, submission()),
    );
    await settled();
    expect(publisher.waiting).toBe(PUBLISHING_MAX);
    await expect(publisher.publish(author, submission())).rejects.toMatchObject({ code: "peer_busy" });
    results.stop();
    refuse();
    expect((await Promise.allSettled(waiting)).every(({ status }) => status === "rejected")).toBe(true);
  });
});
