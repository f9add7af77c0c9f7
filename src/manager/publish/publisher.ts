import type { Published, RecordSummary } from "../../api/index.js";
import type { EngineEvent, OwnRefusal } from "../../engine/index.js";
import { encodeBundle } from "../../protocol/bundle.js";
import { toHex } from "../../protocol/bytes.js";
import {
  decodeEnvelope,
  type EnvelopeLimits,
  encodeHead,
  joinEnvelope,
  recordId,
  SIGNATURE_BYTES,
  signedMessage,
} from "../../protocol/envelope.js";
import { NetworkError, type ReasonCode } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import { checkTimeless } from "../../protocol/membership.js";
import { decodePayload, isRecordPayload } from "../../protocol/message.js";
import { encodeRecord, hashBytes, type RecordPayload, type TaskPayload } from "../../protocol/records.js";
import { DAY_SECONDS, type NetworkIdentity } from "../../protocol/rules.js";
import type { SigningIntent } from "../../protocol/signing.js";
import { recordStrand, taskOf } from "../../protocol/strand.js";
import type { ReserveRequest, SigningStore } from "../../storage/index.js";
import { PROGRAM_MADE_SECONDS } from "../faults/index.js";
import type { ScanQueue } from "../inbound/index.js";
import { type MessageTraces, NO_PUBLICATION, type Publication } from "../tracing/index.js";
import type { Signer } from "./keyring.js";
import type { OwnDraft } from "./own-drafts.js";
import type { OwnResults } from "./own-results.js";
import { clockUnset, peerIdDoubled, refusal, showSeconds } from "./publish-refusals.js";

/** An author with a signer and an open signing store. */
export interface SigningAuthor {
  readonly key: string;
  readonly signer: Signer;
  readonly store: Pick<SigningStore, "reserve" | "recall" | "assertSigns">;
}

export interface PublisherPorts {
  readonly identity: NetworkIdentity;
  readonly blake3: Blake3;
  readonly scanQueue: Pick<ScanQueue, "own">;
  readonly results: OwnResults;
  readonly step: (event: EngineEvent) => void;
  /** The engine's rules for own records: a reason to refuse, or undefined. */
  readonly check: (author: string, payload: RecordPayload) => OwnRefusal | undefined;
  readonly isMember: (recordId: string) => boolean;
  readonly hasBody: (hash: string) => Promise<boolean>;
  /** Resolves when all earlier writes are synced. */
  readonly synced: () => Promise<void>;
  /** Resolves when the node has heard of its peers, or waited long enough. */
  readonly firstExchange?: () => Promise<void>;
  /** The record is not finished, though its intent is on the disk: the signer did not sign, or the disk refused it. */
  readonly unfinished?: () => void;
  /** The evidence that another node has this node's libp2p key; undefined while a peer is ready. */
  readonly doubledPeerId?: () => string | undefined;
  readonly nowMs: () => number;
  /** Undefined: no spans are made. */
  readonly traces?: MessageTraces | undefined;
}

/** Records under way to the disk; each may have a body of 1 MiB. */
export const PUBLISHING_MAX = 256;

/** Refusals of a record that do not depend on the record. */
const TRANSIENT: ReadonlySet<ReasonCode> = new Set(["storage_failed", "kernel_failed"]);
/** In place of the signature of a record that is only described. */
const UNSIGNED = new Uint8Array(SIGNATURE_BYTES);

/**
 * Publishes own records (protocol.md, Signing): intent on disk, signature, record on disk, answer to the caller,
 * gossip. A step that is repeated after a crash gives the same bytes.
 */
export class Publisher {
  readonly #ports: PublisherPorts;
  readonly #limits: EnvelopeLimits;
  /** Records under way, by id: a second caller of the same record gets the same result. */
  readonly #finishing = new Map<string, Promise<Published>>();
  #publishing = 0;

  constructor(ports: PublisherPorts) {
    this.#ports = ports;
    this.#limits = { network: ports.identity.network, payloadLimits: ports.identity.rules.payloadLimits };
  }

  /** Records under way, counted before their intent is reserved; at most {@link PUBLISHING_MAX}. */
  get waiting(): number {
    return this.#publishing;
  }

  /** Resolves when the record is a member here and synced to disk. */
  async publish(author: SigningAuthor, draft: OwnDraft): Promise<Published> {
    this.#assertTakes();
    if (this.#publishing >= PUBLISHING_MAX) {
      const details = { limit: PUBLISHING_MAX };
      throw new NetworkError("peer_busy", `${PUBLISHING_MAX} records are being published already`, { details });
    }
    this.#publishing++;
    const way = this.#ports.traces?.publication(draft.type) ?? NO_PUBLICATION;
    let outcome = "unexpected";
    try {
      const published = await this.#publish(author, draft, way);
      outcome = published.duplicate ? "duplicate" : "published";
      return published;
    } catch (error) {
      if (error instanceof NetworkError) outcome = error.code;
      throw error;
    } finally {
      way.end(outcome);
      this.#publishing--;
    }
  }

  #assertTakes(): void {
    const { refused } = this.#ports.results;
    if (refused === undefined) return;
    throw new NetworkError(refused, refused === "stopped" ? "the node is stopping" : "the disk refuses writes");
  }

  async #publish(author: SigningAuthor, draft: OwnDraft, way: Publication): Promise<Published> {
    const { rules } = this.#ports.identity;
    // A refusal does not wait. What the peers said meanwhile may be another one.
    this.#secondsToSign();
    await this.#ports.firstExchange?.();
    this.#assertTakes();
    const nowSeconds = this.#secondsToSign();
    const request: ReserveRequest = {
      type: draft.type,
      nowSeconds,
      quotas: rules.quotas,
      aheadSeconds: rules.aheadSeconds,
      ...(draft.task === undefined ? {} : { t0Seconds: draft.task.t0 }),
      ...(draft.subject === undefined ? {} : { subject: draft.subject }),
      ...(draft.meaning === undefined ? {} : { meaning: draft.meaning }),
      ...(draft.callerKey === undefined ? {} : { callerKey: draft.callerKey }),
      ...(draft.callerDigest === undefined ? {} : { callerDigest: draft.callerDigest }),
      build: (number, timestampSeconds) => this.#build(draft, number, timestampSeconds),
    };
    const { intent, existing } = await way.part("reserve", () => author.store.reserve(request));
    return this.finish(author, intent, existing, way);
  }

  /** The time of a new record, unix seconds. Throws where none may be signed. */
  #secondsToSign(): number {
    const nowSeconds = Math.floor(this.#ports.nowMs() / 1000);
    if (nowSeconds < PROGRAM_MADE_SECONDS) throw clockUnset(nowSeconds);
    const doubled = this.#ports.doubledPeerId?.();
    if (doubled !== undefined) throw peerIdDoubled(doubled);
    return nowSeconds;
  }

  /** Signs an intent and makes its record a member. For a record that is a member already it only answers. */
  finish(
    author: SigningAuthor,
    intent: SigningIntent,
    existing: boolean,
    way: Publication = NO_PUBLICATION,
  ): Promise<Published> {
    const id = this.#idOf(intent);
    const running = this.#finishing.get(id);
    if (running !== undefined) return running.then((published) => ({ ...published, duplicate: true }));
    const finished = this.#finish(id, author, intent, existing, way).finally(() => this.#finishing.delete(id));
    this.#finishing.set(id, finished);
    return finished;
  }

  /** Whether the record of an intent is a member. */
  isPublished(intent: SigningIntent): boolean {
    return this.#ports.isMember(this.#idOf(intent));
  }

  #idOf({ head }: SigningIntent): string {
    const { identity, blake3 } = this.#ports;
    return toHex(recordId(blake3, identity.genesis, head));
  }

  async #finish(
    id: string,
    author: SigningAuthor,
    intent: SigningIntent,
    existing: boolean,
    way: Publication,
  ): Promise<Published> {
    // A member is not signed again: a repeated call gets the same answer, also when its key has been stopped since.
    const isKnown = this.#ports.isMember(id);
    const signature = isKnown ? UNSIGNED : await way.part("sign", () => this.#sign(author, intent));
    const envelope = joinEnvelope(intent.head, signature);
    const published = this.#describe(envelope, id, existing);
    const body = intent.body === undefined ? undefined : { hash: this.#bodyHash(envelope), bytes: intent.body };
    const isMember = isKnown || this.#ports.isMember(id);
    // A member that came from a peer may lack its body here.
    if (body !== undefined && !(isMember && (await this.#ports.hasBody(body.hash)))) {
      this.#ports.step({ kind: "own_body", taskId: published.taskId, ...body });
    }
    const code = await (isMember ? this.#safe() : this.#admit(encodeBundle([envelope]), way));
    if (code !== undefined) {
      if (TRANSIENT.has(code)) this.#ports.unfinished?.();
      throw refusal(code);
    }
    return isMember ? { ...published, duplicate: true } : published;
  }

  async #sign(author: SigningAuthor, intent: SigningIntent): Promise<Uint8Array> {
    // The key may have been stopped after the intent was written.
    author.store.assertSigns(intent);
    let signature: Uint8Array;
    try {
      signature = await author.signer.sign(signedMessage(this.#ports.identity.genesis, intent.head));
    } catch (error) {
      this.#ports.unfinished?.();
      throw error;
    }
    // A host may take minutes to sign. Drop the signature of a key that was stopped meanwhile.
    author.store.assertSigns(intent);
    return signature;
  }

  #admit(bundle: Uint8Array, way: Publication): Promise<ReasonCode | undefined> {
    const { results, scanQueue } = this.#ports;
    return new Promise((resolve) => {
      if (results.refused !== undefined) resolve(results.refused);
      else way.queue(() => scanQueue.own(bundle, (batch) => results.wait(batch, resolve)));
    });
  }

  /** Waits for the disk: a record that is a member already may still be in the queue of writes. */
  #safe(): Promise<ReasonCode | undefined> {
    const { results, synced } = this.#ports;
    if (results.refused !== undefined) return Promise.resolve(results.refused);
    return new Promise((resolve) => {
      const key = Symbol("duplicate");
      results.wait(key, resolve);
      synced().then(
        () => results.settle(key, undefined),
        () => results.settle(key, "storage_failed"),
      );
    });
  }

  #build(draft: OwnDraft, number: number, timestampSeconds: number): { head: Uint8Array; body?: Uint8Array } {
    const wanted = draft.payload(timestampSeconds);
    const payload = encodeRecord(wanted);
    const decoded = decodePayload(draft.type, payload);
    if (!decoded.ok) throw new NetworkError("value_out_of_range", "a value of the record is out of range");
    const { network, rules } = this.#ports.identity;
    const { type } = draft;
    const own = this.#ports.check(draft.author, wanted);
    const refused = own?.code ?? checkTimeless({ type, timestampSeconds, number }, wanted, rules);
    if (refused === "bad_deadline" && wanted.kind === "task") throw this.#badDeadline(wanted, timestampSeconds);
    if (refused !== undefined) throw refusal(refused, own?.details);
    const limit = rules.payloadLimits[draft.type] as number;
    if (payload.length > limit) {
      const details = { limit, bytes: payload.length };
      throw new NetworkError("payload_too_large", "the announcement does not fit its payload limit", { details });
    }
    const sender = hashBytes(draft.author);
    const head = encodeHead({ type, network, timestampSeconds, number, sender, payload });
    return { head, ...(draft.body === undefined ? {} : { body: draft.body.bytes }) };
  }

  #badDeadline({ deadlineSeconds }: TaskPayload, timestampSeconds: number): NetworkError {
    const { deadlineMaxDays } = this.#ports.identity.rules;
    const nowSeconds = Math.floor(this.#ports.nowMs() / 1000);
    const latest = Math.min(nowSeconds, timestampSeconds) + deadlineMaxDays * DAY_SECONDS;
    const when = deadlineSeconds <= nowSeconds ? "is over already" : `lies more than ${deadlineMaxDays} days ahead`;
    return new NetworkError(
      "bad_deadline",
      `the deadline ${showSeconds(deadlineSeconds)} ${when}: this network takes deadlines up to ${showSeconds(latest)}`,
      { details: { deadline: deadlineSeconds, earliest: nowSeconds + 1, latest } },
    );
  }

  #decode(envelope: Uint8Array): {
    timestampSeconds: number;
    number: number;
    sender: Uint8Array;
    payload: RecordPayload;
  } {
    const decoded = decodeEnvelope(envelope, this.#limits);
    const payload = decoded.ok ? decodePayload(decoded.value.type, decoded.value.payload) : decoded;
    if (!decoded.ok || !payload.ok)
      throw new NetworkError("storage_corrupt", "an intent in the signing log can't be read");
    if (!isRecordPayload(payload.value)) {
      throw new NetworkError("storage_corrupt", "an intent in the signing log is not a record");
    }
    return { ...decoded.value, payload: payload.value };
  }

  #bodyHash(envelope: Uint8Array): string {
    const { payload } = this.#decode(envelope);
    if (payload.kind === "cancel" || payload.body === undefined) {
      throw new NetworkError(
        "storage_corrupt",
        "an intent in the signing log has a body that its record does not name",
      );
    }
    return payload.body.hash;
  }

  #describe(envelope: Uint8Array, id: string, existing: boolean): Published {
    const { timestampSeconds, number, sender, payload } = this.#decode(envelope);
    const task = taskOf(payload, id, timestampSeconds);
    const record: RecordSummary = {
      id,
      author: toHex(sender),
      timestampSeconds,
      number,
      strand: recordStrand(task, this.#ports.identity.rules.shards),
    };
    const deadlineSeconds = payload.kind === "task" ? payload.deadlineSeconds : undefined;
    return { taskId: task.taskId, record, deadlineSeconds, duplicate: existing };
  }
}
