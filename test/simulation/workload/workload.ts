import type { Random } from "../world/random.js";
import type { Life, Schedule } from "../world/schedule.js";
import { Callers } from "./callers.js";
import { type AnyDraft, Drafts, type UserControl } from "./drafts.js";
import { EventReader } from "./event-reader.js";
import { KnownTasks } from "./known-tasks.js";
import { Ledger } from "./ledger.js";
import { DEFAULT_WORKLOAD, type WorkloadSettings } from "./settings.js";

/** A task is cancelled only with this much time left. */
const CANCEL_MARGIN_SECONDS = 30;

export interface WorkloadOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly settings?: Partial<WorkloadSettings>;
  /** Called with each author key that a node has when it is attached for the first time. */
  readonly authors?: (node: string, keys: readonly string[]) => void;
}

/** An author key of a node. */
interface Author {
  readonly name: string;
  readonly key: string;
}

/** The users of one node. */
interface Users {
  readonly callers: Callers;
  readonly known: KnownTasks;
  readonly reader: EventReader | undefined;
  authors: readonly Author[];
  up: boolean;
}

/**
 * The honest users of a world: they publish tasks, answers, reviews and cancellations through the interface of their
 * node, repeat calls with the same key, and read events. {@link Workload.ledger} is what they were promised.
 */
export class Workload {
  readonly ledger = new Ledger();
  /** Calls, answers and refusals, by name. */
  readonly counts = new Map<string, number>();
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #settings: WorkloadSettings;
  readonly #drafts: Drafts;
  readonly #authors: WorkloadOptions["authors"];
  readonly #users = new Map<string, Users>();
  readonly #restored = new Set<string>();
  readonly #count = (name: string): void => {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  };
  #running = false;

  constructor({ schedule, random, settings = {}, authors }: WorkloadOptions) {
    this.#schedule = schedule;
    this.#random = random.fork("arrivals");
    this.#settings = { ...DEFAULT_WORKLOAD, ...settings };
    this.#drafts = new Drafts(random.fork("drafts"), this.#settings);
    this.#authors = authors;
  }

  /** Begins with new calls. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#arm();
  }

  /** No new calls begin; open ones go on. */
  stop(): void {
    this.#running = false;
  }

  /** Calls without a final answer. */
  get open(): number {
    let sum = 0;
    for (const { callers } of this.#users.values()) sum += callers.open;
    return sum;
  }

  /** Nodes that are up and have not answered a call for so long, with the number of such calls. */
  unanswered(forMs: number): readonly { readonly node: string; readonly calls: number }[] {
    const beforeMs = this.#schedule.nowMs - forMs;
    return [...this.#users]
      .map(([node, { callers }]) => ({ node, calls: callers.unanswered(beforeMs) }))
      .filter(({ calls }) => calls > 0);
  }

  /** A life of the node is up. */
  attach(node: string, control: UserControl, life: Life): void {
    const users = this.#users.get(node) ?? this.#newUsers(node);
    if (users.authors.length === 0) {
      users.authors = control.info().authors.map(({ name, key }) => ({ name, key }));
      this.#authors?.(
        node,
        users.authors.map(({ key }) => key),
      );
    }
    users.up = true;
    control.subscribe((event) => users.known.heard(event));
    users.reader?.attach(control, life);
    users.callers.attach(control, life);
  }

  /** The node stops or has crashed. */
  detach(node: string): void {
    const users = this.#users.get(node);
    if (users === undefined) return;
    users.up = false;
    users.callers.detach();
  }

  /**
   * The node gets the directory of another time or node: its programs begin anew, since it has forgotten what it told
   * them.
   */
  restored(node: string): void {
    this.#users.delete(node);
    this.#restored.add(node);
  }

  #newUsers(node: string): Users {
    const options = {
      schedule: this.#schedule,
      random: this.#random.fork(node),
      settings: this.#settings,
      ledger: this.ledger,
      count: this.#count,
      isRestored: this.#restored.has(node),
    };
    const hasReader = this.#users.size < this.#settings.readers;
    const users: Users = {
      callers: new Callers(node, options),
      known: new KnownTasks(),
      reader: hasReader ? new EventReader(node, options) : undefined,
      authors: [],
      up: false,
    };
    this.#users.set(node, users);
    return users;
  }

  #arm(): void {
    const { recordsPerSecond } = this.#settings;
    if (!this.#running || recordsPerSecond <= 0) return;
    this.#schedule.after(this.#random.exponential(1000 / recordsPerSecond), undefined, () => {
      if (!this.#running) return;
      this.#call();
      this.#arm();
    });
  }

  /** One call through a node that is up. */
  #call(): void {
    const up = [...this.#users.values()].filter((users) => users.up && users.authors.length > 0);
    if (up.length === 0) {
      this.#count("workload without a node");
      return;
    }
    const users = this.#random.pick(up);
    const author = this.#random.pick(users.authors);
    if (this.#random.chance(this.#settings.faultyShare)) users.callers.call(this.#drafts.faulty(author.name), true);
    else users.callers.call(this.#draft(users.known, author));
  }

  /** An honest draft. Without a task to answer it is a new task. */
  #draft(known: KnownTasks, { name, key }: Author): AnyDraft {
    const random = this.#random;
    const { taskShare, submissionShare, cancelShare } = this.#settings;
    const nowSeconds = this.#schedule.nowMs / 1000;
    const draw = random.unit();
    if (draw < cancelShare) {
      const latest = nowSeconds + CANCEL_MARGIN_SECONDS;
      const task = known.task(random, (one) => one.publisher === key && one.deadlineSeconds > latest);
      if (task !== undefined) return this.#drafts.cancel(name, task);
    } else if (draw < cancelShare + submissionShare) {
      const task = known.task(random, (one) => one.publisher !== key && one.deadlineSeconds > nowSeconds);
      if (task !== undefined) return this.#drafts.submission(name, task);
    } else if (draw >= cancelShare + submissionShare + taskShare) {
      const submission = known.submission(random, ({ submitter }) => submitter !== key);
      if (submission !== undefined) return this.#drafts.validation(name, submission);
    }
    return this.#drafts.task(name);
  }
}
