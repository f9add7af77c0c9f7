import type { Engine } from "../../engine/index.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Lost } from "../../storage/index.js";
import type { Log } from "../log.js";
import { isWhole, loseBodies, type TaskRestorePorts } from "./restore-tasks.js";

/** Records read between two pauses: some milliseconds of work. */
const RECORDS_AT_ONCE = 256;
/** So a scrub takes a tenth of a core at most; 1,000,000 records take two minutes. */
const PAUSE_MS = 25;

export interface RecordScrubPorts extends Omit<TaskRestorePorts, "members"> {
  readonly engine: Engine;
  /** Resolves when all records of the set are on the disk, or at once while the disk refuses writes. */
  readonly readable: () => Promise<void>;
  readonly log: Log;
  readonly failed: (what: string, error: unknown) => void;
}

/**
 * Reads all records once after a start by checkpoints, which reads none of them. What is damaged or missing on the disk
 * leaves the set, and exchanges fetch it again. If the database has unreadable parts it is rebuilt from the rest.
 */
export class RecordScrub {
  readonly #ports: RecordScrubPorts;
  #running: Promise<void> | undefined;
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(ports: RecordScrubPorts) {
    this.#ports = ports;
  }

  /** Begins to read. `lose` takes what the disk does not have. */
  start(lose: (lost: Lost) => void): void {
    this.#running = this.#run(lose).catch((error: unknown) => this.#ports.failed("scrub", error));
  }

  /** Ends it, wherever it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.ended();
  }

  /** Resolves when all records are read, or after a stop. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #run(lose: (lost: Lost) => void): Promise<void> {
    const { store, engine, log } = this.#ports;
    /** Tasks of the set at the start, ascending, which the disk has not shown yet. */
    const expected = engine.checkpoints.taskIds();
    let next = 0;
    let found = new Set<string>();
    let task: string | undefined;
    let damaged = 0;
    let read = 0;
    const close = async (): Promise<void> => {
      for (; next < expected.length && (task === undefined || (expected[next] as string) <= task); next++) {
        const taskId = expected[next] as string;
        const lost = await this.#lostOf(taskId, taskId === task ? found : new Set());
        if (lost.length > 0) lose({ records: lost, bodies: [] });
        damaged += lost.length;
      }
      found = new Set();
    };
    for await (const record of store.members()) {
      if (this.#stopped) return;
      const { id, taskId } = record.entry;
      if (taskId !== task && task !== undefined) await close();
      task = taskId;
      if (isWhole(this.#ports, record)) found.add(id);
      if (++read % RECORDS_AT_ONCE === 0) await this.#pause();
    }
    await close();
    task = undefined;
    await close();
    if (damaged > 0) log("warn", "stored records are damaged; the node asks peers for them again", { count: damaged });
    if (!store.losses.unreadable || this.#stopped) return;
    log("warn", "parts of the database can't be read; the node rebuilds it from the rest");
    try {
      await store.repair();
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      log("error", "parts of the database can't be read, and the rebuild failed", { why: error.message });
      return;
    }
    await loseBodies(store, engine, lose);
  }

  /** The records of a task that the disk does not have. */
  async #lostOf(taskId: string, found: ReadonlySet<string>): Promise<string[]> {
    const { store, engine, readable } = this.#ports;
    const absent = engine.checkpoints.recordIds(taskId).filter((id) => !found.has(id));
    if (absent.length === 0 || this.#stopped) return [];
    // Some may be newer than the read of the task.
    await readable();
    const refs = absent.map((id) => ({ id, taskId }));
    const envelopes = await store.records(refs);
    return absent.filter((id, at) => {
      const envelope = envelopes[at];
      const entry = engine.entry(id);
      return entry !== undefined && (envelope === undefined || !isWhole(this.#ports, { entry, envelope }));
    });
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PAUSE_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
