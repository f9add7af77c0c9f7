import { z } from "zod";
import { DIFFICULTIES, TASK_STATUSES, TASK_TYPES } from "../../protocol/enumerations.js";
import { RECORD_KINDS } from "../../protocol/id-prefix.js";
import { count, hex32, seconds, setState, share, u64Text } from "./values.js";

const record = z.object({
  id: hex32,
  author: hex32,
  timestamp: seconds,
  number: count.describe("number of the record among those of its author, type, strand and UTC day"),
  strand: z.string(),
});

/** The publishing methods. */
export const publishedShape = z.object({
  task_id: hex32,
  record: record.describe("its `id` is the id of the submission or validation"),
  deadline: seconds.optional().describe("of a task: the last moment for submissions, unix seconds"),
  duplicate: z.boolean().describe("an earlier call with the same idempotency key published the record"),
  warning: z
    .string()
    .optional()
    .describe("peers may not accept the record, because this machine's clock differs from theirs"),
});

const verification = z.union([
  z.enum(["Automatic", "Hybrid"]),
  z.object({ PeerReview: z.object({ required_reviewers: count }) }),
  z.object({ ExpertReview: z.object({ expert_count: count }) }),
]);

const task = z.object({
  task_id: hex32,
  status: z.enum(TASK_STATUSES),
  final: z.boolean().describe("true only by certificates"),
  waits_for: z
    .enum(["announcement", "submissions", "deadline", "validations", "window_end", "certificates"])
    .nullable()
    .describe("condition for the next status"),
  task_type: z.enum(TASK_TYPES).nullable(),
  strand: z.string(),
  published_at: seconds,
  publisher: hex32.nullable(),
  deadline: seconds.optional(),
  reward_amount: u64Text.optional().describe("nanoTOS"),
  difficulty_level: z.enum(DIFFICULTIES).nullable().optional(),
  verification_type: verification.nullable().optional(),
  max_participants: count.optional(),
  quality_threshold: count.optional(),
  content_hash: hex32.optional(),
  content_length: count.optional(),
  chain_id: hex32.nullable().optional(),
  submissions: count.describe("accepted submissions"),
  records: count.describe("held records of the task"),
});

/** `ai_list_active_tasks`. */
export const taskPageShape = z.object({
  set: setState,
  tasks: z.array(task),
  next: hex32.nullable().describe("`after` of the next page; null at the end"),
});

const verdict = z.object({
  reached: z.boolean(),
  validators: count,
  sum: count,
  sum_of_squares: count,
  weight_sum: count,
  weighted_sum: count,
  mean: z.number().nullable().describe("for display"),
  confidence: share.describe("for display"),
  blocked_by: z
    .object({
      validation_id: hex32,
      validator: hex32,
      score: count,
      validators_needed: count
        .nullable()
        .describe("more scores like the others that reach the verdict; null above 256"),
    })
    .nullable()
    .describe("the one validation without which the scores would agree; for display"),
});

const submission = z.object({
  submission_id: hex32,
  submitter: hex32,
  submitted_at: seconds,
  accepted: z.literal(true),
  content_hash: hex32,
  content_length: count,
  content_held: z.boolean(),
  verdict,
  validations: z
    .array(
      z.object({
        validation_id: hex32,
        validator: hex32,
        score: count,
        weight: count,
        validated_at: seconds,
      }),
    )
    .describe("at most 1,000"),
  validations_total: count,
});

const uncounted = z.object({
  submission_id: hex32,
  submitter: hex32,
  submitted_at: seconds,
  accepted: z.literal(false),
  reason: z.string(),
});

const certified = z.object({
  submission_id: hex32,
  certificate_id: hex32,
  value: hex32,
  reached: z.boolean(),
  validators: count,
  sum: count,
  sum_of_squares: count,
});

const alert = z.object({
  kind: count.describe("1 slot, 2 subject, 3 vote, 4 broken lock"),
  equivocator: hex32,
  proof: z.array(hex32).describe("the two records or votes that contradict each other"),
  task_ids: z.array(hex32),
  signer: hex32,
  signed_at: seconds,
});

/** `ai_get_fraud_alerts`. */
export const alertsShape = z.object({ alerts: z.array(alert) });

const taskData = z.object({
  task_type: z.record(z.string(), z.unknown()).describe("as in ai_publish_task"),
  description: z.string(),
  data: z.string().optional().describe("where the bytes are UTF-8"),
  data_base64: z.string().optional().describe("where they are not"),
  gas_fee: u64Text,
  stake_required: u64Text,
});

const taskOnChain = z.object({
  confirmed: z.boolean().describe("false: the chain names another publisher than the record"),
  publisher: z.string(),
  status: z.enum(["Active", "Completed", "Cancelled", "Expired"]),
  published_at: count.describe("a height"),
  reward_amount: u64Text,
  deadline_ms: u64Text,
});

/** `ai_get_task_details`. */
export const taskDetailsShape = task.extend({
  set: setState,
  task_data: taskData.nullable().describe("null while the node does not hold it"),
  submissions: z.array(submission).describe("submissions that count"),
  uncounted_submissions: z
    .array(uncounted)
    .nullable()
    .describe("submissions that do not count, at most 1,000; null for a task that was over for an hour"),
  uncounted_total: count.nullable(),
  excluded_validations: z
    .array(
      z.object({ validation_id: hex32, submission_id: hex32, validator: hex32, score: count, validated_at: seconds }),
    )
    .nullable()
    .describe("validations of excluded authors, at most 1,000; null for a task that was over for an hour"),
  certified: z.array(certified).describe("final verdicts, each proved by a certificate"),
  contested: z.array(hex32).describe("submissions with certificates of different value: none is final"),
  excluded_authors: z.array(z.object({ author: hex32, reason: z.string(), proof: z.array(hex32) })),
  alerts: z.array(alert),
  chain: taskOnChain.optional().describe("the chain's own values of a task that has a chain_id"),
});

const proof = z.object({
  work_duration: u64Text,
  resource_usage: z.object({
    cpu_time: u64Text,
    memory_peak: u64Text,
    io_operations: u64Text,
    network_requests: count,
  }),
  process_steps: z.array(hex32),
  randomness_proof: hex32.nullable(),
});

/** `ai_get_submission`. */
export const submissionShape = submission.extend({
  task_id: hex32,
  content: z
    .object({
      answer: z.string().optional().describe("where the bytes are UTF-8"),
      answer_base64: z.string().optional().describe("where they are not"),
      stake_amount: u64Text,
      gas_fee: u64Text,
      computation_proof: proof.nullable(),
    })
    .nullable()
    .describe("null where the node does not hold it: before the deadline most nodes do not"),
  validation_contents: z
    .record(
      z.string(),
      z.object({
        method: z.string(),
        reasoning: z.string(),
        criteria: z.record(z.string(), count),
        evidence: z.string().describe("base64"),
        confidence: count.describe("basis points"),
        stake_amount: u64Text,
      }),
    )
    .describe("held bodies of validations by their ids, at most 16"),
});

/** `ai_get_certificates`. */
export const certificatesShape = z.object({
  task_id: hex32,
  contested: z.boolean().describe("there are certificates of different values: none of them is final"),
  certificates: z
    .array(
      z.object({
        certificate_id: hex32,
        value: hex32.describe("hash of the list that the members signed"),
        round: count.nullable().describe("round of the votes"),
        votes: z
          .array(z.object({ member: count.describe("place of the voter in the roster of the task"), at: seconds }))
          .describe("commit votes that make the quorum"),
        certificate: z
          .string()
          .regex(/^[0-9a-f]+$/)
          .describe("for verify-certificate, hex"),
      }),
    )
    .describe("empty while the submission is not certified"),
});

/** `ai_get_votes`. */
export const votesShape = z.object({
  task_id: hex32,
  ballots: z
    .array(
      z.object({
        roster: hex32.describe("digest of the roster that the votes name"),
        quorum: count.nullable().describe("weight that makes a certificate; null while the roster is unknown here"),
        weight: count.nullable().describe("weight of all who may vote"),
        votes: z
          .array(
            z.object({
              vote_id: hex32,
              voter: hex32,
              round: count,
              step: z.enum(["prepare", "commit"]),
              value: hex32.describe("hash of the list of validations that the voter counts"),
              weight: count.nullable(),
              voted_at: seconds,
            }),
          )
          .describe("ascending by round, step and voter; two of one voter in one step prove that it voted twice"),
      }),
    )
    .describe("one for each roster; empty before the first vote and after the certificate"),
});

/** `ai_resolve_id`. */
export const resolvedShape = z.object({ id: hex32, kind: z.enum(RECORD_KINDS), task_id: hex32 });

/** `ai_get_miner_stats`. */
export const minerShape = z.object({
  miner: hex32,
  tasks_published: count,
  submissions: count,
  submissions_counted: count,
  submissions_reached: count,
  submissions_scored: count,
  mean_score: z.number().nullable().describe("mean of the weighted means, for display"),
  validations: count,
  validations_counted: count,
  validations_unknown: count.describe("of tasks no longer in memory"),
  tasks_excluded: count,
  first_seen: seconds.nullable(),
  last_seen: seconds.nullable(),
  chain: z
    .object({ registered_at: count.describe("a height"), reputation: count.describe("0 to 1000") })
    .optional()
    .describe("the chain's entry of the author"),
});

/** `ai_get_state_digest`. */
export const digestShape = z.object({
  at: seconds,
  digest: hex32,
  registry_digest: hex32,
  registry_time: u64Text,
  strands: count,
  tasks: count,
  records: count,
});

/** `ai_sync_task`. */
export const syncRequestedShape = z.object({
  task_id: hex32,
  requested: z.literal(true).describe("the records come as events"),
});
