import type { NodeCount } from "../../api/index.js";
import type { EngineEffect, EngineEvent, StoredEvent, StoredMember, StoreWrite } from "../../engine/index.js";
import type { Network, PeerSender } from "../../network/index.js";
import { MessageType } from "../../protocol/envelope.js";
import { NetworkError, type ReasonCode } from "../../protocol/errors.js";
import { encodeFrame } from "../../protocol/frames.js";
import { encodeSyncRequest, encodeSyncResponse } from "../../protocol/sync-messages.js";
import type { ScanQueue } from "../inbound/index.js";
import type { MessageTraces } from "../tracing/index.js";
import type { DiskReader } from "./disk-reader.js";
import type { NodeSigner } from "./node-signer.js";
import type { OwnMessages } from "./own-messages.js";
import type { StoreWriter } from "./store-writer.js";

/** The parts that carry out effects. */
export interface EffectPorts {
  readonly network: Pick<Network, "publish" | "verdict" | "sender">;
  readonly scanQueue: Pick<ScanQueue, "verify" | "offer">;
  readonly writer: Pick<StoreWriter, "write">;
  readonly diskReader: Pick<DiskReader, "frames" | "records" | "bodies" | "body" | "loadTask">;
  readonly signer: Pick<NodeSigner, "control" | "request" | "checkProof">;
  readonly own: Pick<OwnMessages, "alert" | "voteAlert" | "certificate" | "scores">;
  /** Gives answers to the engine. */
  readonly step: (event: EngineEvent) => void;
  /** Takes new members. */
  readonly members: (records: readonly StoredMember[]) => void;
  readonly ownResult: (result: Extract<EngineEffect, { kind: "own_result" }>) => void;
  readonly notify: (event: StoredEvent) => void;
  /** An author that is not in the registry offered a record. */
  readonly unknownAuthor: (author: string) => void;
  /** A peer's clock, read from a frame that came just now. */
  readonly peerClock: (peer: string, clockSeconds: number) => void;
  readonly castVote: (effect: Extract<EngineEffect, { kind: "cast_vote" }>) => void;
  /** A vote of an own author key is here that this node did not cast. */
  readonly ownKeyElsewhere: (author: string, recordId: string) => void;
  /** Two records of an own author key contradict each other. */
  readonly ownEquivocation: (author: string, proof: readonly [string, string]) => void;
  /** Undefined: no spans are made. */
  readonly traces?: MessageTraces | undefined;
  readonly count: NodeCount;
  readonly engineCount: (name: string, label: string, value: number) => void;
  readonly log: (
    level: "debug" | "info" | "warn" | "error",
    text: string,
    fields: Readonly<Record<string, string | number>>,
  ) => void;
  /** Takes the failure of an effect; counts and logs it. */
  readonly failed: (what: string, error: unknown) => void;
}

/** Finds the connection of a peer to which an effect belongs. */
type Senders = (peer: string) => PeerSender;

/** Why a write failed for good; undefined: it is on the disk, and synced if that was asked. */
type Written = ReasonCode | undefined;

/**
 * Carries out the engine's effects in their order. These wait for the disk:
 * - all effects after a synced `persist` in one step: a caller gets its result after the sync;
 * - `notify`, for the write of its step: a reader finds each event that it got in the store;
 * - `gossip`, for the newest synced write: an own record is gossiped in a later step.
 *
 * A frame goes to the connection that its peer had when the engine asked for it, also if it is signed or read later.
 */
export class EffectRunner {
  readonly #ports: EffectPorts;
  /** The newest synced write under way. */
  #own: Promise<Written> | undefined;

  constructor(ports: EffectPorts) {
    this.#ports = ports;
  }

  run(effects: readonly EngineEffect[]): void {
    this.#run(effects, (peer) => this.#ports.network.sender(peer));
  }

  #run(effects: readonly EngineEffect[], senders: Senders): void {
    let written: Promise<Written> | undefined;
    for (const [i, effect] of effects.entries()) {
      if (effect.kind === "persist") {
        written = this.#persist(effect.writes, effect.sync);
        if (!effect.sync) continue;
        this.#holdBack(written, effects.slice(i + 1), senders);
        return;
      }
      if (effect.kind === "notify" && written !== undefined) this.#whenSafe(written, effect, senders);
      else if (effect.kind === "gossip" && this.#own !== undefined) this.#whenSafe(this.#own, effect, senders);
      else this.#one(effect, senders);
    }
  }

  #holdBack(written: Promise<Written>, rest: readonly EngineEffect[], senders: Senders): void {
    this.#own = written;
    const taken = new Map(
      rest.flatMap((effect) => ("peer" in effect ? [[effect.peer, senders(effect.peer)] as const] : [])),
    );
    void written.then((refused) => {
      if (this.#own === written) this.#own = undefined;
      if (refused === undefined) this.#run(rest, (peer) => taken.get(peer) ?? senders(peer));
      else this.#giveUp(rest, refused);
    });
  }

  #whenSafe(
    written: Promise<Written>,
    effect: Extract<EngineEffect, { kind: "notify" | "gossip" }>,
    senders: Senders,
  ): void {
    void written.then((refused) => {
      if (refused === undefined) this.#one(effect, senders);
      else if (effect.kind === "gossip") this.#ports.count("bundles_out", "not_stored", 1);
    });
  }

  /** Never rejects. */
  #persist(writes: readonly StoreWrite[], sync: boolean): Promise<Written> {
    const members = writes.filter((write) => write.kind === "put_record");
    if (members.length > 0) this.#ports.members(members);
    const written = this.#ports.writer.write(writes, sync);
    this.#ports.traces?.write(written);
    return written.then(
      () => undefined,
      (error: unknown) => {
        this.#ports.failed("persist", error);
        return error instanceof NetworkError ? error.code : "storage_failed";
      },
    );
  }

  /** The write failed for good: callers get the reason, and nothing is sent. */
  #giveUp(effects: readonly EngineEffect[], code: ReasonCode): void {
    for (const effect of effects) {
      if (effect.kind === "own_result") this.#ports.ownResult({ ...effect, code });
      else if (effect.kind === "gossip") this.#ports.count("bundles_out", "not_stored", 1);
    }
  }

  #one(effect: Exclude<EngineEffect, { kind: "persist" }>, senders: Senders): void {
    const { network, scanQueue, diskReader, signer, count, failed } = this.#ports;
    switch (effect.kind) {
      case "verify":
        scanQueue.verify(effect.batch, effect.lane, effect.mask);
        return;
      case "verdict":
        network.verdict(effect.messageId, effect.peer, effect.acceptance);
        if (effect.code !== undefined) this.#ports.count("gossip_refused", effect.code, 1);
        return;
      case "gossip":
        network.publish(effect.topic, effect.bundle).then(
          (result) => count("bundles_out", result, 1),
          (error: unknown) => {
            count("bundles_out", "failed", 1);
            failed("gossip", error);
          },
        );
        return;
      case "send":
        senders(effect.peer)
          .send(encodeFrame(effect.frame))
          .catch((error: unknown) => failed("send", error));
        return;
      case "send_frames":
        diskReader.frames(senders(effect.peer), effect.requestId, effect.frames);
        return;
      case "send_request": {
        const { request, peer } = effect;
        const to = senders(peer);
        signer
          .request(peer, request, effect.proofAuthor)
          .then((proved) => this.#control(to, MessageType.SyncRequest, proved.requestId, encodeSyncRequest(proved)))
          .then(
            () => count("requests_out", request.kind, 1),
            (error: unknown) => {
              count("requests_out", "failed", 1);
              failed("send_request", error);
            },
          );
        return;
      }
      case "send_response": {
        const { requestId, status, items, bytes } = effect;
        const payload = encodeSyncResponse({ requestId, status, items, bytes: BigInt(bytes) });
        this.#control(senders(effect.peer), MessageType.SyncResponse, requestId, payload).then(
          () => count("responses_out", status, 1),
          (error: unknown) => {
            count("responses_out", "failed", 1);
            failed("send_response", error);
          },
        );
        return;
      }
      case "send_scores":
        void this.#ports.own.scores(effect);
        return;
      case "send_alert":
        void this.#ports.own.alert(effect);
        return;
      case "send_vote_alert":
        void this.#ports.own.voteAlert(effect);
        return;
      case "send_certificate":
        void this.#ports.own.certificate(effect);
        return;
      case "serve_records":
        diskReader.records(senders(effect.peer), effect.requestId, effect.ids);
        return;
      case "serve_body":
        diskReader.body(senders(effect.peer), effect.requestId, effect.hash);
        return;
      case "serve_bodies":
        diskReader.bodies(senders(effect.peer), effect.requestId, effect.bodies);
        return;
      case "check_proof":
        this.#checkProof(effect);
        return;
      case "load_task":
        diskReader.loadTask(effect.taskId);
        return;
      case "scan":
        scanQueue.offer(effect.bundle, effect.source);
        return;
      case "own_result":
        this.#ports.ownResult(effect);
        return;
      case "notify":
        this.#ports.notify(effect.event);
        return;
      case "unknown_author":
        this.#ports.unknownAuthor(effect.author);
        return;
      case "peer_clock":
        this.#ports.peerClock(effect.peer, effect.clockSeconds);
        return;
      case "cast_vote":
        this.#ports.castVote(effect);
        return;
      case "own_key_elsewhere":
        this.#ports.ownKeyElsewhere(effect.author, effect.recordId);
        return;
      case "own_equivocation":
        this.#ports.ownEquivocation(effect.author, effect.proof);
        return;
      case "fault":
        this.#ports.count("peer_faults", effect.code, 1);
        return;
      case "count":
        this.#ports.engineCount(effect.name, effect.label, effect.value);
        return;
      case "log":
        this.#ports.log(effect.level, effect.text, effect.fields);
        return;
    }
  }

  #checkProof(effect: Extract<EngineEffect, { kind: "check_proof" }>): void {
    const { peer, requestId } = effect;
    const { signer, step, failed } = this.#ports;
    signer.checkProof(effect).then(
      (valid) => step({ kind: "proof_checked", peer, requestId, valid }),
      (error: unknown) => {
        failed("check_proof", error);
        // This node's kernel failed: the request ends without the body, and the peer's score stays.
        step({ kind: "served", peer, requestId, items: 0, bytes: 0, ok: false });
      },
    );
  }

  /** Resolves when the message is in the peer's stream. */
  async #control(to: PeerSender, type: MessageType, requestId: string, payload: Uint8Array): Promise<void> {
    const envelope = await this.#ports.signer.control(type, payload);
    await to.send(encodeFrame({ kind: "envelope", requestId, envelope }));
  }
}
