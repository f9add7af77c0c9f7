import { taskOf } from "../../protocol/strand.js";
import type { Context } from "../context.js";
import type { EngineEvent } from "../events.js";
import type { ConsensusTracker } from "../fold/index.js";
import { type BodyBook, bodyKindOf, bodyOf, type TaskRecord } from "../set/index.js";
import type { BodyFetch } from "./body-fetch.js";

export interface BodyTrackerPorts {
  readonly context: Context;
  readonly tracker: ConsensusTracker;
  readonly book: BodyBook;
  readonly bodies: BodyFetch;
  /** Loads the records of a closed task. False: no room now. */
  load(taskId: string): boolean;
}

/** Tracks the bodies on disk: those found at a start, own bodies before their records, and lost ones. */
export class BodyTracker {
  readonly #ports: BodyTrackerPorts;
  /** Own bodies whose record follows: the body is written first, so that the sync of the record covers both. */
  readonly #own = new Set<string>();
  /** While the node starts: records whose body the disk holds for another task, which may not be restored yet. */
  #unclaimed: TaskRecord[] = [];
  /** Closed tasks that lost a body and are not loaded yet. Bounded by the tasks of the set. */
  readonly #unread = new Set<string>();

  constructor(ports: BodyTrackerPorts) {
    this.#ports = ports;
  }

  get ownCount(): number {
    return this.#own.size;
  }

  /** Takes a new member: its body is held or wanted. */
  joined(record: TaskRecord, holder: string | undefined): void {
    const body = bodyOf(record);
    if (body !== undefined && this.#own.delete(body.hash)) this.#hold(record, body.hash);
    else this.#ports.bodies.expect(record, holder);
    if (record.payload.kind === "task") this.#reconsider(record.id);
  }

  /** Takes a restored member. The bodies on disk are known before, so none of them is requested. */
  restored(record: TaskRecord): void {
    const { book } = this.#ports;
    const kind = bodyKindOf(record);
    const hash = bodyOf(record)?.hash;
    if (kind === undefined || hash === undefined) return;
    const isHeld = book.restore({ hash, taskId: taskIdOf(record), kind });
    if (isHeld) return;
    if (book.isOnDisk(hash)) this.#unclaimed.push(record);
    else this.#ports.bodies.expect(record, undefined);
  }

  /** All stored members are restored. */
  startIsOver(): void {
    this.#ports.book.restored();
    for (const record of this.#unclaimed) this.joined(record, undefined);
    this.#unclaimed = [];
  }

  own({ hash, taskId, bytes }: Extract<EngineEvent, { kind: "own_body" }>): void {
    const { context, tracker } = this.#ports;
    context.out.write({ kind: "put_body", hash, taskId, bytes });
    const oldest = this.#own.values().next().value;
    if (this.#own.size >= context.limits.own_bodies && oldest !== undefined) {
      this.#own.delete(oldest);
      context.out.count("dropped", "own_bodies");
    }
    this.#own.add(hash);
    for (const record of tracker.records(taskId)) if (bodyOf(record)?.hash === hash) this.#hold(record, hash);
  }

  /** The disk lost the body: it is fetched again for the records that announce it. */
  lost(hash: string): void {
    const { context, book, tracker } = this.#ports;
    const tasks = book.lose(hash);
    if (tasks.length > 0) context.out.count("values_lost", "body");
    for (const taskId of tasks) {
      context.out.write({ kind: "drop_body", hash, taskId });
      // A closed task is loaded first; `loaded` then handles its records.
      if (tracker.isClosed(taskId)) this.#unread.add(taskId);
      else this.loaded(taskId);
    }
    this.tick();
  }

  /** Repeats loads that found no room. */
  tick(): void {
    for (const taskId of this.#unread) {
      if (!this.#ports.load(taskId)) return;
      this.#unread.delete(taskId);
    }
  }

  /** The records of a task are in memory now. */
  loaded(taskId: string): void {
    for (const record of this.#ports.tracker.records(taskId)) this.#ports.bodies.expect(record, undefined);
  }

  /** Checks submissions that came before their task: its deadline and publisher decide who may have the bodies. */
  #reconsider(taskId: string): void {
    for (const { id } of this.#ports.tracker.records(taskId)) this.#ports.bodies.reconsider(id);
  }

  #hold(record: TaskRecord, hash: string): void {
    const kind = bodyKindOf(record);
    if (kind === undefined) return;
    if (this.#ports.book.add({ hash, taskId: taskIdOf(record), kind })) this.#ports.bodies.held(hash);
  }
}

function taskIdOf(record: TaskRecord): string {
  return taskOf(record.payload, record.id, record.timestampSeconds).taskId;
}
