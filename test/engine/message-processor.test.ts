import { describe, expect, test } from "vitest";
import type { Limits } from "../../src/engine/bounds.js";
import type { EngineEffect } from "../../src/engine/effects.js";
import type { Source } from "../../src/engine/events.js";
import type { OpenAlert, Outcome, Settled } from "../../src/engine/intake/bundle-state.js";
import type { Candidate } from "../../src/engine/intake/judge.js";
import { MessageProcessor } from "../../src/engine/intake/message-processor.js";
import type { Wanted } from "../../src/engine/intake/processor-ports.js";
import { scan } from "../../src/kernel/reference-scan.js";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { alertsTopic, strandTopic } from "../../src/protocol/strand.js";
import { encodeSyncRequest } from "../../src/protocol/sync-messages.js";
import { packInput, rowCount, scanContext, tableCode } from "../../src/protocol/table.js";
import { encodeAlert, openAlert } from "../../src/protocol/verdict-messages.js";
import { blake3, idOf, keyOf, signEnvelope } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made, START_SECONDS } from "../support/simulation/story.js";
import { EngineParts } from "./engine-parts.js";

const TOPIC = strandTopic(3, 4, 0);
const TASK = { taskId: keyOf("task"), taskType: 0, t0: START_SECONDS };
const NEW: Settled = { kind: "new" };

/** A processor whose three ports record their calls. */
class Processing {
  readonly parts: EngineParts;
  readonly processor: MessageProcessor;
  readonly calls: string[] = [];
  readonly forwarded: Uint8Array[] = [];
  readonly known = new Set<string>();
  wanted: Wanted = "asked";
  admit: (candidate: Candidate, envelope: Uint8Array) => Outcome = () => NEW;
  readonly #story = new LoneWorld().story;
  #batches = 0;
  #authors = 0;

  constructor(limits: Partial<Limits> = {}) {
    this.parts = new EngineParts(limits);
    const { context, peers } = this.parts;
    const note = (...words: readonly unknown[]): void => void this.calls.push(words.join(" "));
    this.processor = new MessageProcessor({
      context,
      peers,
      sink: {
        isKnown: ({ recordId }) => this.known.has(recordId),
        admit: (candidate, envelope) => this.admit(candidate, envelope),
        park: () => false,
        settleProof: (_, valid) => {
          note("settleProof", valid);
          return valid === true ? NEW : { kind: "ignored", code: "kernel_failed", remember: false };
        },
        forward: (_, envelope) => void this.forwarded.push(envelope),
      },
      exchanges: {
        wanted: () => this.wanted,
        inVerification: (peer, id, step) => note("inVerification", peer, id, step),
        settled: (peer, id, _, outcome) => note("settled", peer, id, outcome.kind),
        addHolder: (_, peer) => note("addHolder", peer),
      },
      credit: {
        useful: (peer, count) => note("useful", peer, count),
        noteNew: (count) => note("noteNew", count),
        duplicate: (peer, count) => note("duplicate", peer, count),
        fault: (peer, code) => note("fault", peer, code),
      },
    });
  }

  task(): Made {
    return this.#story.task(author(this.#authors++), this.#story.nowSeconds + 3600);
  }

  /** Two tasks of one author in one slot, and the alert that proves it. */
  alert(): { readonly envelope: Uint8Array; readonly open: OpenAlert } {
    const { identity, context } = this.parts;
    const by = author(this.#authors++);
    const deadline = this.#story.nowSeconds + 3600;
    const made = [0, 1].map((i) => this.#story.task(by, deadline + i, { number: 0 }));
    const [first, second] = made.sort((a, b) => (a.id < b.id ? -1 : 1)) as [Made, Made];
    const alert = { kind: "alert", alertKind: 1, first: first.envelope, second: second.envelope } as const;
    const { nowSeconds: timestampSeconds } = context;
    const signer = author(50);
    const envelope = signEnvelope(identity, { type: 7, sender: signer, timestampSeconds }, encodeAlert(alert));
    const { network, genesis, rules } = identity;
    const opened = openAlert(blake3, genesis, { network, payloadLimits: rules.payloadLimits }, alert);
    if (!opened.ok) throw new Error(opened.code);
    const id = idOf(identity, envelope);
    const payloads = [first.payload, second.payload] as const;
    return {
      envelope,
      open: { kind: "alert", id, alert, opened: opened.value, payloads, case: id, envelope, signer, timestampSeconds },
    };
  }

  scanned(source: Source, bundle: Uint8Array): number {
    const input = packInput([bundle]);
    const table = scan(input, scanContext(this.parts.identity));
    const batch = this.#batches++;
    this.processor.scanned({ kind: "scanned", batch, input, table, sources: [source] });
    return rowCount(table);
  }

  gossip(peer: string, envelopes: readonly Uint8Array[], topic = TOPIC): void {
    this.scanned({ kind: "gossip", peer, topic, messageId: `${peer}${this.#batches}` }, encodeBundle(envelopes));
  }

  /** Verdicts on the signatures of the newest batch: 0 is valid. */
  verified(lane: "clean" | "suspect", verdicts: readonly number[] | undefined): void {
    this.processor.verified(this.#batches - 1, lane, verdicts === undefined ? undefined : new Uint8Array(verdicts));
  }

  effects(): readonly EngineEffect[] {
    return this.parts.context.out.take();
  }

  /** Gossip verdicts since the last call. */
  verdicts(): string[] {
    return this.parts.take("verdict").map(({ peer, acceptance, code = "" }) => `${peer} ${acceptance} ${code}`.trim());
  }
}

describe("the message processor", () => {
  test("the processor rejects a bundle with an invalid signature and forwards its valid envelopes", () => {
    const world = new Processing();
    const good = world.task();
    world.gossip("a", [good.envelope, world.task().envelope]);
    expect(world.verdicts()).toEqual([]);
    world.verified("clean", [0, tableCode("bad_signature")]);
    expect(world.verdicts()).toEqual(["a reject bad_signature"]);
    expect(world.forwarded).toEqual([good.envelope]);
    expect(world.calls).toEqual(["fault a bad_signature", "noteNew 1"]);
    world.gossip("a", [world.task().envelope]);
    expect(world.parts.take("verify").map(({ lane }) => lane)).toEqual(["suspect"]);
  });

  test("the processor accepts a bundle of new envelopes, forwards none itself, and credits the peer", () => {
    const world = new Processing();
    world.gossip("a", [world.task().envelope, world.task().envelope]);
    world.verified("clean", [0, 0]);
    expect(world.verdicts()).toEqual(["a accept"]);
    expect(world.forwarded).toEqual([]);
    expect(world.calls).toEqual(["useful a 2"]);
  });

  test("verifies an envelope once while it is in flight, and ignores the copy of another peer", () => {
    const world = new Processing();
    const { envelope } = world.task();
    world.gossip("a", [envelope]);
    world.gossip("b", [envelope]);
    const effects = world.effects();
    expect(effects.filter(({ kind }) => kind === "verify")).toHaveLength(1);
    expect(effects).toContainEqual(expect.objectContaining({ peer: "b", acceptance: "ignore", code: "already_known" }));
    world.processor.verified(0, "clean", new Uint8Array([0]));
    expect(world.verdicts()).toEqual(["a accept"]);
    expect(world.processor.sizes).toEqual({ batches: 0, envelopes: 0, alerts: 0 });
  });

  test("the processor counts a known record as a duplicate of its peer and requests no signature", () => {
    const world = new Processing();
    const made = world.task();
    world.known.add(made.id);
    world.gossip("a", [made.envelope]);
    expect(world.verdicts()).toEqual(["a ignore already_known"]);
    expect(world.calls).toEqual(["addHolder a", "duplicate a 1"]);
  });

  test("the processor ignores a batch above the cap without a fault, but takes an own record", () => {
    const world = new Processing({ batches: 1 });
    world.gossip("a", [world.task().envelope]);
    world.gossip("b", [world.task().envelope]);
    expect(world.verdicts()).toEqual(["b ignore over_budget"]);
    const own = world.task();
    world.scanned({ kind: "own" }, encodeBundle([own.envelope]));
    expect(world.parts.take("own_result")).toEqual([
      { kind: "own_result", batch: 2, recordId: own.id, code: undefined },
    ]);
    expect(world.calls).toEqual([]);
  });

  test("judges nothing and blames no peer when the kernel fails", () => {
    for (const verdicts of [undefined, [0]]) {
      const world = new Processing();
      world.gossip("a", [world.task().envelope, world.task().envelope]);
      world.verified("clean", verdicts);
      expect(world.verdicts()).toEqual(["a ignore kernel_failed"]);
      expect(world.calls).toEqual([]);
    }
  });

  test("charges a peer for records that no exchange requested, but not for late ones", () => {
    const world = new Processing();
    const source: Source = { kind: "sync", peer: "a", requestId: "id" };
    world.wanted = "late";
    world.scanned(source, encodeBundle([world.task().envelope]));
    world.wanted = "unasked";
    world.scanned(source, encodeBundle([world.task().envelope]));
    const frame = ["inVerification a id 1", "settled a id ignored", "inVerification a id -1"];
    expect(world.calls).toEqual([...frame, frame[0], "fault a unsolicited", ...frame.slice(1)]);
    expect(world.parts.take("verify")).toEqual([]);
  });

  test("drops a request whose peer connects again during its verification, and blames no peer", () => {
    for (const [again, admitted] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const world = new Processing();
      const { identity, context } = world.parts;
      world.parts.connect("a");
      const requestId = "11".repeat(16);
      const request = encodeSyncRequest({ kind: "body", requestId, hash: keyOf("body"), task: TASK });
      const from = { type: 3, sender: keyOf("node a"), timestampSeconds: context.nowSeconds } as const;
      const source: Source = { kind: "control", peer: "a", frame: "envelope", requestId };
      world.scanned(source, encodeBundle([signEnvelope(identity, from, request)]));
      let requests = 0;
      world.admit = () => {
        requests++;
        return NEW;
      };
      world.parts.setClock(1);
      if (again) world.parts.connect("a");
      world.verified("clean", [0]);
      expect(requests).toBe(admitted);
      expect(world.calls).toEqual([]);
    }
  });
});

describe("a pending alert", () => {
  /** Gossips the alert and verifies its own signature. */
  function pending(
    world: Processing,
    peer: string,
    { envelope, open }: { envelope: Uint8Array; open: OpenAlert },
  ): void {
    world.admit = () => ({ kind: "waiting", proof: open });
    world.gossip(peer, [envelope], alertsTopic(3));
    world.verified("clean", [0]);
  }

  test("a pending alert keeps its bundle open until both inner signatures are verified", () => {
    const world = new Processing();
    const { envelope, open } = world.alert();
    pending(world, "a", { envelope, open });
    const effects = world.effects();
    expect(effects.filter(({ kind }) => kind === "verdict")).toEqual([]);
    const inner = effects.flatMap((effect) => (effect.kind === "scan" ? [effect] : []));
    expect(inner).toHaveLength(1);
    expect(world.processor.sizes.alerts).toBe(1);
    for (const { source, bundle } of inner) expect(world.scanned(source, bundle)).toBe(2);
    world.verified("clean", [0, 0]);
    expect(world.verdicts()).toEqual(["a accept"]);
    // An alert earns no credit.
    expect(world.calls).toEqual(["settleProof true"]);
    expect(world.processor.sizes.alerts).toBe(0);
  });

  test("a pending alert is settled as unverified after a minute without its inner envelopes", () => {
    const world = new Processing();
    pending(world, "a", world.alert());
    world.parts.setClock(59);
    world.processor.sweep();
    expect(world.verdicts()).toEqual([]);
    world.parts.setClock(60);
    world.processor.sweep();
    expect(world.verdicts()).toEqual(["a ignore kernel_failed"]);
    expect(world.calls).toEqual(["settleProof "]);
  });

  test("a pending alert is held once, and a further one above the cap is dropped and counted", () => {
    const world = new Processing({ alerts_in_check: 1 });
    const first = world.alert();
    pending(world, "a", first);
    pending(world, "b", first);
    expect(world.verdicts()).toEqual(["b ignore already_known"]);
    pending(world, "c", world.alert());
    const effects = world.effects();
    expect(effects).toContainEqual(expect.objectContaining({ peer: "c", acceptance: "ignore", code: "over_budget" }));
    expect(effects).toContainEqual({ kind: "count", name: "dropped", label: "alerts_in_check", value: 1 });
  });
});
