import type {
  Engine,
  KeptEntry,
  MemberEntry,
  StoredEvent,
  StoredMember,
  StoreWrite,
  WindowState,
} from "../../../src/engine/index.js";

interface Batch {
  readonly atMs: number;
  readonly writes: readonly StoreWrite[];
}

/** A disk that loses the unsynced writes of the last second in a crash. */
export class FakeDisk {
  readonly records = new Map<string, StoredMember>();
  readonly windows = new Map<string, WindowState>();
  readonly bodies = new Map<string, { readonly taskId: string; readonly bytes: Uint8Array }>();
  readonly events: StoredEvent[] = [];
  readonly meta = new Map<string, Uint8Array>();
  readonly checkpoints = new Map<string, Uint8Array>();
  readonly kept = new Map<string, { readonly entry: KeptEntry; readonly envelope: Uint8Array }>();
  /** Written but not synced. */
  #journal: Batch[] = [];
  #stable: Batch[] = [];

  apply(writes: readonly StoreWrite[], sync: boolean, nowMs: number): void {
    this.#journal.push({ atMs: nowMs, writes });
    for (const write of writes) this.#write(write);
    if (sync) this.#settle(Number.POSITIVE_INFINITY);
    else this.#settle(nowMs - 1000);
  }

  /** Drops the unsynced writes. */
  crash(): void {
    const stable = this.#stable;
    this.#journal = [];
    this.#stable = [];
    const { records, windows, bodies, kept, meta, checkpoints } = this;
    for (const part of [records, windows, bodies, kept, meta, checkpoints]) part.clear();
    this.events.length = 0;
    for (const { writes } of stable) for (const write of writes) this.#write(write);
    this.#stable = stable;
  }

  members(): MemberEntry[] {
    return [...this.records.values()].map(({ entry }) => entry);
  }

  task(taskId: string): StoredMember[] {
    return [...this.records.values()].filter(({ entry }) => entry.taskId === taskId);
  }

  tasks(): ReadonlyMap<string, readonly StoredMember[]> {
    const taskIds = new Set(this.members().map(({ taskId }) => taskId));
    return new Map([...taskIds].map((taskId) => [taskId, this.task(taskId)]));
  }

  #settle(beforeMs: number): void {
    while ((this.#journal[0]?.atMs ?? Number.POSITIVE_INFINITY) <= beforeMs) {
      const batch = this.#journal.shift();
      if (batch === undefined) return;
      this.#stable.push(batch);
    }
  }

  #write(write: StoreWrite): void {
    switch (write.kind) {
      case "put_record":
        this.records.set(write.entry.id, write);
        return;
      case "drop_record":
        this.records.delete(write.entry.id);
        return;
      case "put_window":
        this.windows.set(`${write.window.strand}:${write.window.window}`, write.window);
        return;
      case "drop_window":
        this.windows.delete(`${write.strand}:${write.window}`);
        return;
      case "put_body":
        this.bodies.set(write.hash, write);
        return;
      case "refer_body":
        return;
      case "drop_body":
        this.bodies.delete(write.hash);
        return;
      case "put_checkpoint":
        this.checkpoints.set(write.taskId, write.bytes);
        return;
      case "drop_checkpoint":
        this.checkpoints.delete(write.taskId);
        return;
      case "put_event":
        this.events.push(write.event);
        return;
      case "put_kept":
        this.kept.set(`${write.entry.kind}:${write.entry.key}`, write);
        return;
      case "drop_kept":
        this.kept.delete(`${write.entry.kind}:${write.entry.key}`);
        return;
      case "put_meta":
        this.meta.set(write.key, write.value);
        return;
      case "drop_meta":
        this.meta.delete(write.key);
        return;
      case "drop_events":
        return;
    }
  }
}

/** Gives an engine the tasks and bodies of a disk, as a start does. */
export function restoreTasks(engine: Engine, disk: FakeDisk): void {
  for (const [hash, { taskId }] of disk.bodies) engine.restoreBody(hash, taskId);
  const unsaved = new Map(disk.tasks());
  for (const [taskId, bytes] of disk.checkpoints) {
    if (bytes.length === 0) continue;
    if (engine.checkpoints.restore(taskId, bytes) !== undefined) throw new Error("a checkpoint is refused");
    unsaved.delete(taskId);
  }
  for (const stored of unsaved.values()) for (const { entry } of stored) engine.restoreMember(entry);
  engine.restoreTasks(unsaved);
  engine.checkpoints.finish();
  for (const window of disk.windows.values()) {
    if (!engine.checkpoints.hasWindow(window)) throw new Error("the set differs from the disk");
  }
}
