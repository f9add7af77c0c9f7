import type { TaskRecord } from "./task-record.js";

/** A body on disk. Its task decides which peers may have it. */
export interface HeldBody {
  readonly hash: string;
  readonly taskId: string;
  readonly kind: "task" | "submission" | "validation";
}

/**
 * The result of a record's claim to a body:
 * - held: the body is on disk for this task
 * - referred: it is on disk for another task, and this task is added to it
 * - absent: it is not on disk
 */
export type Claim = "held" | "referred" | "absent";

/**
 * The bodies on disk, each checked against a record before it was written. Several tasks may announce one body: the
 * first decides which peers may have it, and when that task leaves, the next one does.
 */
export class BodyBook {
  readonly #held = new Map<string, HeldBody>();
  /** Further tasks that refer to a body, with the kind of their record. Bounded by the members. */
  readonly #others = new Map<string, Map<string, HeldBody["kind"]>>();
  readonly #byTask = new Map<string, Set<string>>();
  readonly #cap: number;
  /** While a node starts: the tasks for which the disk holds each body; `restore` then takes their records. */
  #onDisk: Map<string, string[]> | undefined;

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

  /** At a start, before the records: adds a body that the disk holds for a task. */
  found(hash: string, taskId: string): void {
    this.#onDisk ??= new Map();
    const tasks = this.#onDisk.get(hash);
    if (tasks === undefined) this.#onDisk.set(hash, [taskId]);
    else tasks.push(taskId);
  }

  /** At a start: whether the disk holds the body for any task. */
  isOnDisk(hash: string): boolean {
    return this.#onDisk?.has(hash) === true;
  }

  /** At a start: takes a record; true if the disk holds its body for its task. */
  restore(body: HeldBody): boolean {
    return this.#onDisk?.get(body.hash)?.includes(body.taskId) === true && this.add(body);
  }

  /** Ends the start. */
  restored(): void {
    this.#onDisk = undefined;
  }

  /** Adds a body that is on the disk. False when there is no room. */
  add(body: HeldBody): boolean {
    if (this.claim(body) !== "absent") return true;
    if (this.full) return false;
    this.#held.set(body.hash, body);
    this.#refer(body);
    return true;
  }

  /** A record announces the body. */
  claim(body: HeldBody): Claim {
    const { hash, taskId, kind } = body;
    const held = this.#held.get(hash);
    if (held === undefined) return "absent";
    if (held.taskId === taskId) {
      // The strictest kind stays: a copy of the hash in another kind of record must not release a withheld body.
      if (kind === "submission") this.#held.set(hash, body);
      return "held";
    }
    const others = this.#others.get(hash) ?? new Map<string, HeldBody["kind"]>();
    if (others.get(taskId) !== "submission") others.set(taskId, kind);
    this.#others.set(hash, others);
    this.#refer(body);
    return "referred";
  }

  /** Removes a task. Returns the hashes to delete, and the bodies that stay for another task. */
  drop(taskId: string): { readonly hashes: readonly string[]; readonly reassigned: readonly HeldBody[] } {
    const hashes = [...(this.#byTask.get(taskId) ?? [])];
    this.#byTask.delete(taskId);
    const owned: string[] = [];
    const reassigned: HeldBody[] = [];
    for (const hash of hashes) {
      const others = this.#others.get(hash);
      if (others?.delete(taskId) === true) {
        if (others.size === 0) this.#others.delete(hash);
        continue;
      }
      owned.push(hash);
      this.#held.delete(hash);
      const [next] = others ?? [];
      if (next === undefined) continue;
      const body: HeldBody = { hash, taskId: next[0], kind: next[1] };
      this.#held.set(hash, body);
      reassigned.push(body);
      others?.delete(body.taskId);
      if (others?.size === 0) this.#others.delete(hash);
    }
    return { hashes: owned, reassigned };
  }

  /** The hashes of all bodies on disk. */
  hashes(): IterableIterator<string> {
    return this.#held.keys();
  }

  /** The disk lost the body. Returns the tasks that refer to it. */
  lose(hash: string): readonly string[] {
    const held = this.#held.get(hash);
    if (held === undefined) return [];
    const tasks = [held.taskId, ...(this.#others.get(hash)?.keys() ?? [])];
    this.#held.delete(hash);
    this.#others.delete(hash);
    for (const taskId of tasks) {
      const hashes = this.#byTask.get(taskId);
      hashes?.delete(hash);
      if (hashes?.size === 0) this.#byTask.delete(taskId);
    }
    return tasks;
  }

  #refer({ hash, taskId }: HeldBody): void {
    const hashes = this.#byTask.get(taskId);
    if (hashes === undefined) this.#byTask.set(taskId, new Set([hash]));
    else hashes.add(hash);
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
