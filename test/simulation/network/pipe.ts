import type { Host } from "./host.js";
import type { LinkSettings } from "./settings.js";
import type { SimNet } from "./sim-net.js";

interface Held {
  readonly bytes: number;
  readonly run: () => void;
}

/** A packet lost in a block is sent again so long after its end at most. */
const RESEND_MAX_MS = 3000;
/** A reordered frame takes so many times in transit more. */
const LATE_TIMES = 4;

/** One direction of a TCP connection: in order, never lost. A blocked pipe holds what is sent. */
export class Pipe {
  readonly from: Host;
  readonly to: Host;
  settings: LinkSettings;
  readonly #net: SimNet;
  /** Undefined while the pipe is not blocked. */
  #held: Held[] | undefined;
  #blockedUs = 0;
  /** Arrival of the last frame, and the time when the sender's line is free. */
  #lastUs = 0;
  #freeUs = 0;
  /** Nothing arrives before this time after a block. */
  #resentUs = 0;

  constructor(net: SimNet, from: Host, to: Host) {
    this.#net = net;
    this.from = from;
    this.to = to;
    this.settings = net.settingsOf(from.name, to.name);
  }

  get isBlocked(): boolean {
    return this.#held !== undefined;
  }

  /** Calls `run` in the life of the receiver. A frame that is not `ordered` may be overtaken. */
  send(bytes: number, run: () => void, ordered = true): void {
    if (this.#held !== undefined) {
      this.#held.push({ bytes, run });
      this.#net.counts.held++;
      return;
    }
    const { schedule, counts } = this.#net;
    const { nowUs } = schedule;
    const { bytesPerSecond = 0 } = this.settings;
    let leavesUs = nowUs;
    if (bytesPerSecond > 0) {
      leavesUs = Math.max(nowUs, this.#freeUs) + Math.ceil((bytes * 1_000_000) / bytesPerSecond);
      this.#freeUs = leavesUs;
    }
    const transitUs = Math.round(this.#net.transitMs(this.settings) * 1000);
    let atUs = Math.max(leavesUs + transitUs, this.#resentUs);
    if (!ordered) atUs += LATE_TIMES * transitUs;
    else if (atUs < this.#lastUs) atUs = this.#lastUs;
    else this.#lastUs = atUs;
    counts.delivered++;
    counts.bytes += bytes;
    schedule.after((atUs - nowUs) / 1000, this.to.life, run);
  }

  block(): void {
    this.#held ??= [];
    this.#blockedUs = this.#net.schedule.nowUs;
  }

  /** Sends what was held: TCP sends it again after a wait that grew during the block. */
  unblock(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    const { schedule, counts, random } = this.#net;
    const blockedMs = (schedule.nowUs - this.#blockedUs) / 1000;
    counts.blockedMs += Math.round(blockedMs);
    this.#resentUs = schedule.nowUs + Math.round(random.unit() * 1000 * Math.min(blockedMs, RESEND_MAX_MS));
    for (const { bytes, run } of held) this.send(bytes, run);
  }
}
