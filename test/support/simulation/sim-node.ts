import type { ChainFacts } from "../../../src/engine/chain-facts.js";
import type { EngineEffect } from "../../../src/engine/effects.js";
import type { EngineEvent, PeerFacts, Source } from "../../../src/engine/events.js";
import { Engine, type EngineOptions, WINDOWS_FULL } from "../../../src/engine/index.js";
import { SCORES_META_KEY } from "../../../src/engine/peers/score-codec.js";
import { scan } from "../../../src/kernel/reference-scan.js";
import { bodyProofMessage } from "../../../src/protocol/body-proof.js";
import { encodeBundle } from "../../../src/protocol/bundle.js";
import { fromHex, toHex } from "../../../src/protocol/bytes.js";
import type { ReasonCode } from "../../../src/protocol/errors.js";
import { decodeFrame, encodeFrame, type Frame } from "../../../src/protocol/frames.js";
import { encodePeerScoreUpdate, encodeSyncRequest, encodeSyncResponse } from "../../../src/protocol/sync-messages.js";
import { packInput, scanContext } from "../../../src/protocol/table.js";
import { encodeAlert, encodeVote } from "../../../src/protocol/verdict-messages.js";
import { answerFrom } from "./answers.js";
import { FakeDisk, restoreTasks } from "./fake-disk.js";
import { blake3, fakeSignature, fakeVerify, keyOf, signEnvelope, withProof } from "./fake-signer.js";
import { EVERYONE, type World } from "./world.js";

/** Equals the constant of `src/network`, which the tests of the engine do not import. */
const SEND_QUEUE_FRAMES = 128;

/** One engine with a fake disk, kernel, signer and network. */
export class SimNode {
  readonly name: string;
  readonly nodeKey: string;
  /** The key with which this node signs. */
  readonly authorKey: string;
  readonly disk = new FakeDisk();
  readonly faults: { readonly peer: string; readonly code: ReasonCode }[] = [];
  readonly verdicts: Extract<EngineEffect, { kind: "verdict" }>[] = [];
  readonly ownResults: Extract<EngineEffect, { kind: "own_result" }>[] = [];
  readonly effects: EngineEffect[] = [];
  engine: Engine;
  up = true;
  /** The address group that peers see. */
  addressGroup = "loopback";
  features: readonly string[] = [WINDOWS_FULL];
  /** Kinds of answers that never arrive. */
  readonly stalled = new Set<EngineEvent["kind"]>();
  /** Every call of the kernel fails. */
  failVerify = false;
  readonly #world: World;
  readonly #options: Partial<EngineOptions>;
  readonly #facts: ChainFacts;
  readonly #salts = new Map<string, string>();
  readonly #gossip = new Map<string, { readonly topic: string; readonly bytes: Uint8Array; readonly from: string }>();
  readonly #inputs = new Map<number, { readonly input: Uint8Array; readonly table: Uint8Array }>();
  #life = 0;
  #atOnce = 0;
  #batch = 0;

  constructor(world: World, name: string, options: Partial<EngineOptions> = {}, facts: ChainFacts = EVERYONE) {
    this.#world = world;
    this.#options = options;
    this.#facts = facts;
    this.name = name;
    this.nodeKey = keyOf(`node ${name}`);
    this.authorKey = keyOf(name);
    this.engine = this.#start();
  }

  #start(): Engine {
    const { identity, clock } = this.#world;
    const seed = blake3(new TextEncoder().encode(`${this.name} ${this.#life}`));
    const base = { identity, blake3, seed, nodeKey: this.nodeKey, authors: [this.authorKey], startMs: clock.nowMs };
    this.engine = new Engine({ ...base, ...this.#options });
    restoreTasks(this.engine, this.disk);
    this.engine.restored();
    for (const { entry, envelope } of this.disk.kept.values()) this.engine.restoreKept(entry, envelope);
    this.engine.restoreSequence(this.disk.events.at(-1)?.sequence ?? 0);
    const scores = this.disk.meta.get(SCORES_META_KEY);
    if (scores !== undefined && !this.engine.restoreScores(scores)) throw new Error("stored scores are unreadable");
    this.step({ kind: "chain", facts: this.#facts });
    this.#tick(this.#life);
    return this.engine;
  }

  #tick(life: number): void {
    this.#world.clock.in(1000, () => {
      if (life !== this.#life || !this.up) return;
      this.step({ kind: "tick" });
      this.#tick(life);
    });
  }

  crash(): void {
    this.up = false;
    this.#life++;
    this.disk.crash();
    this.#gossip.clear();
  }

  restart(): void {
    this.up = true;
    this.#start();
  }

  connected(other: SimNode, dialed: boolean, salt: string): void {
    this.#salts.set(other.name, salt);
    const facts: PeerFacts = {
      peer: other.name,
      key: other.nodeKey,
      ...{ dialed, chosen: dialed, addressGroup: other.addressGroup, salt },
      ...{ interests: other.engine.strands(), features: other.features, agent: "simulation", rosters: [] },
      registryDigest: this.#facts.registryDigest,
      registryTimeSeconds: this.#facts.registryTimeSeconds,
    };
    this.step({ kind: "peer_ready", facts });
    this.step({ kind: "peer_subscribed", peer: other.name });
  }

  /** Sets the salt of a connection of the test. */
  salt(peer: string, salt: string): void {
    this.#salts.set(peer, salt);
  }

  /** Publishes an own record; its body is on the disk first. */
  publish(
    envelope: Uint8Array,
    body?: { readonly hash: string; readonly taskId: string; readonly bytes: Uint8Array },
  ): void {
    if (body !== undefined) this.disk.apply([{ kind: "put_body", ...body }], true, this.#world.clock.nowMs);
    this.scan([{ bundle: encodeBundle([envelope]), source: { kind: "own" } }]);
    if (body !== undefined) this.step({ kind: "own_body", ...body });
  }

  hearGossip(peer: string, topic: string, bytes: Uint8Array, messageId: string): void {
    if (!this.up || this.#gossip.has(messageId)) return;
    this.#gossip.set(messageId, { topic, bytes, from: peer });
    this.scan([{ bundle: bytes, source: { kind: "gossip", peer, topic, messageId } }]);
  }

  hearFrame(peer: string, bytes: Uint8Array): void {
    if (!this.up) return;
    const frame = decodeFrame(bytes);
    if (!frame.ok) {
      this.step({ kind: "frame_refused", peer });
      return;
    }
    const { requestId } = frame.value;
    switch (frame.value.kind) {
      case "records":
        this.scan([{ bundle: frame.value.bundle, source: { kind: "sync", peer, requestId } }]);
        return;
      case "envelope":
      case "scores": {
        const kind = frame.value.kind;
        const source: Source = { kind: "control", peer, frame: kind, requestId };
        this.scan([{ bundle: encodeBundle([frame.value.envelope]), source }]);
        return;
      }
      default:
        this.step({ kind: "frame", peer, frame: frame.value });
        return;
    }
  }

  scan(items: readonly { readonly bundle: Uint8Array; readonly source: Source }[]): void {
    const batch = ++this.#batch;
    const input = packInput(items.map(({ bundle }) => bundle));
    const table = scan(input, scanContext(this.#world.identity));
    this.#inputs.set(batch, { input, table });
    this.step({ kind: "scanned", batch, input, table, sources: items.map(({ source }) => source) });
  }

  step(event: EngineEvent): void {
    const { clock } = this.#world;
    this.#atOnce = 0;
    for (const effect of this.engine.step(event, clock.nowMs)) this.#carryOut(effect);
    const due = this.engine.nextDueMs();
    const life = this.#life;
    if (due !== undefined) {
      clock.in(Math.max(1, due - clock.nowMs), () => {
        if (life === this.#life && (this.engine.nextDueMs() ?? clock.nowMs + 1) <= clock.nowMs)
          this.step({ kind: "tick" });
      });
    }
  }

  #later(delayMs: number, event: () => EngineEvent): void {
    const life = this.#life;
    this.#world.clock.in(delayMs, () => {
      const answer = event();
      if (life === this.#life && !this.stalled.has(answer.kind)) this.step(answer);
    });
  }

  #carryOut(effect: EngineEffect): void {
    const { clock, random, identity } = this.#world;
    this.effects.push(effect);
    switch (effect.kind) {
      case "verify": {
        const { batch, lane, mask } = effect;
        const held = this.#inputs.get(batch);
        if (held === undefined) throw new Error("verify of an unknown batch");
        if (this.failVerify) {
          this.#later(1, () => ({ kind: "batch_failed", batch, lane }));
          return;
        }
        const verdicts = fakeVerify(identity, held.input, held.table, mask);
        this.#later(1 + random.below(8), () => ({ kind: "verified", batch, lane, verdicts }));
        return;
      }
      case "verdict": {
        this.verdicts.push(effect);
        const message = this.#gossip.get(effect.messageId);
        if (effect.acceptance === "accept" && message !== undefined) {
          this.#world.publish(this, message.topic, message.bytes, message.from);
        }
        return;
      }
      case "persist":
        this.disk.apply(effect.writes, effect.sync, clock.nowMs);
        return;
      case "gossip":
        this.#world.publish(this, effect.topic, effect.bundle, undefined);
        return;
      case "send":
        // Frames sent without a wait have room for this many, as on a real stream.
        if (++this.#atOnce <= SEND_QUEUE_FRAMES) this.#frame(effect.peer, effect.frame);
        return;
      case "send_frames": {
        const { peer, requestId, frames } = effect;
        for (const frame of frames) this.#frame(peer, frame);
        this.#later(1, () => ({ kind: "sent", peer, requestId, ok: true }));
        return;
      }
      case "send_request":
        this.#sendRequest(effect);
        return;
      case "send_response": {
        const { peer, requestId, status, items, bytes } = effect;
        const payload = encodeSyncResponse({ requestId, status, items, bytes: BigInt(bytes) });
        this.#sendEnvelope(peer, requestId, 4, payload);
        return;
      }
      case "send_scores": {
        const envelope = this.#signed(5, encodePeerScoreUpdate(effect.scores));
        for (const peer of effect.peers) this.#frame(peer, { kind: "scores", requestId: "0".repeat(32), envelope });
        return;
      }
      case "send_alert": {
        const { alertKind, firstId, secondId } = effect;
        const [first, second] = [firstId, secondId].map((id) => this.disk.records.get(id)?.envelope);
        if (first === undefined || second === undefined || this.stalled.has("scanned")) return;
        this.#takeOwn(this.#signed(7, encodeAlert({ alertKind, first, second })));
        return;
      }
      case "send_vote_alert":
        this.#takeOwn(this.#signed(7, encodeAlert(effect)));
        return;
      case "cast_vote":
        this.#takeOwn(signEnvelope(identity, { ...effect, type: 6, sender: effect.author }, encodeVote(effect.vote)));
        return;
      case "send_certificate":
        this.#takeOwn(this.#signed(8, effect.payload));
        return;
      case "serve_records":
      case "serve_body":
      case "serve_bodies": {
        const { frames, served } = answerFrom(this.disk, effect);
        for (const frame of frames) this.#frame(effect.peer, frame);
        this.#later(1, () => served);
        return;
      }
      case "check_proof": {
        const { peer, requestId, author, hash, proof } = effect;
        const valid = toHex(fakeSignature(author, this.#proofMessage(peer, hash, requestId))) === proof;
        this.#later(2, () => ({ kind: "proof_checked", peer, requestId, valid }));
        return;
      }
      case "scan":
        if (!this.stalled.has("scanned")) clock.in(1, () => this.scan([effect]));
        return;
      case "load_task":
        this.#later(2, () => ({ ...effect, kind: "task_loaded", records: this.disk.task(effect.taskId) }));
        return;
      case "own_result":
        this.ownResults.push(effect);
        return;
      case "fault":
        this.faults.push(effect);
        return;
    }
  }

  #takeOwn(envelope: Uint8Array): void {
    const life = this.#life;
    this.#world.clock.in(1, () => {
      if (life === this.#life) this.scan([{ bundle: encodeBundle([envelope]), source: { kind: "own" } }]);
    });
  }

  #proofMessage(peer: string, hash: string, requestId: string): Uint8Array {
    const bytes = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array();
    const salt = bytes(this.#salts.get(peer) ?? "");
    return bodyProofMessage(this.#world.identity.genesis, bytes(hash), salt, bytes(requestId));
  }

  #sendRequest({ peer, request, proofAuthor }: Extract<EngineEffect, { kind: "send_request" }>): void {
    const proved = withProof(request, proofAuthor, (hash) => this.#proofMessage(peer, hash, request.requestId));
    this.#sendEnvelope(peer, request.requestId, 3, encodeSyncRequest(proved));
  }

  #signed(type: 3 | 4 | 5 | 7 | 8, payload: Uint8Array): Uint8Array {
    const timestampSeconds = Math.floor(this.#world.clock.nowMs / 1000);
    return signEnvelope(this.#world.identity, { type, sender: this.nodeKey, timestampSeconds }, payload);
  }

  #sendEnvelope(peer: string, requestId: string, type: 3 | 4, payload: Uint8Array): void {
    this.#frame(peer, { kind: "envelope", requestId, envelope: this.#signed(type, payload) });
  }

  #frame(peer: string, frame: Frame): void {
    this.#world.send(this, peer, encodeFrame(frame));
  }
}
