/** The cap of one structure of the engine, the reason for it, and what happens above it. */
export interface Bound {
  readonly cap: number;
  readonly reason: string;
  /** Which entry is dropped when the structure is full. */
  readonly drop: "newest" | "oldest" | "refuse";
}

/**
 * Every structure of the engine that grows with the input of peers. `Engine.sizes` reports a size under each name, and
 * a test fills each structure.
 */
export const BOUNDS = {
  members: {
    cap: 1_000_000,
    reason: "about 700 bytes of index each; membership and the horizon bound the set, this bounds the process",
    drop: "refuse",
  },
  batches: { cap: 128, reason: "the adapter verifies 8 at once; the rest are alerts and retries", drop: "newest" },
  envelopes_in_flight: {
    cap: 16_384,
    reason: "128 batches of 64 bundles rarely hold more at once; beyond it an envelope may be verified twice",
    drop: "newest",
  },
  early_records: {
    cap: 1024,
    reason: "records dated up to 600 s ahead, at most 4.3 KiB each: under 5 MiB; shared by authors",
    drop: "oldest",
  },
  own_bundle_records: { cap: 4096, reason: "64 full bundles: what a node sends on within 5 ms", drop: "newest" },
  seen_bundles: { cap: 4096, reason: "the specification's message cache: own bundles, by hash", drop: "oldest" },
  peers: { cap: 512, reason: "more connections than the transport allows", drop: "newest" },
  suspects: { cap: 2048, reason: "peers with a recent bad signature, kept over a reconnect", drop: "oldest" },
  refused_ids: { cap: 8192, reason: "ids one peer offers and this node refuses; 1 MiB a peer", drop: "oldest" },
  request_ids: { cap: 512, reason: "ids one peer has opened: each opens once", drop: "oldest" },
  ended_requests: { cap: 4096, reason: "ended exchanges, so that a late frame is no fault", drop: "oldest" },
  requests_served: { cap: 1024, reason: "one for a task and one for a body a peer, 512 peers", drop: "newest" },
  window_exchanges: {
    cap: 64,
    reason: "each may remember 20,000 ids, 3 MB; half are for those we open",
    drop: "newest",
  },
  listed_ids: {
    cap: 1_000_000,
    reason: "every member, or a record left out of a listing is never found; read while it is sent, not held",
    drop: "oldest",
  },
  wanted_ids: {
    cap: 20_000,
    reason: "records asked for in one window exchange; the rest come next time",
    drop: "oldest",
  },
  pending_tasks: {
    cap: 4096,
    reason: "tasks named by records before they are held; shared by authors",
    drop: "oldest",
  },
  missing_bodies: {
    cap: 1_000_000,
    reason: "every member may announce one; about 250 bytes each; as many as members, so that each is tracked",
    drop: "refuse",
  },
  body_refusers: {
    cap: 2048,
    reason: "peers that lacked requested bodies, kept over a reconnect",
    drop: "oldest",
  },
  bodies_in_flight: { cap: 8, reason: "8 bodies of 1 MiB are 8 MiB of buffers", drop: "newest" },
  body_bytes_in_flight: { cap: 8_388_608, reason: "the bytes of the above", drop: "newest" },
  own_bodies: { cap: 1024, reason: "bodies of own records between intent and record, by hash", drop: "oldest" },
  held_bodies: {
    cap: 1_000_000,
    reason: "which bodies are on disk, about 200 bytes each; as many as members",
    drop: "refuse",
  },
  given_up: { cap: 1024, reason: "waits that were given up and their reasons, for the API", drop: "oldest" },
  votes: {
    cap: 16_384,
    reason: "two per voter and step, 256 voters, for a few dozen open submissions; shared by voters",
    drop: "oldest",
  },
  alerts: { cap: 1024, reason: "evidence is 10 KiB at most: 10 MiB; shared by equivocators, 16 each", drop: "oldest" },
  alerts_in_check: { cap: 256, reason: "alerts whose two envelopes are in verification", drop: "newest" },
  alerts_due: {
    cap: 256,
    reason: "equivocations seen and not yet said: an hour of them at the rate at which alerts are made would be 720",
    drop: "newest",
  },
  reported_scores: { cap: 512, reason: "the newest update of each connected peer", drop: "oldest" },
  scored_peers: {
    cap: 1000,
    reason: "node keys are free: the peer with the oldest interaction goes first",
    drop: "oldest",
  },
  task_loads: { cap: 256, reason: "old tasks asked of the disk at once", drop: "newest" },
  task_summaries: { cap: 100_000, reason: "the last emitted summary of each task in memory", drop: "oldest" },
  first_held: {
    cap: 100_000,
    reason: "when submissions were first held, for the check before validating",
    drop: "oldest",
  },
} as const satisfies Readonly<Record<string, Bound>>;

export type BoundName = keyof typeof BOUNDS;
export type Limits = Readonly<Record<BoundName, number>>;
/** Sizes by the names of {@link BOUNDS}; those kept per peer or exchange are the greatest of them. */
export type Sizes = Readonly<Record<BoundName, number>>;

/** The caps, with overrides for tests and small machines. */
export function limitsOf(overrides: Partial<Limits> = {}): Limits {
  const caps = Object.fromEntries(Object.entries(BOUNDS).map(([name, bound]) => [name, bound.cap]));
  return { ...caps, ...overrides } as Limits;
}
