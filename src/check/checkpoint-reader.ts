import type { RecordStore, StoredCheckpoint } from "../storage/index.js";
import type { Findings } from "./check-findings.js";

/** Reads the checkpoints beside the tasks, both in the order of the tasks, so that it holds one of them. */
export class CheckpointReader {
  readonly #checkpoints: AsyncIterator<StoredCheckpoint>;
  readonly #findings: Findings;
  #next: IteratorResult<StoredCheckpoint> | undefined;

  constructor(store: Pick<RecordStore, "checkpoints">, findings: Findings) {
    this.#checkpoints = store.checkpoints()[Symbol.asyncIterator]();
    this.#findings = findings;
  }

  /** The checkpoint of a task that comes after the task of the call before; undefined: there is none. */
  async of(taskId: string): Promise<Uint8Array | undefined> {
    for (;;) {
      this.#next ??= await this.#checkpoints.next();
      if (this.#next.done === true) return undefined;
      const { taskId: found, bytes } = this.#next.value;
      if (found > taskId) return undefined;
      this.#next = undefined;
      if (found === taskId) return bytes;
      this.#withoutTask(found, bytes);
    }
  }

  /** Finds the checkpoints after the last task. */
  async end(): Promise<void> {
    for (;;) {
      this.#next ??= await this.#checkpoints.next();
      if (this.#next.done === true) return;
      const { taskId, bytes } = this.#next.value;
      this.#next = undefined;
      this.#withoutTask(taskId, bytes);
    }
  }

  /** An empty checkpoint without a task is left by a record that was not kept; a start reads no record for it. */
  #withoutTask(taskId: string, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#findings.add("checkpoint_differs", taskId);
  }
}
