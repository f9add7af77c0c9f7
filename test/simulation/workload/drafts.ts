import type {
  CancelDraft,
  NodeControl,
  NodeInfo,
  Published,
  SubmissionDraft,
  TaskDraft,
  ValidationDraft,
} from "../../../src/api/index.js";
import type { TaskDetail } from "../../../src/protocol/bodies.js";
import { DIFFICULTIES, VALIDATION_KINDS, VERIFICATIONS } from "../../../src/protocol/records.js";
import type { Random } from "../world/random.js";
import type { KnownSubmission, KnownTask } from "./known-tasks.js";
import type { WorkloadSettings } from "./settings.js";

/** A draft of one of the four publishing methods. */
export type AnyDraft =
  | { readonly kind: "task"; readonly draft: TaskDraft }
  | { readonly kind: "submission"; readonly draft: SubmissionDraft }
  | { readonly kind: "validation"; readonly draft: ValidationDraft }
  | { readonly kind: "cancel"; readonly draft: CancelDraft };

/** What users need of a node. */
export type UserControl = Pick<
  NodeControl,
  "publishTask" | "submitSolution" | "validateSubmission" | "cancelTask" | "eventsAfter" | "subscribe"
> & { info(): Pick<NodeInfo, "authors"> };

/** Calls the method of a draft. */
export function publish(control: UserControl, { kind, draft }: AnyDraft): Promise<Published> {
  switch (kind) {
    case "task":
      return control.publishTask(draft);
    case "submission":
      return control.submitSolution(draft);
    case "validation":
      return control.validateSubmission(draft);
    case "cancel":
      return control.cancelTask(draft);
  }
}

/** Room in a body for its other fields. */
const FIELDS_BYTES = 512;

/** Makes the drafts of honest users. Bodies are parts of one random buffer. */
export class Drafts {
  readonly #random: Random;
  readonly #settings: WorkloadSettings;
  readonly #pool: Uint8Array;
  #keys = 0;

  constructor(random: Random, settings: WorkloadSettings) {
    this.#random = random;
    this.#settings = settings;
    this.#pool = random.bytes(settings.largeBodyBytes);
  }

  task(author: string): AnyDraft {
    const random = this.#random;
    const verification = random.below(VERIFICATIONS.length);
    const isReviewed = VERIFICATIONS[verification] === "PeerReview" || VERIFICATIONS[verification] === "ExpertReview";
    const [least, most] = this.#settings.deadlineSeconds;
    return {
      kind: "task",
      draft: {
        ...this.#base(author),
        detail: this.#detail(),
        description: `task ${this.#keys}`,
        data: this.#bytes(),
        rewardNano: BigInt(random.below(1_000_000)),
        gasFeeNano: 1n,
        stakeRequiredNano: 2n,
        deadline: { kind: "after", seconds: random.between(least, most) },
        difficulty: random.below(DIFFICULTIES.length),
        verification,
        requiredReviewers: isReviewed ? random.between(1, 5) : 0,
        maxParticipants: random.between(1, 20),
        qualityThreshold: random.between(0, 100),
      },
    };
  }

  submission(author: string, { taskId }: KnownTask): AnyDraft {
    return {
      kind: "submission",
      draft: {
        ...this.#base(author),
        taskId,
        answer: this.#bytes(),
        qualityHint: this.#random.between(0, 100),
        stakeNano: 1n,
        gasFeeNano: 1n,
        computationProof: undefined,
      },
    };
  }

  validation(author: string, { taskId, submissionId }: KnownSubmission): AnyDraft {
    const random = this.#random;
    const body = {
      method: "read",
      reasoning: "as asked",
      criteria: [{ name: "correct", score: random.between(0, 100) }],
      evidence: this.#bytes(),
      confidence: random.between(0, 10_000),
      stakeNano: 1n,
    };
    return {
      kind: "validation",
      draft: {
        ...this.#base(author),
        taskId: random.chance(0.5) ? taskId : undefined,
        submissionId,
        // Most validators of one submission agree roughly, so that some verdicts are reached.
        score: Math.min(100, (Number.parseInt(submissionId.slice(0, 2), 16) % 80) + random.below(25)),
        validationKind: random.below(VALIDATION_KINDS.length),
        body: random.chance(this.#settings.reviewShare) ? body : undefined,
      },
    };
  }

  cancel(author: string, { taskId }: KnownTask): AnyDraft {
    return { kind: "cancel", draft: { ...this.#base(author), taskId } };
  }

  /** A draft that every node must refuse. */
  faulty(author: string): AnyDraft {
    const taskId = Buffer.from(this.#random.bytes(32)).toString("hex");
    switch (this.#random.below(4)) {
      case 0: {
        const { draft } = this.task(author) as AnyDraft & { kind: "task" };
        return { kind: "task", draft: { ...draft, deadline: { kind: "at", seconds: 1 } } };
      }
      case 1: {
        const { draft } = this.task(author) as AnyDraft & { kind: "task" };
        return { kind: "task", draft: { ...draft, qualityThreshold: 101 } };
      }
      case 2:
        return this.submission(author, { taskId, publisher: "", deadlineSeconds: 0 });
      default:
        return this.validation(author, { taskId, submissionId: taskId, submitter: "" });
    }
  }

  #base(author: string): { readonly author: string; readonly idempotencyKey: string } {
    return { author, idempotencyKey: `call-${this.#keys++}` };
  }

  #detail(): TaskDetail {
    switch (this.#random.below(this.#settings.taskTypes)) {
      case 0:
        return { type: "CodeAnalysis", language: "rust", complexity: "low" };
      case 1:
        return { type: "SecurityAudit", scope: "all", standards: ["a", "b"] };
      case 2:
        return { type: "DataAnalysis", dataType: "text", analysisType: "count" };
      case 3:
        return { type: "AlgorithmOptimization", domain: "sort", constraints: [] };
      case 4:
        return { type: "LogicReasoning", problemType: "riddle", complexity: 3 };
      default:
        return { type: "GeneralTask", category: "any", subcategory: "other" };
    }
  }

  #bytes(): Uint8Array {
    const random = this.#random;
    const { smallBodyBytes, mediumBodyBytes, largeBodyBytes, mediumShare, largeShare } = this.#settings;
    const draw = random.unit();
    let most = smallBodyBytes;
    if (draw < largeShare) most = largeBodyBytes - FIELDS_BYTES;
    else if (draw < largeShare + mediumShare) most = mediumBodyBytes;
    const length = random.below(Math.min(most, this.#pool.length - FIELDS_BYTES) + 1);
    const from = random.below(this.#pool.length - length);
    return this.#pool.subarray(from, from + length);
  }
}
