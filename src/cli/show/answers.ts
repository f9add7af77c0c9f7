import { z } from "zod";
import { UnreachableError } from "../exit-codes.js";

/** The fields of the node's answers (docs/api.md) that the commands print. */

const counts = z.record(z.string(), z.number());

export const dialShape = z.object({
  kind: z.string(),
  address: z.string(),
  peer_id: z.string().nullable(),
  state: z.string(),
  attempts: z.number(),
  reason: z.string().nullable(),
  last_tried: z.number().nullable(),
  next_try: z.number().nullable(),
});

export const reachShape = z.object({
  state: z.string(),
  loopback_only: z.boolean(),
  advertised: z.array(z.string()),
  announced: z.array(z.object({ address: z.string(), advertised: z.array(z.string()), reason: z.string().nullable() })),
  observed: z.array(z.object({ host: z.string(), groups: z.number() })),
  bootstrap: z.array(dialShape),
});

export const infoShape = z.object({
  version: z.string(),
  network: z.string(),
  network_name: z.string().nullable(),
  genesis: z.string(),
  rules: z.string(),
  node_key: z.string(),
  node_address: z.string(),
  peer_id: z.string(),
  multiaddrs: z.array(z.string()),
  reach: reachShape,
  kernel: z.object({ backend: z.string(), reason: z.string().nullable() }),
  storage: z.string(),
  authors: z.array(
    z.object({
      name: z.string(),
      key: z.string(),
      address: z.string(),
      left_today: z.object({ tasks: z.number(), submissions: z.number(), validations: z.number() }),
      stopped: z.object({ reason: z.string(), text: z.string() }).nullable(),
    }),
  ),
  peers: z.number(),
  tasks: counts,
  records: z.number(),
  sync: z.object({
    in_sync: z.boolean(),
    set: z.string(),
    catching_up: z
      .object({
        records: z.number(),
        target_records: z.number(),
        records_per_second: z.number(),
        bodies: z.number(),
        target_bodies: z.number(),
        bodies_per_second: z.number(),
        seconds_left: z.number().nullable(),
      })
      .nullable(),
    bodies: z.object({ held: z.number(), missing: z.number(), unavailable: z.number(), withheld: z.number() }),
    strands: z.array(
      z.object({ strand: z.string(), in_sync: z.boolean(), peers: z.number(), equal_peers: z.number() }),
    ),
    pending_tasks: z.number(),
  }),
  clock: z.object({
    state: z.string(),
    offset_seconds: z.number().nullable(),
    samples: z.number(),
    warning: z.string().nullable(),
  }),
  registry: z.object({ kind: z.string(), digest: z.string(), time: z.string() }),
  chain: z.object({
    mode: z.string(),
    topoheight: z.number().nullable(),
    stable_height: z.number().nullable(),
    trouble: z.object({ reason: z.string(), detail: z.string() }).nullable(),
  }),
  uptime_seconds: z.number(),
  event_sequence: z.number(),
  health: z.object({
    status: z.string(),
    faults: z.array(
      z.object({
        component: z.string(),
        code: z.string(),
        status: z.string(),
        text: z.string(),
        cure: z.string().optional(),
        since: z.number(),
      }),
    ),
  }),
});

export const digestShape = z.object({ at: z.number(), digest: z.string() });

export const peersShape = z.object({
  peers: z.array(
    z.object({
      peer_id: z.string(),
      address: z.string(),
      multiaddr: z.string().nullable(),
      direction: z.string(),
      agent: z.string(),
      connected_at: z.number(),
      registry: z.enum(["equal", "later", "earlier", "differs"]),
      score: z.number(),
      reliability: z.number(),
      responsiveness: z.number(),
      data_quality: z.number(),
      interactions: z.number(),
      last_change: z.object({ reason: z.string(), at: z.number() }).nullable(),
      latency_ms: z.number().nullable(),
      streams: z.object({ sync: z.string(), gossip: z.string() }),
      dropped: z.record(z.string(), z.number()),
      features: z.array(z.string()),
    }),
  ),
  dials: z.array(dialShape),
});

const taskShape = z.object({
  task_id: z.string(),
  status: z.string(),
  final: z.boolean(),
  waits_for: z.string().nullable(),
  task_type: z.string().nullable(),
  published_at: z.number(),
  publisher: z.string().nullable(),
  deadline: z.number().optional(),
  reward_amount: z.string().optional(),
  submissions: z.number(),
});
export type ListedTask = z.infer<typeof taskShape>;

export const taskPageShape = z.object({ set: z.string(), tasks: z.array(taskShape), next: z.string().nullable() });

const verdictShape = z.object({
  reached: z.boolean(),
  validators: z.number(),
  mean: z.number().nullable(),
  confidence: z.number(),
});

export const submissionShape = z.object({
  submission_id: z.string(),
  submitter: z.string(),
  submitted_at: z.number(),
  content_held: z.boolean(),
  verdict: verdictShape,
  validations: z.array(
    z.object({ validation_id: z.string(), validator: z.string(), score: z.number(), validated_at: z.number() }),
  ),
});
export type ShownSubmission = z.infer<typeof submissionShape>;

export const taskDetailsShape = taskShape.extend({
  set: z.string(),
  difficulty_level: z.string().nullish(),
  verification_type: z.unknown().optional(),
  max_participants: z.number().optional(),
  quality_threshold: z.number().optional(),
  task_data: z
    .object({
      task_type: z.unknown(),
      description: z.string(),
      data: z.string().optional(),
      data_base64: z.string().optional(),
    })
    .nullable(),
  submissions: z.array(submissionShape),
  uncounted_submissions: z
    .array(z.object({ submission_id: z.string(), submitter: z.string(), reason: z.string() }))
    .nullable(),
  excluded_authors: z.array(z.object({ author: z.string(), reason: z.string(), proof: z.array(z.string()) })),
  alerts: z.array(z.object({ kind: z.number(), equivocator: z.string(), signer: z.string() })),
  chain: z.object({ confirmed: z.boolean(), status: z.string(), published_at: z.number() }).optional(),
});

export const submissionDetailsShape = submissionShape.extend({
  task_id: z.string(),
  content: z.object({ answer: z.string().optional(), answer_base64: z.string().optional() }).nullable(),
});

export const publishedShape = z.object({
  task_id: z.string(),
  record: z.object({ id: z.string(), author: z.string() }),
  deadline: z.number().optional(),
  duplicate: z.boolean(),
  warning: z.string().optional(),
});

/** Parses an answer; throws if it does not have the shape of this version. */
export function readAnswer<T extends z.ZodType>(shape: T, answer: unknown): z.output<T> {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new UnreachableError("the node's answer is of another version: use the tos-ai-sync that started the node");
}
