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
        timestamp: 1796052620,
        number: 0,
        strand: "000000",
      },
      deadline: 1796059820,
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
          "the deadline 2027-03-10T15:30:20Z lies more than 30 days ahead: this network takes deadlines up to 2026-12-30T15:30:20Z",
        data: {
          deadline: 1804692620,
          earliest: 1796052621,
          latest: 1798644620,
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
        author: "a67b34ccbfc8fa47bd3feb3dd60b970c43b2ac6b978f1d09c56644d083947c34",
        timestamp: 1796052620,
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
        message: "this author is not allowed to do this in this task, or this node does not hold the task type",
        data: {
          kind: "consensus",
          code: "not_allowed",
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
        author: "0a6a4c5ead404055fe7653d971f7bee2df9312d8549cb9b21b2b10c5732af33b",
        timestamp: 1796052620,
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
        message: "this author is not allowed to do this in this task, or this node does not hold the task type",
        data: {
          kind: "consensus",
          code: "not_allowed",
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
        id: "d2b465a71ecca4af4bb599616fc022ba8f11af6631fcb3d6fb29b75fa49a5aa7",
        author: EXAMPLE_IDS.author,
        timestamp: 1796052621,
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
        message: "the task no longer accepts this record",
        data: {
          kind: "consensus",
          code: "task_over",
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, MethodExample>>;
