import type { TaskRecord } from "./views.js";

/** What is known of a body on disk: whose task it belongs to decides who may have it. */
export interface HeldBody {
  readonly hash: string;
  readonly taskId: string;
  readonly kind: "task" | "submission" | "validation";
}

/** The bodies that are on disk, each checked against a record before it was put there. */
export class BodyBook {
  readonly #held = new Map<string, HeldBody>();
  readonly #byTask = new Map<string, Set<string>>();
  readonly #cap: number;

  constructor(cap: number) {
    this.#cap = cap;
  }

  get size(): number {
    return this.#held.size;
  }

  get full(): boolean {
    return this.#held.size >= this.#cap;
  }

  get(hash: string): HeldBody | undefined {
    return this.#held.get(hash);
  }

  add(body: HeldBody): boolean {
    const held = this.#held.get(body.hash);
    if (held !== undefined) {
      // A copied hash in another kind of record must not open what is kept back: the strictest kind stays.
      if (held.taskId === body.taskId && body.kind === "submission") this.#held.set(body.hash, body);
      return true;
    }
    if (this.full) return false;
    this.#held.set(body.hash, body);
    const hashes = this.#byTask.get(body.taskId) ?? new Set();
    hashes.add(body.hash);
    this.#byTask.set(body.taskId, hashes);
    return true;
  }

  /** The body is not on the disk any more. Returns what was known of it. */
  lose(hash: string): HeldBody | undefined {
    const held = this.#held.get(hash);
    if (held === undefined) return undefined;
    this.#held.delete(hash);
    const hashes = this.#byTask.get(held.taskId);
    hashes?.delete(hash);
    if (hashes?.size === 0) this.#byTask.delete(held.taskId);
    return held;
  }

  /** The bodies of a task that leaves. */
  drop(taskId: string): string[] {
    const hashes = [...(this.#byTask.get(taskId) ?? [])];
    this.#byTask.delete(taskId);
    for (const hash of hashes) this.#held.delete(hash);
    return hashes;
  }
}

/** The body that a record announces, if it has one. */
export function bodyOf({ payload }: TaskRecord): { readonly hash: string; readonly length: number } | undefined {
  return payload.kind === "cancel" ? undefined : payload.body;
}

/** Kind of the body that a record announces. */
export function bodyKindOf({ payload }: TaskRecord): HeldBody["kind"] | undefined {
  return payload.kind === "cancel" ? undefined : payload.kind;
}
