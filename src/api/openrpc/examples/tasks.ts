import type { MethodExample } from "./example.js";
import { EXAMPLE_IDS } from "./ids.js";

/** The submission of the examples. */
const SUBMISSION = {
  submission_id: EXAMPLE_IDS.submission,
  submitter: "285b1072cd4a27a271390a8e0a22f8aeb09d509f71f93cf0157285c2c1055d0c",
  submitted_at: 1796054006,
  accepted: true,
  content_hash: "cb37941ac29e88e8bb177b19a116cd071645c9cc36b2ce0e7e0f5cebbf608c2d",
  content_length: 109,
  content_held: true,
  verdict: {
    reached: false,
    validators: 1,
    sum: 85,
    sum_of_squares: 7225,
    weight_sum: 1,
    weighted_sum: 85,
    mean: 85,
    confidence: 0.64,
    blocked_by: null,
  },
  validations: [
    {
      validation_id: EXAMPLE_IDS.validation,
      validator: "bc0ae5a96be32f03a16dc8d2f6c4b4aa4da44072a3269a78ce2eacaa63cfc014",
      score: 85,
      weight: 1,
      validated_at: 1796054006,
    },
  ],
  validations_total: 1,
};

/** The methods that read tasks and submissions. The answers are those of a node. */
/** The id of a task in place of that of a submission. */
const NO_SUBMISSION = {
  params: {
    submission_id: EXAMPLE_IDS.task,
  },
  error: {
    code: -32012,
    message: "the node holds no submission of this id",
    data: {
      kind: "storage",
      code: "not_found",
    },
  },
} as const;

export const TASKS_EXAMPLES = {
  ai_resolve_id: {
    params: {
      prefix: EXAMPLE_IDS.task,
      kind: "task",
    },
    result: {
      id: EXAMPLE_IDS.task,
      kind: "task",
      task_id: EXAMPLE_IDS.task,
    },
    refused: {
      params: {
        prefix: "7c",
      },
      error: {
        code: -32602,
        message: "Invalid params: prefix: expected 4 to 64 hex digits",
        data: {
          kind: "serialization",
          code: "bad_parameters",
        },
      },
    },
  },
  ai_list_active_tasks: {
    params: {
      task_type: "CodeAnalysis",
      limit: 1,
    },
    result: {
      set: "whole",
      tasks: [
        {
          task_id: EXAMPLE_IDS.otherTask,
          status: "Published",
          final: false,
          waits_for: "submissions",
          task_type: "CodeAnalysis",
          strand: "000000",
          published_at: 1796054006,
          publisher: EXAMPLE_IDS.author,
          deadline: 1796061206,
          reward_amount: "15000000000",
          difficulty_level: "Beginner",
          verification_type: {
            PeerReview: {
              required_reviewers: 1,
            },
          },
          max_participants: 5,
          quality_threshold: 70,
          content_hash: "852f79969e7740338c2766a9a19f74550097ad397b3f996ed6caea4393b49f87",
          content_length: 75,
          chain_id: null,
          submissions: 0,
          records: 1,
        },
      ],
      next: EXAMPLE_IDS.otherTask,
    },
    refused: {
      params: {
        status: "Active",
      },
      error: {
        code: -32602,
        message:
          "Invalid params: status: expected all or one of Published, InProgress, AnswersSubmitted, UnderValidation, Completed, Expired, Disputed, Cancelled",
        data: {
          kind: "serialization",
          code: "bad_parameters",
        },
      },
    },
  },
  ai_get_task_details: {
    params: {
      task_id: EXAMPLE_IDS.task,
    },
    result: {
      task_id: EXAMPLE_IDS.task,
      status: "InProgress",
      final: false,
      waits_for: "deadline",
      task_type: "CodeAnalysis",
      strand: "000000",
      published_at: 1796054005,
      publisher: EXAMPLE_IDS.author,
      deadline: 1796061205,
      reward_amount: "15000000000",
      difficulty_level: "Beginner",
      verification_type: {
        PeerReview: {
          required_reviewers: 1,
        },
      },
      max_participants: 5,
      quality_threshold: 70,
      content_hash: "7e042e71dc4db49a5efa10945797f764b07d0c9c0c2894ef7727dfad42a14f4c",
      content_length: 80,
      chain_id: null,
      submissions: [SUBMISSION],
      records: 3,
      set: "whole",
      task_data: {
        task_type: {
          CodeAnalysis: {
            language: "Rust",
            complexity: "Simple",
          },
        },
        description: "Find overflows",
        data: "fn main() {}",
        gas_fee: "0",
        stake_required: "0",
      },
      uncounted_submissions: [],
      uncounted_total: 0,
      excluded_validations: [],
      certified: [],
      contested: [],
      excluded_authors: [],
      alerts: [],
    },
    refused: {
      params: {
        task_id: "0000000000000000000000000000000000000000000000000000000000000000",
      },
      error: {
        code: -32012,
        message: "the node holds no record of this task",
        data: {
          kind: "storage",
          code: "not_found",
        },
      },
    },
  },
  ai_get_submission: {
    params: {
      submission_id: EXAMPLE_IDS.submission,
    },
    result: {
      task_id: EXAMPLE_IDS.task,
      ...SUBMISSION,
      content: {
        answer: "No overflow is possible: no arithmetic.",
        stake_amount: "0",
        gas_fee: "0",
        computation_proof: null,
      },
      validation_contents: {
        [EXAMPLE_IDS.validation]: {
          method: "",
          reasoning: "complete",
          criteria: {},
          evidence: "",
          confidence: 0,
          stake_amount: "0",
        },
      },
    },
    refused: {
      params: {
        submission_id: EXAMPLE_IDS.task,
      },
      error: {
        code: -32012,
        message: "the node has no accepted submission of this id",
        data: {
          kind: "storage",
          code: "not_found",
        },
      },
    },
  },
  ai_get_fraud_analysis: {
    params: {
      submission_id: EXAMPLE_IDS.submission,
    },
    result: {
      submission_id: EXAMPLE_IDS.submission,
      miner: "285b1072cd4a27a271390a8e0a22f8aeb09d509f71f93cf0157285c2c1055d0c",
      analysis_timestamp: 1796054006,
      fraud_indicators: [],
      overall_risk_score: 0,
      confidence_level: 0,
      recommendation: { Proceed: { confidence: 1 } },
      detailed_analysis: { compared_answers: 0, uncompared_answers: 0, validators: 1 },
    },
    refused: {
      params: {
        submission_id: EXAMPLE_IDS.task,
      },
      error: {
        code: -32012,
        message: "the node has no accepted submission of this id",
        data: {
          kind: "storage",
          code: "not_found",
        },
      },
    },
  },
  ai_get_reward_distribution: {
    params: {
      task_id: EXAMPLE_IDS.task,
    },
    result: {
      task_id: EXAMPLE_IDS.task,
      reason: "no_roster",
      distribution: null,
    },
    refused: {
      params: {
        task_id: "0000000000000000000000000000000000000000000000000000000000000000",
      },
      error: {
        code: -32012,
        message: "the node holds no record of this task",
        data: {
          kind: "storage",
          code: "not_found",
        },
      },
    },
  },
  ai_get_certificates: {
    params: {
      submission_id: EXAMPLE_IDS.submission,
    },
    result: {
      task_id: EXAMPLE_IDS.task,
      contested: false,
      certificates: [],
    },
    refused: NO_SUBMISSION,
  },
  ai_get_votes: {
    params: {
      submission_id: EXAMPLE_IDS.submission,
    },
    result: {
      task_id: EXAMPLE_IDS.task,
      ballots: [],
    },
    refused: NO_SUBMISSION,
  },
} as const satisfies Readonly<Record<string, MethodExample>>;
