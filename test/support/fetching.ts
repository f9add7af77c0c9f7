import { expect } from "vitest";
import { BodyFetch } from "../../src/engine/bodies/body-fetch.js";
import type { BodyAccess } from "../../src/engine/bodies/body-rights.js";
import { limitsOf } from "../../src/engine/bounds.js";
import { Context } from "../../src/engine/context.js";
import { Peers } from "../../src/engine/peers/peers.js";
import { BodyBook } from "../../src/engine/set/body-book.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import { bodyRef, encodeBody } from "../../src/protocol/bodies.js";
import type { SyncRequest, SyncStatus } from "../../src/protocol/sync-messages.js";
import { Random } from "./simulation/clock.js";
import { blake3, identityOf, keyOf } from "./simulation/fake-signer.js";
import { author, START_SECONDS } from "./simulation/story.js";

export interface Announced {
  readonly record: TaskRecord;
  readonly bytes: Uint8Array;
}

/** The behaviour of a peer on a request. */
export type Manner = "serves" | "silent" | SyncStatus;

export function announced(index: number): Announced {
  const by = author(index % 50);
  const detail = { type: "LogicReasoning", problemType: "riddle", complexity: 1 } as const;
  const fees = { gasFeeNano: 1n, stakeRequiredNano: 2n };
  const data = new Uint8Array([index & 255, (index >> 8) & 255, index >> 16]);
  const bytes = encodeBody({ kind: "task", author: by, detail, description: "task", data, ...fees });
  const terms = { difficulty: 0, verification: 1, requiredReviewers: 2, maxParticipants: 5, qualityThreshold: 50 };
  const deadlineSeconds = START_SECONDS + 3600;
  const body = bodyRef(blake3, bytes);
  const payload = { kind: "task", taskType: 4, deadlineSeconds, rewardNano: 9n, ...terms, body } as const;
  const record = { id: keyOf(`record ${index}`), author: by, timestampSeconds: START_SECONDS, number: 0 };
  return { record: { ...record, strand: "040000", payload }, bytes };
}

/** The part of a node that fetches bodies, its disk, and peers with a set behaviour. */
export class Fetching {
  readonly disk: Map<string, string>;
  readonly context: Context;
  readonly peers: Peers;
  readonly book: BodyBook;
  readonly fetch: BodyFetch;
  /** Requests by peer. */
  readonly asked: { readonly peer: string; readonly hash: string; readonly atMs: number }[] = [];
  readonly manners = new Map<string, (hash: string) => Manner>();
  access: BodyAccess;
  readonly #bodies: ReadonlyMap<string, Uint8Array>;

  constructor(
    records: readonly Announced[],
    startMs: number,
    disk = new Map<string, string>(),
    access: BodyAccess = { kind: "open" },
  ) {
    this.disk = disk;
    this.access = access;
    this.#bodies = new Map(records.map(({ record, bytes }) => [hashOf(record), bytes]));
    const options = { identity: identityOf(), blake3, nodeKey: keyOf("node"), authors: [], taskTypes: [4] };
    this.context = new Context({ ...options, seed: keyOfBytes(startMs), limits: limitsOf() });
    this.context.setClock(startMs);
    this.peers = new Peers(this.context.limits);
    this.book = new BodyBook(this.context.limits.held_bodies);
    this.fetch = new BodyFetch({
      context: this.context,
      peers: this.peers,
      book: this.book,
      ranked: () => [...this.peers.all()].map(({ facts }) => facts.peer),
      deadlineMs: () => undefined,
      access: () => this.access,
      closed: () => undefined,
      helpful: () => undefined,
      fault: (peer, code) => expect.fail(`${peer}: ${code}`),
    });
    for (const [hash, taskId] of disk) this.book.found(hash, taskId);
    for (const { record } of records) {
      this.book.restore({ hash: hashOf(record), taskId: record.id, kind: "task" });
      this.fetch.expect(record, undefined);
    }
    this.book.restored();
  }

  connect(peer: string, manner: (hash: string) => Manner, features: readonly string[] = []): void {
    this.manners.set(peer, manner);
    const address = { chosen: true, addressGroup: peer };
    const facts = { peer, key: keyOf(peer), dialed: true, salt: "", interests: ["040000"], features, ...address };
    this.peers.ready(
      { ...facts, registryDigest: "", registryTimeSeconds: 0n, rosters: [], agent: "" },
      this.context.nowMs,
    );
    this.fetch.peerArrived(peer);
    this.fetch.tick();
    this.#answer();
  }

  disconnect(peer: string): void {
    this.peers.gone(peer);
    this.fetch.peerGone(peer);
  }

  get missing(): number {
    return this.fetch.counts().missing;
  }

  /** Advances the time, with a tick each second; peers answer at once. */
  run(seconds: number, until: () => boolean = () => false): void {
    for (let i = 0; i < seconds && !until(); i++) this.turn(1000);
  }

  /** Advances the time by `ms` milliseconds, with one tick; peers answer at once. */
  turn(ms: number): void {
    this.context.setClock(this.context.clockMs + ms);
    this.fetch.tick();
    this.#answer();
  }

  #answer(): void {
    for (let effects = this.context.out.take(); effects.length > 0; effects = this.context.out.take()) {
      for (const effect of effects) {
        if (effect.kind === "persist") {
          for (const write of effect.writes) if (write.kind === "put_body") this.disk.set(write.hash, write.taskId);
        }
        if (effect.kind !== "send_request") continue;
        const { peer, request } = effect;
        if (request.kind === "bodies") this.#answerMany(peer, request);
        if (request.kind !== "body") continue;
        this.asked.push({ peer, hash: request.hash, atMs: this.context.nowMs });
        if (this.disk.has(request.hash)) throw new Error("asked for a body that is on the disk");
        const manner = this.manners.get(peer)?.(request.hash) ?? "silent";
        if (manner === "silent") continue;
        const bytes = this.#bodies.get(request.hash) ?? new Uint8Array();
        if (manner === "serves") this.fetch.chunk(peer, request.requestId, 0, bytes);
        const status = manner === "serves" ? "ok" : manner;
        this.fetch.responded(peer, { kind: "response", requestId: request.requestId, status, items: 1, bytes: 1n });
        this.fetch.tick();
      }
    }
  }

  /** Answers body by body; the first that the peer is silent about, busy for or refuses ends the answers. */
  #answerMany(peer: string, { requestId, hashes }: Extract<SyncRequest, { kind: "bodies" }>): void {
    const end = (status: SyncStatus): boolean =>
      this.fetch.responded(peer, { kind: "response", requestId, status, items: 1, bytes: 1n });
    for (const hash of hashes) {
      this.asked.push({ peer, hash, atMs: this.context.nowMs });
      if (this.disk.has(hash)) throw new Error("asked for a body that is on the disk");
    }
    for (const hash of hashes) {
      const manner = this.manners.get(peer)?.(hash) ?? "silent";
      if (manner === "silent") return;
      if (manner === "busy" || manner === "refused") return void end(manner);
      const bytes = this.#bodies.get(hash) ?? new Uint8Array();
      const status = manner === "serves" || manner === "ok" ? "ok" : manner;
      this.fetch.parts(peer, requestId, [status === "ok" ? { status, left: bytes.length, bytes } : { status }]);
    }
    end("ok");
    this.fetch.tick();
  }
}

function hashOf({ payload }: TaskRecord): string {
  return payload.kind === "cancel" ? "" : (payload.body?.hash ?? "");
}

function keyOfBytes(number: number): Uint8Array {
  return blake3(new TextEncoder().encode(`seed ${number}`));
}

/**
 * Fetches `count` bodies across a restart: one peer lacks all, one is silent, and two hold a half each, of which one
 * reconnects repeatedly and sometimes does not answer.
 */
export function catchUp(count: number, seed: number, features: readonly string[] = []): void {
  const random = new Random(seed);
  const records = Array.from({ length: count }, (_, i) => announced(i));
  const half = new Set(records.filter(() => random.chance(0.5)).map(({ record }) => hashOf(record)));
  const startMs = START_SECONDS * 1000;
  const first = new Fetching(records, startMs);
  expect(first.missing).toBe(count);
  first.connect("liar", () => "unknown", features);
  first.connect("silent", () => "silent", features);
  let served = 0;
  const vanishing = (hash: string): Manner => {
    if (served++ % 1000 === 999) return "silent";
    return half.has(hash) ? "serves" : hash.startsWith("1") ? "not_yet" : "unknown";
  };
  first.connect("half", vanishing, features);
  first.run(600, () => first.disk.size >= (count * 2) / 5);
  first.disconnect("half");
  expect(first.disk.size).toBeGreaterThanOrEqual((count * 2) / 5);
  expect(first.missing).toBe(count - first.disk.size);

  const second = new Fetching(records, first.context.clockMs, first.disk);
  expect(second.missing).toBe(count - first.disk.size);
  second.connect("liar", () => "unknown", features);
  second.connect("half", vanishing, features);
  for (let i = 0; i < 20; i++) {
    second.run(5);
    second.disconnect("half");
    second.run(5);
    second.connect("half", vanishing, features);
  }
  expect(second.missing).toBe(count - second.disk.size);
  expect(second.missing).toBeGreaterThan(0);
  second.connect("other half", (hash) => (half.has(hash) ? "unknown" : "serves"), features);
  second.run(4 * 3600, () => second.missing === 0);
  expect(second.missing).toBe(0);
  expect(second.disk.size).toBe(count);
}
