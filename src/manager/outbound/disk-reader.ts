import { setTimeout } from "node:timers/promises";
import type { BodyToServe, EngineEvent } from "../../engine/index.js";
import type { PeerSender } from "../../network/index.js";
import { packBundles } from "../../protocol/bundle.js";
import { NetworkError } from "../../protocol/errors.js";
import {
  encodeFrame,
  FRAME_CHUNK_BYTES,
  FRAME_HEAD_BYTES,
  FRAME_MAX_BYTES,
  type Frame,
} from "../../protocol/frames.js";
import type { NetworkRules } from "../../protocol/rules.js";
import type { RecordStore } from "../../storage/index.js";
import { sendBodies } from "./body-sender.js";
import { refsOf, type TaskOf } from "./record-refs.js";
import type { StoreWriter } from "./store-writer.js";

/** Records read at once: they fill a few frames, so that a large answer is never in memory as a whole. */
const READ_AT_ONCE = 256;
/** Answers under way to all peers. The engine already limits each peer to one exchange of a kind. */
export const SERVINGS_MAX = 64;
/** Listing turns under way: one for each of the engine's window exchanges. */
export const LISTINGS_MAX = 64;
/** Tasks read at once. Others wait; the engine's bound `task_loads` limits them. */
const LOADS_AT_ONCE = 4;
/** Pause before a task that could not be read goes to the end of the queue. */
const LOAD_RETRY_MS = 1000;

export interface DiskReaderPorts {
  readonly store: Pick<RecordStore, "records" | "body" | "taskRecords">;
  readonly taskOf: TaskOf;
  readonly writer: Pick<StoreWriter, "drained" | "readable">;
  readonly rules: Pick<NetworkRules, "bundleMaxCount" | "bundleMaxBytes">;
  readonly step: (event: EngineEvent) => void;
  readonly failed: (what: string, error: unknown) => void;
}

/**
 * Reads the disk: records and bodies for sync streams, old tasks for the engine. An answer goes to the connection of
 * its request: on a later connection of the peer it would answer no request.
 */
export class DiskReader {
  readonly #ports: DiskReaderPorts;
  readonly #stopping = new AbortController();
  #active = 0;
  readonly #loads: string[] = [];
  #loading = 0;
  #listings = 0;
  #idle: (() => void) | undefined;

  constructor(ports: DiskReaderPorts) {
    this.#ports = ports;
  }

  /** Answers and listing turns under way. */
  get sizes(): { readonly servings: number; readonly listings: number } {
    return { servings: this.#active, listings: this.#listings };
  }

  /** Sends frames at the pace of the peer's stream, so that no frame is dropped. */
  frames({ peer, send: sendFrame }: PeerSender, requestId: string, frames: readonly Frame[]): void {
    const done = (ok: boolean): void => this.#ports.step({ kind: "sent", peer, requestId, ok });
    if (this.#listings >= LISTINGS_MAX || this.#stopping.signal.aborted) {
      queueMicrotask(() => done(false));
      return;
    }
    this.#listings++;
    const send = async (): Promise<void> => {
      for (const frame of frames) {
        await sendFrame(encodeFrame(frame), { signal: this.#stopping.signal });
      }
    };
    send()
      .then(
        () => done(true),
        (error: unknown) => {
          this.#ports.failed("send", error);
          done(false);
        },
      )
      .finally(() => {
        this.#listings--;
        this.#settle();
      });
  }

  records(to: PeerSender, requestId: string, ids: readonly string[]): void {
    this.#serve(to, requestId, (send) => this.#sendRecords(requestId, ids, send));
  }

  body(to: PeerSender, requestId: string, hash: string): void {
    this.#serve(to, requestId, (send) => this.#sendBody(requestId, hash, send));
  }

  bodies(to: PeerSender, requestId: string, bodies: readonly BodyToServe[]): void {
    this.#serve(to, requestId, (send) => sendBodies(this.#ports.store, requestId, bodies, send));
  }

  /** Reads an old task for the engine and retries until it succeeds: the engine asks only once. */
  loadTask(taskId: string): void {
    this.#loads.push(taskId);
    this.#loadNext();
  }

  /** Aborts the work under way and waits for its end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#idle !== undefined || this.#isIdle()) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #loadNext(): void {
    while (this.#loading < LOADS_AT_ONCE && !this.#stopping.signal.aborted) {
      const taskId = this.#loads.shift();
      if (taskId === undefined) return;
      this.#loading++;
      void this.#load(taskId).finally(() => {
        this.#loading--;
        this.#loadNext();
        this.#settle();
      });
    }
  }

  async #load(taskId: string): Promise<void> {
    const { writer, store, step, failed } = this.#ports;
    try {
      await writer.drained();
      step({ kind: "task_loaded", taskId, records: await store.taskRecords(taskId) });
    } catch (error) {
      failed("load_task", error);
      await setTimeout(LOAD_RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      this.#loads.push(taskId);
    }
  }

  #isIdle(): boolean {
    return this.#active + this.#loading + this.#listings === 0;
  }

  #settle(): void {
    if (this.#isIdle()) this.#idle?.();
  }

  #serve(
    { peer, send: sendFrame }: PeerSender,
    requestId: string,
    work: (send: (frame: Uint8Array) => Promise<void>) => Promise<{ items: number; bytes: number }>,
  ): void {
    const done = (items: number, bytes: number, ok: boolean): void =>
      this.#ports.step({ kind: "served", peer, requestId, items, bytes, ok });
    if (this.#active >= SERVINGS_MAX || this.#stopping.signal.aborted) {
      // After the current step: its other effects come first.
      queueMicrotask(() => done(0, 0, false));
      return;
    }
    this.#active++;
    const send = (frame: Uint8Array): Promise<void> => sendFrame(frame, { signal: this.#stopping.signal });
    this.#ports.writer
      .readable()
      .then(() => work(send))
      .then(
        ({ items, bytes }) => done(items, bytes, true),
        (error: unknown) => {
          this.#ports.failed("serve", error);
          done(0, 0, false);
        },
      )
      .finally(() => {
        this.#active--;
        this.#settle();
      });
  }

  async #sendRecords(
    requestId: string,
    ids: readonly string[],
    send: (frame: Uint8Array) => Promise<void>,
  ): Promise<{ items: number; bytes: number }> {
    const limits = {
      bundleMaxCount: this.#ports.rules.bundleMaxCount,
      bundleMaxBytes: Math.min(this.#ports.rules.bundleMaxBytes, FRAME_MAX_BYTES - FRAME_HEAD_BYTES),
    };
    let items = 0;
    let bytes = 0;
    for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
      const found = await this.#ports.store.records(refsOf(ids.slice(at, at + READ_AT_ONCE), this.#ports.taskOf));
      const envelopes = found.filter((envelope) => envelope !== undefined);
      for (const bundle of packBundles(envelopes, limits)) {
        await send(encodeFrame({ kind: "records", requestId, bundle }));
        bytes += bundle.length;
      }
      items += envelopes.length;
    }
    return { items, bytes };
  }

  async #sendBody(
    requestId: string,
    hash: string,
    send: (frame: Uint8Array) => Promise<void>,
  ): Promise<{ items: number; bytes: number }> {
    const body = await this.#ports.store.body(hash);
    if (body === undefined) throw new NetworkError("not_found", "the body was deleted after the request");
    for (let offset = 0; offset < body.length; offset += FRAME_CHUNK_BYTES) {
      const bytes = body.subarray(offset, offset + FRAME_CHUNK_BYTES);
      await send(encodeFrame({ kind: "body", requestId, offset, bytes }));
    }
    return { items: 1, bytes: body.length };
  }
}
