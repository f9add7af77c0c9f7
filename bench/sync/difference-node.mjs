// An engine with a set of made-up records, and the frames that it sends to its one peer.
import { Engine, WINDOWS_FULL } from "../../dist/engine/index.js";
import { blake3Of } from "../../dist/kernel/index.js";
import { encodeBundle } from "../../dist/protocol/bundle.js";
import { toHex } from "../../dist/protocol/bytes.js";
import { encodeHead, joinEnvelope, MessageType, signedMessage } from "../../dist/protocol/envelope.js";
import { decodeFrame, encodeFrame } from "../../dist/protocol/frames.js";
import { encodeSyncRequest, encodeSyncResponse } from "../../dist/protocol/sync-messages.js";
import { packInput, scanContext } from "../../dist/protocol/table.js";
import { FACTS, IDENTITY } from "../scale/shape.mjs";

/** Processor time of all threads so far: other load on the machine does not change it. */
export function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export class BenchNode {
  #kernel;
  #privateKey;
  #context = scanContext(IDENTITY);
  #batch = 0;
  #events = [];
  key;
  nowMs;
  /** Frames that wait for the peer. */
  outbox = [];
  longestStepMs = 0;
  /** Ids that this node wants of its peer. */
  wanted = 0;

  constructor(kernel, number, nowMs) {
    this.#kernel = kernel;
    this.#privateKey = new Uint8Array(32);
    this.#privateKey[0] = number;
    this.key = toHex(kernel.publicKey(this.#privateKey));
    this.nowMs = nowMs;
    const seed = new Uint8Array(32).fill(number);
    const base = { identity: IDENTITY, blake3: blake3Of(kernel), seed, nodeKey: this.key, authors: [], startMs: nowMs };
    this.engine = new Engine(base);
    this.engine.step({ kind: "chain", facts: FACTS }, nowMs);
  }

  async connect(other, dialed, form) {
    const facts = {
      ...{ peer: "peer", key: other.key, dialed, chosen: dialed, addressGroup: "group", salt: "5a".repeat(32) },
      ...{ interests: other.engine.strands(), features: form === "full" ? [WINDOWS_FULL] : [], agent: "bench" },
      ...{ registryDigest: FACTS.registryDigest, registryTimeSeconds: FACTS.registryTimeSeconds, rosters: [] },
    };
    await this.step({ kind: "peer_ready", facts });
  }

  /** Takes a frame of the peer. */
  async take(bytes) {
    const { value: frame } = decodeFrame(bytes);
    if (frame.kind !== "envelope") {
      await this.step({ kind: "frame", peer: "peer", frame });
      return;
    }
    const input = packInput([encodeBundle([frame.envelope])]);
    const table = this.#kernel.scan(input, this.#context);
    const batch = this.#batch++;
    const sources = [{ kind: "control", peer: "peer", frame: "envelope", requestId: frame.requestId }];
    await this.step({ kind: "scanned", batch, input, table, sources });
    const verdicts = await this.#kernel.verify(input, table, Uint8Array.of(1), this.#context);
    await this.step({ kind: "verified", batch, lane: "clean", verdicts });
  }

  /** Handles an event, its answers, and the work that is due. */
  async step(event) {
    this.#events.push(event);
    for (;;) {
      const next = this.#events.shift();
      if (next === undefined) {
        const due = this.engine.nextDueMs();
        if (due === undefined || due > this.nowMs) return;
        this.#events.push({ kind: "tick" });
        continue;
      }
      const began = cpuMs();
      const effects = this.engine.step(next, this.nowMs);
      this.longestStepMs = Math.max(this.longestStepMs, cpuMs() - began);
      for (const effect of effects) this.#carryOut(effect);
    }
  }

  #carryOut(effect) {
    const { requestId, peer } = effect;
    switch (effect.kind) {
      case "send":
        this.#send(effect.frame);
        return;
      case "send_frames":
        for (const frame of effect.frames) this.#send(frame);
        this.#events.push({ kind: "sent", peer, requestId, ok: true });
        return;
      case "send_request":
        this.#control(MessageType.SyncRequest, effect.request.requestId, encodeSyncRequest(effect.request));
        return;
      case "send_response":
        this.#control(MessageType.SyncResponse, requestId, encodeSyncResponse({ ...effect, bytes: 0n }));
        return;
      case "serve_records":
        // The records themselves are no part of the measurement: the peer wanted these.
        this.wanted += effect.ids.length;
        this.#events.push({ kind: "served", peer, requestId, items: effect.ids.length, bytes: 0, ok: true });
        return;
      default:
        return;
    }
  }

  #control(type, requestId, payload) {
    const { network, genesis } = IDENTITY;
    const sender = this.#kernel.publicKey(this.#privateKey);
    const timestampSeconds = Math.floor(this.nowMs / 1000);
    const head = encodeHead({ type, network, timestampSeconds, number: 0, sender, payload });
    const signature = this.#kernel.sign(this.#privateKey, signedMessage(genesis, head));
    this.#send({ kind: "envelope", requestId, envelope: joinEnvelope(head, signature) });
  }

  #send(frame) {
    this.outbox.push(encodeFrame(frame));
  }
}
