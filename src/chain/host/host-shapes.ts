import { z } from "zod";
import { NetworkError } from "../../protocol/errors.js";
import type { ChainBlock, ChainMiner, ChainTask, ChainTip } from "../types.js";

/**
 * The most registrations in a block: its size bounds its transactions, and each registers one key (docs/managed.md,
 * Events).
 */
const REGISTERED_MAX = 16_384;
/** The most hosts in one `peers` event (docs/managed.md, Events). */
export const HOSTS_MAX = 64;

const count = z.int().nonnegative();
const hex32 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lowercase hex digits");
const u64Text = z
  .string()
  .regex(/^\d{1,20}$/, "expected a decimal string")
  .transform(BigInt);

const blockShape = z
  .object({
    topoheight: count,
    height: count,
    hash: hex32,
    timestamp_ms: count,
    registered: z.array(hex32).max(REGISTERED_MAX).optional(),
  })
  .transform(
    ({ topoheight, height, hash, timestamp_ms: timestampMs, registered }): ChainBlock =>
      registered === undefined || registered.length === 0
        ? { topoheight, height, hash, timestampMs }
        : { topoheight, height, hash, timestampMs, registered },
  );

const tipShape = z
  .object({
    topoheight: count,
    height: count,
    stable_height: count,
    stable_topoheight: count,
    hash: hex32,
    timestamp_ms: count,
    block_time_ms: count,
    first_topoheight: count.optional(),
  })
  .refine((tip) => (tip.first_topoheight ?? 0) <= tip.topoheight, "more is pruned than there are blocks")
  .transform(
    (tip): ChainTip => ({
      topoheight: tip.topoheight,
      height: tip.height,
      stableHeight: tip.stable_height,
      stableTopoheight: tip.stable_topoheight,
      hash: tip.hash,
      timestampSeconds: Math.floor(tip.timestamp_ms / 1000),
      blockTimeMs: tip.block_time_ms,
      ...(tip.first_topoheight !== undefined && { firstTopoheight: tip.first_topoheight }),
    }),
  );

const taskShape = z
  .object({
    publisher: hex32,
    status: z.enum(["Active", "Completed", "Cancelled", "Expired"]),
    published_at: count,
    reward_amount: u64Text,
    deadline_ms: u64Text,
  })
  .transform(
    (task): ChainTask => ({
      publisher: task.publisher,
      status: task.status,
      publishedAt: task.published_at,
      rewardAmount: task.reward_amount,
      deadlineMs: task.deadline_ms,
    }),
  )
  .nullable();

const minerShape = z
  .object({ key: hex32, registered_at: count, reputation: z.int().min(0).max(1000) })
  .transform(({ key, registered_at: registeredAt, reputation }): ChainMiner => ({ key, registeredAt, reputation }))
  .nullable();

const eventShapes = {
  block: z.object({ seq: count }).and(blockShape),
  rewound: z.object({ seq: count, topoheight: count, tip: tipShape }),
  tip: z.object({ seq: count, tip: tipShape }),
  peers: z.object({ seq: count, hosts: z.array(z.union([z.ipv4(), z.ipv6()])).max(HOSTS_MAX) }),
  lagged: z.object({ seq: count, missed: count }),
} as const;

export type HostEventName = keyof typeof eventShapes;

/** One event of the host; `seq` numbers the events from 1. */
export type HostEvent = { readonly seq: number } & (
  | { readonly kind: "block"; readonly block: ChainBlock }
  | { readonly kind: "rewound"; readonly topoheight: number; readonly tip: ChainTip }
  | { readonly kind: "tip"; readonly tip: ChainTip }
  | { readonly kind: "peers"; readonly hosts: readonly string[] }
  | { readonly kind: "lagged"; readonly missed: number }
);

function read<T extends z.ZodType>(shape: T, value: unknown, what: string): z.output<T> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "it" : issue.path.join(".");
  throw new NetworkError(
    "chain_answer",
    `${what}: ${where}: ${issue?.message ?? "a value is not valid"}`.slice(0, 300),
  );
}

/** Strict parsers of the host's answers. Throw `chain_answer` for any shape that docs/managed.md does not allow. */
export const readTip = (value: unknown): ChainTip => read(tipShape, value, "the host's tip");
export const readTask = (value: unknown): ChainTask | undefined =>
  read(taskShape, value, "the host's task") ?? undefined;
export const readMiner = (value: unknown): ChainMiner | undefined =>
  read(minerShape, value, "the host's miner") ?? undefined;

export function readBlocks(value: unknown, max: number): ChainBlock[] {
  return read(z.array(blockShape).max(max), value, "the host's blocks");
}

export function isHostEvent(name: string): name is HostEventName {
  return Object.hasOwn(eventShapes, name);
}

export function readHostEvent(kind: HostEventName, params: unknown): HostEvent {
  switch (kind) {
    case "block": {
      const { seq, ...block } = read(eventShapes.block, params, "the event block");
      return { kind, seq, block };
    }
    case "rewound":
      return { kind, ...read(eventShapes.rewound, params, "the event rewound") };
    case "tip":
      return { kind, ...read(eventShapes.tip, params, "the event tip") };
    case "peers":
      return { kind, ...read(eventShapes.peers, params, "the event peers") };
    case "lagged":
      return { kind, ...read(eventShapes.lagged, params, "the event lagged") };
  }
}
