import { packBundles } from "../../../src/protocol/bundle.js";
import { decodeEnvelope, MessageType } from "../../../src/protocol/envelope.js";
import {
  FRAME_CHUNK_BYTES,
  FRAME_HEAD_BYTES,
  FRAME_IDS_MAX,
  FRAME_MAX_BYTES,
  type Frame,
} from "../../../src/protocol/frames.js";
import { decodePayload } from "../../../src/protocol/message.js";
import { encodeSyncResponse, type SyncRequest, type SyncStatus } from "../../../src/protocol/sync-messages.js";
import type { Behaviour, Powers } from "./behaviour.js";
import type { PeerRecord } from "./records.js";

/** The window that ends a strand (protocol.md, Sync). */
const STRAND_END = 0xffff_ffff;
/** Window exchanges that a peer remembers of each side. An exchange ends within 300 s. */
const EXCHANGES_MAX = 256;

type WindowsRequest = Extract<SyncRequest, { kind: "windows" }>;

interface Exchange {
  readonly request: WindowsRequest;
  /** This peer opened it. */
  readonly isOpener: boolean;
  /** Strands that the other side has listed to their end. */
  readonly ended: Set<string>;
  items: number;
}

/** The answers of a byzantine peer to sync frames: those of an honest node, as its behaviours change them. */
export class Answers {
  readonly #powers: Powers;
  readonly #behaviours: readonly Behaviour[];
  /** Window exchanges by peer and request id. */
  readonly #exchanges = new Map<string, Exchange>();

  constructor(powers: Powers, behaviours: readonly Behaviour[]) {
    this.#powers = powers;
    this.#behaviours = behaviours;
  }

  /** Opens a window exchange of all strands and days. */
  open(peer: string, strands: readonly string[]): void {
    const requestId = this.#powers.requestId();
    const request: WindowsRequest = { kind: "windows", requestId, strands, fromDay: 0, toDay: 100_000 };
    this.#remember(peer, { request, isOpener: true, ended: new Set(), items: 0 });
    this.#powers.request(peer, request);
  }

  frame(peer: string, frame: Frame): void {
    const exchange = this.#exchanges.get(`${peer} ${frame.requestId}`);
    switch (frame.kind) {
      case "envelope":
        this.#control(peer, frame.envelope);
        return;
      case "ids":
        if (exchange === undefined || frame.window !== STRAND_END) return;
        exchange.ended.add(frame.strand);
        if (exchange.ended.size < exchange.request.strands.length) return;
        if (exchange.isOpener) this.#answer(peer, this.#listing(peer, exchange.request));
        else this.#close(peer, exchange);
        return;
      case "want":
        if (exchange !== undefined) this.#serve(peer, exchange, frame.ids);
        return;
      case "records":
      case "body":
      case "fingerprints":
      case "difference":
      case "list":
      case "scores":
      case "registry":
        return;
    }
  }

  #control(peer: string, bytes: Uint8Array): void {
    const { network, rules } = this.#powers.identity;
    const envelope = decodeEnvelope(bytes, { network, payloadLimits: rules.payloadLimits });
    if (!envelope.ok || envelope.value.type !== MessageType.SyncRequest) return;
    const payload = decodePayload(envelope.value.type, envelope.value.payload);
    if (payload.ok && "requestId" in payload.value && payload.value.kind !== "response")
      this.#request(peer, payload.value);
  }

  #request(peer: string, request: SyncRequest): void {
    const { shelf } = this.#powers;
    const { requestId } = request;
    switch (request.kind) {
      case "windows":
        this.#remember(peer, { request, isOpener: false, ended: new Set(), items: 0 });
        this.#answer(peer, this.#listing(peer, request));
        return;
      case "task": {
        const records = this.#served(peer, shelf.ofTask(request.task.taskId));
        const status = records.length === 0 ? "unknown" : "ok";
        this.#answer(peer, [...this.#bundles(requestId, records), this.#response(requestId, status, records.length)]);
        return;
      }
      case "body": {
        const isServed = this.#behaviours.every((one) => one.servesBody?.(peer, request.hash) !== false);
        const body = isServed ? shelf.bodies.get(request.hash) : undefined;
        const chunks = body === undefined ? [] : chunksOf(requestId, body);
        this.#answer(peer, [...chunks, this.#response(requestId, body === undefined ? "unknown" : "ok", 1)]);
        return;
      }
      case "list":
        this.#answer(peer, [this.#response(requestId, "unknown", 0)]);
        return;
    }
  }

  #listing(peer: string, { requestId, strands }: WindowsRequest): Frame[] {
    return strands.flatMap((strand): Frame[] => {
      let windows = this.#powers.shelf.windows(strand) as ReturnType<NonNullable<Behaviour["lists"]>>;
      for (const behaviour of this.#behaviours) windows = behaviour.lists?.(peer, strand, windows) ?? windows;
      const frames = windows.flatMap(({ window, ids }) => {
        const parts: Frame[] = [];
        for (let at = 0; at < ids.length; at += FRAME_IDS_MAX) {
          const part = ids.slice(at, at + FRAME_IDS_MAX);
          parts.push({ kind: "ids", requestId, strand, window, last: at + FRAME_IDS_MAX >= ids.length, ids: part });
        }
        return parts;
      });
      return [...frames, { kind: "ids", requestId, strand, window: STRAND_END, last: true, ids: [] }];
    });
  }

  #serve(peer: string, exchange: Exchange, ids: readonly string[]): void {
    const held = ids.flatMap((id) => this.#powers.shelf.get(id) ?? []);
    const records = this.#served(peer, held);
    exchange.items += records.length;
    this.#answer(peer, this.#bundles(exchange.request.requestId, records));
  }

  #close(peer: string, { request, items }: Exchange): void {
    this.#exchanges.delete(`${peer} ${request.requestId}`);
    this.#answer(peer, [this.#response(request.requestId, "ok", items)]);
  }

  #served(peer: string, records: readonly PeerRecord[]): readonly PeerRecord[] {
    let served = records;
    for (const behaviour of this.#behaviours) served = behaviour.serves?.(peer, served) ?? served;
    return served;
  }

  #bundles(requestId: string, records: readonly PeerRecord[]): Frame[] {
    if (records.length === 0) return [];
    const limits = { ...this.#powers.identity.rules, bundleMaxBytes: FRAME_MAX_BYTES - FRAME_HEAD_BYTES };
    const envelopes = records.map(({ envelope }) => envelope);
    return packBundles(envelopes, limits).map((bundle) => ({ kind: "records", requestId, bundle }));
  }

  #response(requestId: string, status: SyncStatus, items: number): Frame {
    const payload = encodeSyncResponse({ requestId, status, items, bytes: 0n });
    return { kind: "envelope", requestId, envelope: this.#powers.sealed(MessageType.SyncResponse, payload) };
  }

  #answer(peer: string, frames: readonly Frame[]): void {
    let changed = frames;
    for (const behaviour of this.#behaviours) changed = behaviour.answers?.(peer, changed) ?? changed;
    const delayMs = Math.max(0, ...this.#behaviours.map((behaviour) => behaviour.delayMs?.() ?? 0));
    if (delayMs === 0) this.#powers.send(peer, ...changed);
    else this.#powers.after(delayMs, () => this.#powers.send(peer, ...changed));
  }

  #remember(peer: string, exchange: Exchange): void {
    if (this.#exchanges.size >= EXCHANGES_MAX) {
      const [oldest] = this.#exchanges.keys();
      if (oldest !== undefined) this.#exchanges.delete(oldest);
    }
    this.#exchanges.set(`${peer} ${exchange.request.requestId}`, exchange);
  }
}

/** The frames of a body. */
export function chunksOf(requestId: string, body: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  for (let offset = 0; offset < body.length; offset += FRAME_CHUNK_BYTES) {
    frames.push({ kind: "body", requestId, offset, bytes: body.subarray(offset, offset + FRAME_CHUNK_BYTES) });
  }
  return frames;
}
