import { FRAME_CHUNK_BYTES, type Frame } from "../../../../src/protocol/frames.js";
import type { Behaviour, Powers } from "../behaviour.js";

const SLOW_MIN_MS = 2000;
const SLOW_MAX_MS = 60_000;

/** See `slow` in the kinds. */
export class Slow implements Behaviour {
  readonly #powers: Powers;

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  step(): void {}

  delayMs(): number {
    const delayMs = this.#powers.random.between(SLOW_MIN_MS, SLOW_MAX_MS);
    this.#powers.acted(`answers after ${delayMs} ms`);
    return delayMs;
  }
}

/** See `halfway` in the kinds. */
export class Halfway implements Behaviour {
  readonly #powers: Powers;

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  step(): void {}

  answers(peer: string, frames: readonly Frame[]): readonly Frame[] {
    const { random, raw, acted } = this.#powers;
    if (random.chance(0.3)) return frames;
    acted(`ends after a part of ${frames.length} frames`);
    if (random.chance(0.2)) {
      // The head of a frame whose rest never comes.
      this.#powers.after(100, () => void raw.writeBytes(peer, Uint8Array.of(0, 0, 16, 0, 1, 2)));
    }
    const [body] = frames;
    if (body?.kind !== "body" || random.chance(0.5)) return frames.slice(0, Math.floor(frames.length / 2));
    // A body with a gap, or one that ends early.
    const { requestId, offset } = body;
    const part = { ...body, bytes: body.bytes.subarray(0, 1 + (body.bytes.length >> 1)) };
    const gap: Frame = { kind: "body", requestId, offset: offset + FRAME_CHUNK_BYTES, bytes: body.bytes };
    return random.chance(0.5) ? [part, ...frames.slice(-1)] : [gap];
  }
}

/** Bytes of a task body: two of them fill the window of a stream. */
const BODY_BYTES = 900_000;
const UNTIL_STALL_MS = 20_000;

/** See `stop_reading` in the kinds. */
export class StopReading implements Behaviour {
  readonly #powers: Powers;
  readonly #stallMs: number;
  readonly #body: { readonly hash: string } | undefined;

  constructor(powers: Powers) {
    this.#powers = powers;
    this.#stallMs = powers.nowMs() + UNTIL_STALL_MS;
    const { payload } = powers.keep(powers.author.task({}, BODY_BYTES));
    this.#body = payload.kind === "task" ? payload.body : undefined;
  }

  step(): void {
    const { random, peers, shelf, nowMs, requestId, request, publish, acted } = this.#powers;
    const own = shelf.pick(random, (record) => record.payload.kind === "task" && record.payload.body === this.#body);
    if (nowMs() < this.#stallMs) {
      if (own !== undefined) publish([own]);
      return;
    }
    for (const peer of peers()) {
      if (this.#body === undefined || !random.chance(0.5)) continue;
      request(peer, { kind: "body", requestId: requestId(), hash: this.#body.hash });
      acted("asks for a large body and reads nothing");
    }
  }

  reads(): Promise<void> | undefined {
    return this.#powers.nowMs() < this.#stallMs ? undefined : new Promise(() => undefined);
  }
}
