import type { Json, JsonObject } from "./daemon-json.js";
import type { FakeBlock } from "./fake-block.js";
import { type AiAction, keyBytes } from "./fake-transactions.js";

export interface FakeMiner {
  readonly registeredAt: number;
  readonly fee: number;
  reputation: number;
  published: number;
  answered: number;
  validated: number;
}

export interface FakeAnswer {
  readonly action: Extract<AiAction, { kind: "answer" }>;
  readonly submittedAt: number;
  readonly scores: { readonly validator: string; readonly score: number; readonly validatedAt: number }[];
}

export interface FakeTask {
  readonly action: Extract<AiAction, { kind: "publish" }>;
  readonly publishedAt: number;
  readonly answers: Map<string, FakeAnswer>;
  completed: boolean;
}

/** The daemon completes a task from this score on. */
const PASSING_SCORE = 70;
const FIRST_REPUTATION = 500;
const PUBLISHER_GAIN = 5;

/** The smallest fee for which the daemon registers a miner. */
export const MIN_REGISTRATION_FEE = 1_000_000_000;

/**
 * The AI mining state of a daemon: the effects of all transactions that it ever executed, with the daemon's defects. A
 * rewind does not undo them. Counters are wrong (one publication counts two, a completed task stays active in the
 * statistics), and times are heights.
 */
export class AiState {
  readonly miners = new Map<string, FakeMiner>();
  readonly tasks = new Map<string, FakeTask>();
  /** Topoheights whose block changed the state. */
  readonly changedAt = new Set<number>();

  /** `source` is the key of the sender. False: the action fails, and the block does not execute it. */
  execute(action: AiAction, source: string, block: FakeBlock): boolean {
    if (!this.#apply(action, source, block)) return false;
    if (block.topoheight !== null) this.changedAt.add(block.topoheight);
    return true;
  }

  #apply(action: AiAction, source: string, { height }: FakeBlock): boolean {
    if (action.kind === "register") {
      if (source !== action.key || action.fee < MIN_REGISTRATION_FEE || this.miners.has(action.key)) return false;
      const counters = { reputation: FIRST_REPUTATION, published: 0, answered: 0, validated: 0 };
      this.miners.set(action.key, { registeredAt: height, fee: action.fee, ...counters });
      return true;
    }
    const miner = this.miners.get(action.key);
    if (miner === undefined) return false;
    if (action.kind === "publish") {
      if (this.tasks.has(action.taskId)) return false;
      this.tasks.set(action.taskId, { action, publishedAt: height, answers: new Map(), completed: false });
      miner.published += 2;
      miner.reputation += PUBLISHER_GAIN;
      return true;
    }
    const task = this.tasks.get(action.taskId);
    if (task === undefined) return false;
    if (action.kind === "answer") {
      task.answers.set(action.answerId, { action, submittedAt: height, scores: [] });
      miner.answered++;
      return true;
    }
    const answer = task.answers.get(action.answerId);
    if (answer === undefined) return false;
    answer.scores.push({ validator: action.key, score: action.score, validatedAt: height });
    miner.validated++;
    task.completed ||= action.score >= PASSING_SCORE;
    return true;
  }

  minerJson(key: string): JsonObject | undefined {
    const miner = this.miners.get(key);
    if (miner === undefined) return undefined;
    return {
      address: keyBytes(key),
      answers_submitted: miner.answered,
      registered_at: miner.registeredAt,
      registration_fee: miner.fee,
      reputation: miner.reputation,
      tasks_published: miner.published,
      validations_performed: miner.validated,
    };
  }

  taskJson(taskId: string): JsonObject | undefined {
    const task = this.tasks.get(taskId);
    if (task === undefined) return undefined;
    const { action } = task;
    return {
      deadline: action.deadlineMs,
      description: action.description,
      difficulty: action.difficulty,
      published_at: task.publishedAt,
      publisher: keyBytes(action.key),
      reward_amount: action.reward,
      rewards_processed: task.completed,
      status: task.completed ? "Completed" : "Active",
      submitted_answers: [...task.answers.values()].map(answerJson),
      task_id: action.taskId,
    };
  }

  activeJson(): JsonObject {
    const active: Record<string, Json> = {};
    for (const [taskId, task] of this.tasks) if (!task.completed) active[taskId] = this.taskJson(taskId) ?? null;
    return active;
  }

  statisticsJson(): JsonObject {
    return {
      active_tasks: this.tasks.size,
      completed_tasks: 0,
      total_miners: this.miners.size,
      total_rewards_distributed: 0,
      total_staked: 0,
      total_tasks: this.tasks.size,
    };
  }
}

function answerJson({ action, submittedAt, scores }: FakeAnswer): JsonObject {
  const sum = scores.reduce((total, { score }) => total + score, 0);
  return {
    answer_content: action.content,
    answer_hash: action.contentHash,
    answer_id: action.answerId,
    average_score: scores.length === 0 ? null : Math.floor(sum / scores.length),
    stake_amount: action.stake,
    submitted_at: submittedAt,
    submitter: keyBytes(action.key),
    validation_scores: scores.map(({ validator, score, validatedAt }) => ({
      score,
      validated_at: validatedAt,
      validator: keyBytes(validator),
    })),
  };
}
