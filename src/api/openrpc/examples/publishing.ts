import type { MethodExample } from "./example.js";
import { EXAMPLE_IDS } from "./ids.js";

/** The methods that publish records. The answers are those of a node. */
export const PUBLISHING_EXAMPLES = {
  ai_publish_task: {
    params: {
      task_type: {
        CodeAnalysis: {
          language: "Rust",
          complexity: "Simple",
        },
      },
      description: "Find overflows",
      data: "fn main() {}",
      reward_amount: "15000000000",
      duration_seconds: 7200,
      difficulty_level: "Beginner",
      verification_type: {
        PeerReview: {
          required_reviewers: 1,
        },
      },
      max_participants: 5,
      quality_threshold: 70,
      idempotency_key: "task-1",
    },
    result: {
      task_id: EXAMPLE_IDS.task,
      record: {
        id: EXAMPLE_IDS.task,
        author: EXAMPLE_IDS.author,
        timestamp: 1796054005,
        number: 0,
        strand: "000000",
      },
      deadline: 1796061205,
      duplicate: false,
    },
    refused: {
      params: {
        task_type: {
          GeneralTask: {
            category: "text",
          },
        },
        description: "Into French",
        reward_amount: "5000000000",
        duration_seconds: 8640000,
      },
      error: {
        code: -32015,
        message:
          "the deadline 2027-03-10T15:53:26Z lies more than 30 days ahead: this network takes deadlines up to 2026-12-30T15:53:26Z",
        data: {
          deadline: 1804694006,
          earliest: 1796054007,
          latest: 1798646006,
          kind: "consensus",
          code: "bad_deadline",
        },
      },
    },
  },
  ai_submit_solution: {
    params: {
      task_id: EXAMPLE_IDS.task,
      answer: "No overflow is possible: no arithmetic.",
      quality_hint: 80,
      author: "miner",
      idempotency_key: "answer-1",
    },
    result: {
      task_id: EXAMPLE_IDS.task,
      record: {
        id: EXAMPLE_IDS.submission,
        author: "285b1072cd4a27a271390a8e0a22f8aeb09d509f71f93cf0157285c2c1055d0c",
        timestamp: 1796054006,
        number: 0,
        strand: "000000",
      },
      duplicate: false,
    },
    refused: {
      params: {
        task_id: EXAMPLE_IDS.task,
        answer: "Nothing to find.",
      },
      error: {
        code: -32015,
        message: "this author published the task: it neither submits to it nor validates in it",
        data: {
          kind: "consensus",
          code: "own_task",
        },
      },
    },
  },
  ai_validate_submission: {
    params: {
      submission_id: EXAMPLE_IDS.submission,
      result: {
        Approve: {
          quality_score: 85,
          reasoning: "complete",
        },
      },
      author: "validator",
      idempotency_key: "score-1",
    },
    result: {
      task_id: EXAMPLE_IDS.task,
      record: {
        id: EXAMPLE_IDS.validation,
        author: "bc0ae5a96be32f03a16dc8d2f6c4b4aa4da44072a3269a78ce2eacaa63cfc014",
        timestamp: 1796054006,
        number: 0,
        strand: "000000",
      },
      duplicate: false,
    },
    refused: {
      params: {
        submission_id: EXAMPLE_IDS.submission,
        result: 85,
        author: "miner",
      },
      error: {
        code: -32015,
        message: "this author submitted the answer: another author validates it",
        data: {
          kind: "consensus",
          code: "own_submission",
        },
      },
    },
  },
  ai_cancel_task: {
    params: {
      task_id: EXAMPLE_IDS.otherTask,
      idempotency_key: "cancel-1",
    },
    result: {
      task_id: EXAMPLE_IDS.otherTask,
      record: {
        id: "b0cfbfb438713a96cb40ca09822217e55d1d108767d478274f2ddadeb25a080c",
        author: EXAMPLE_IDS.author,
        timestamp: 1796054006,
        number: 2,
        strand: "000000",
      },
      duplicate: false,
    },
    refused: {
      params: {
        task_id: EXAMPLE_IDS.task,
      },
      error: {
        code: -32015,
        message: "a submission counts: the task can't be cancelled any more",
        data: {
          submissions: 1,
          kind: "consensus",
          code: "has_submissions",
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, MethodExample>>;
