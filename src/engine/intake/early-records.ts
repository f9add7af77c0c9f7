import { SharedRoom } from "../bounded/index.js";
import type { Context } from "../context.js";
import type { Candidate } from "./judge.js";

export type MemberCandidate = Extract<Candidate, { kind: "member" }>;

interface Early {
  readonly candidate: MemberCandidate;
  readonly envelope: Uint8Array;
  readonly dueSeconds: number;
}

/**
 * Holds verified records dated a little ahead until their time. When it is full, the author with the most records loses
 * the oldest.
 */
export class EarlyRecords {
  readonly #context: Context;
  readonly #waiting = new Map<string, Early>();
  readonly #room: SharedRoom;

  constructor(context: Context) {
    this.#context = context;
    this.#room = new SharedRoom(context.limits.early_records);
  }

  get size(): number {
    return this.#waiting.size;
  }

  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  add(candidate: Candidate, envelope: Uint8Array, dueSeconds: number): boolean {
    if (candidate.kind !== "member") return false;
    const { taken, gone } = this.#room.take(candidate.entry.author, candidate.entry.id);
    if (gone !== undefined) this.#waiting.delete(gone);
    if (!taken || gone !== undefined) this.#context.out.count("dropped", "early_records");
    if (!taken) return false;
    this.#waiting.set(candidate.entry.id, { candidate, envelope, dueSeconds });
    return true;
  }

  /** Removes and returns the records whose time has come. */
  takeDue(): { readonly candidate: MemberCandidate; readonly envelope: Uint8Array }[] {
    const due: { readonly candidate: MemberCandidate; readonly envelope: Uint8Array }[] = [];
    for (const [id, { candidate, envelope, dueSeconds }] of this.#waiting) {
      if (dueSeconds > this.#context.nowSeconds) continue;
      this.#waiting.delete(id);
      this.#room.leave(id);
      due.push({ candidate, envelope });
    }
    return due;
  }
}
