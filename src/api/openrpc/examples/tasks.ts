import type { MethodExample } from "./example.js";
import { EXAMPLE_IDS } from "./ids.js";

/** The methods that read tasks and submissions. The answers are those of a node. */
export const TASKS_EXAMPLES = {
  ai_list_active_tasks: {
    params: {
      task_type: "CodeAnalysis",
      limit: 1,
    },
    result: {
      set: "whole",
      tasks: [
        {
          task_id: EXAMPLE_IDS.task,
          status: "InProgress",
          final: false,
          waits_for: "deadline",
          task_type: "CodeAnalysis",
          strand: "000000",
          published_at: 1796052620,
          publisher: EXAMPLE_IDS.author,
          deadline: 1796059820,
          reward_amount: "15000000000",
          difficulty_level: "Beginner",
          verification_type: {
            PeerReview: {
              required_reviewers: 1,
            },
          },
          max_participants: 5,
          quality_threshold: 70,
          content_hash: "1aa2950ce90e1d586c303a16bc3e48f7d5a236450ea8b348e086824bc95888a4",
          content_length: 80,
          chain_id: null,
          submissions: 1,
          records: 3,
        },
      ],
      next: EXAMPLE_IDS.task,
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
      published_at: 1796052620,
      publisher: EXAMPLE_IDS.author,
      deadline: 1796059820,
      reward_amount: "15000000000",
      difficulty_level: "Beginner",
      verification_type: {
        PeerReview: {
          required_reviewers: 1,
        },
      },
      max_participants: 5,
      quality_threshold: 70,
      content_hash: "1aa2950ce90e1d586c303a16bc3e48f7d5a236450ea8b348e086824bc95888a4",
      content_length: 80,
      chain_id: null,
      submissions: [
        {
          submission_id: EXAMPLE_IDS.submission,
          submitter: "a67b34ccbfc8fa47bd3feb3dd60b970c43b2ac6b978f1d09c56644d083947c34",
          submitted_at: 1796052620,
          accepted: true,
          content_hash: "65855d1c8b678f1c11b9d9e6be6b94832accc865dce0dc7f80e2570261547747",
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
          },
          validations: [
            {
              validation_id: EXAMPLE_IDS.validation,
              validator: "0a6a4c5ead404055fe7653d971f7bee2df9312d8549cb9b21b2b10c5732af33b",
              score: 85,
              weight: 1,
              validated_at: 1796052620,
            },
          ],
          validations_total: 1,
        },
      ],
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
      submission_id: EXAMPLE_IDS.submission,
      submitter: "a67b34ccbfc8fa47bd3feb3dd60b970c43b2ac6b978f1d09c56644d083947c34",
      submitted_at: 1796052620,
      accepted: true,
      content_hash: "65855d1c8b678f1c11b9d9e6be6b94832accc865dce0dc7f80e2570261547747",
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
      },
      validations: [
        {
          validation_id: EXAMPLE_IDS.validation,
          validator: "0a6a4c5ead404055fe7653d971f7bee2df9312d8549cb9b21b2b10c5732af33b",
          score: 85,
          weight: 1,
          validated_at: 1796052620,
        },
      ],
      validations_total: 1,
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
} as const satisfies Readonly<Record<string, MethodExample>>;
