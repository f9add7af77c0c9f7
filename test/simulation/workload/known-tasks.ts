import type { StoredEvent } from "../../../src/engine/index.js";
import type { Random } from "../world/random.js";

/** Tasks and submissions that the users of one node remember of each. */
const REMEMBERED = 64;

/** A task that a node reported. */
export interface KnownTask {
  readonly taskId: string;
  readonly publisher: string;
  readonly deadlineSeconds: number;
}

/** A submission that a node reported. */
export interface KnownSubmission {
  readonly submissionId: string;
  readonly taskId: string;
  readonly submitter: string;
}

/** What the users of one node learned from its events: the newest tasks and submissions. */
export class KnownTasks {
  readonly #tasks: KnownTask[] = [];
  readonly #submissions: KnownSubmission[] = [];
  #tasksHeard = 0;
  #submissionsHeard = 0;

  heard({ event, body }: StoredEvent): void {
    if (event === "task_published") {
      const { task_id: taskId, publisher, deadline } = body;
      const task: KnownTask = {
        taskId: String(taskId),
        publisher: String(publisher),
        deadlineSeconds: Number(deadline),
      };
      this.#tasks[this.#tasksHeard++ % REMEMBERED] = task;
    } else if (event === "submission_received") {
      const { submission_id: submissionId, task_id: taskId, submitter } = body;
      const submission: KnownSubmission = {
        submissionId: String(submissionId),
        taskId: String(taskId),
        submitter: String(submitter),
      };
      this.#submissions[this.#submissionsHeard++ % REMEMBERED] = submission;
    }
  }

  /** One of the tasks for which `good` is true, after a few draws; undefined: none was drawn. */
  task(random: Random, good: (task: KnownTask) => boolean): KnownTask | undefined {
    return draw(this.#tasks, random, good);
  }

  submission(random: Random, good: (submission: KnownSubmission) => boolean): KnownSubmission | undefined {
    return draw(this.#submissions, random, good);
  }
}

function draw<T>(items: readonly T[], random: Random, good: (item: T) => boolean): T | undefined {
  for (let i = 0; i < 8 && items.length > 0; i++) {
    const item = random.pick(items);
    if (good(item)) return item;
  }
  return undefined;
}
