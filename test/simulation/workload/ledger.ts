import type { Published } from "../../../src/api/index.js";

export type CallKind = "task" | "submission" | "validation" | "cancel";

/** A record whose publishing call succeeded. */
export interface Acknowledged {
  readonly id: string;
  readonly taskId: string;
  readonly kind: CallKind;
  readonly author: string;
  /** The node that acknowledged it, and when, in simulated milliseconds. */
  readonly node: string;
  readonly atMs: number;
}

/** Something that the API must not do. */
export interface Violation {
  readonly node: string;
  readonly atMs: number;
  readonly text: string;
}

/** What the users of a world know: the acknowledged records, the refusals, and what contradicts the API's promises. */
export class Ledger {
  readonly #byId = new Map<string, Acknowledged>();
  /** Broken promises of the API. */
  readonly violations: Violation[] = [];

  /** Different acknowledged records, in the order of their acknowledgement. */
  acknowledged(): IterableIterator<Acknowledged> {
    return this.#byId.values();
  }

  get size(): number {
    return this.#byId.size;
  }

  acknowledge(node: string, kind: CallKind, { taskId, record }: Published, atMs: number): void {
    const { id, author } = record;
    if (!this.#byId.has(id)) this.#byId.set(id, { id, taskId, kind, author, node, atMs });
  }

  violated(node: string, atMs: number, text: string): void {
    this.violations.push({ node, atMs, text });
  }
}
