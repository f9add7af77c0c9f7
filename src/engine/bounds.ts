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
    reason:
      "each takes memory in the index and the fold; membership and the horizon bound the set, this cap the process",
    drop: "refuse",
  },
  open_records: {
    cap: 8192,
    reason: "the records of the tasks used last are objects, about 8 MiB; above the cap tasks are packed, none is lost",
    drop: "oldest",
  },
  batches: {
    cap: 128,
    reason: "the scan queue verifies 8 batches at once, and alerts and retries make the others",
    drop: "newest",
  },
  envelopes_in_flight: {
    cap: 16_384,
    reason: "128 batches of 64 bundles rarely hold more; beyond the cap an envelope may be verified twice",
    drop: "newest",
  },
  early_records: {
    cap: 1024,
    reason: "records dated up to 600 s ahead have at most 4.3 KiB each, together under 5 MiB; authors share the cap",
    drop: "oldest",
  },
  own_bundle_records: {
    cap: 4096,
    reason: "64 full bundles are more than a node publishes or forwards within 5 ms",
    drop: "newest",
  },
  seen_bundles: {
    cap: 4096,
    reason: "this is the size of the specification's message cache; the cache has own bundles, by hash",
    drop: "oldest",
  },
  peers: { cap: 512, reason: "it is eight times the default number of connections", drop: "newest" },
  suspects: {
    cap: 2048,
    reason: "four times the peers: a recent bad signature is remembered over a reconnect",
    drop: "oldest",
  },
  refused_ids: {
    cap: 8192,
    reason: "the ids that one peer offers and this node refuses take 1 MiB for each peer",
    drop: "oldest",
  },
  request_ids: { cap: 512, reason: "a peer has few requests open, and each id opens one request only", drop: "oldest" },
  ended_requests: {
    cap: 4096,
    reason: "a late frame of one of the last 4,096 ended exchanges is no fault of the peer",
    drop: "oldest",
  },
  requests_served: {
    cap: 1024,
    reason: "each of 512 peers may have one request for a task and one for a body open",
    drop: "newest",
  },
  window_exchanges: {
    cap: 64,
    reason: "each exchange may remember 20,000 ids in 3 MB; half of the exchanges are for those that this node opens",
    drop: "newest",
  },
  listed_ids: {
    cap: 1_000_000,
    reason: "a listing must have every member, or peers never find the others; ids are read while they are sent",
    drop: "oldest",
  },
  wanted_ids: {
    cap: 20_000,
    reason: "one window exchange requests as many records; the next exchange requests the others",
    drop: "oldest",
  },
  pending_tasks: {
    cap: 4096,
    reason: "records may name tasks that this node does not hold yet; authors share the cap",
    drop: "oldest",
  },
  missing_bodies: {
    cap: 1_000_000,
    reason: "every member may announce a body; an entry takes about 250 bytes",
    drop: "refuse",
  },
  body_refusers: {
    cap: 2048,
    reason: "four times the peers: a peer that lacked requested bodies is remembered over a reconnect",
    drop: "oldest",
  },
  bundles_served: {
    cap: 1024,
    reason: "a request for many bodies takes up to 10 KiB until it is answered; one peer may have 8 open",
    drop: "newest",
  },
  body_news: {
    cap: 2048,
    reason: "each peer is told of as many bodies that this node waits for, about 200 bytes each",
    drop: "newest",
  },
  bodies_in_flight: {
    cap: 8192,
    reason: "eight peers with 1,024 small bodies each; an entry takes about 100 bytes, and bytes have their own cap",
    drop: "newest",
  },
  body_bytes_in_flight: { cap: 8_388_608, reason: "these are the bytes of 8 bodies of 1 MiB", drop: "newest" },
  own_bodies: {
    cap: 1024,
    reason: "a body of an own record waits here between its intent and its record, by hash",
    drop: "oldest",
  },
  held_bodies: {
    cap: 1_000_000,
    reason: "every member may have a body on the disk; an entry takes about 200 bytes",
    drop: "refuse",
  },
  given_up: { cap: 1024, reason: "the API shows the last abandoned waits with their reasons", drop: "oldest" },
  votes: {
    cap: 16_384,
    reason: "256 voters with two votes for each step fill it with a few dozen open submissions; voters share the cap",
    drop: "oldest",
  },
  own_polls: {
    cap: 4096,
    reason: "each own member in an open vote takes some KiB with its list; the next submissions wait for certificates",
    drop: "newest",
  },
  verdict_lists: {
    cap: 1024,
    reason: "a list has at most 9.2 KiB, together 9 MiB: the lists of votes under way, for members that ask",
    drop: "oldest",
  },
  wanted_lists: { cap: 256, reason: "votes under way that need the list of another member", drop: "oldest" },
  alerts: {
    cap: 1024,
    reason: "the evidence of an alert has at most 10 KiB, together 10 MiB; equivocators share the cap, 16 alerts each",
    drop: "oldest",
  },
  alerts_in_check: {
    cap: 256,
    reason: "an alert waits with two envelopes for one verification, a certificate with at most 256: few wait at once",
    drop: "newest",
  },
  alerts_due: {
    cap: 256,
    reason: "at 12 own alerts a minute these are 21 minutes of equivocations that wait for their alert",
    drop: "newest",
  },
  reported_scores: { cap: 512, reason: "each of 512 connected peers has one newest update", drop: "oldest" },
  scored_peers: {
    cap: 1000,
    reason: "anyone can make node keys without cost, so the peer with the oldest interaction is forgotten first",
    drop: "oldest",
  },
  task_loads: { cap: 256, reason: "the disk gets requests for at most as many old tasks at once", drop: "newest" },
  task_summaries: {
    cap: 100_000,
    reason: "each task in memory has one; finished tasks above 20,000 leave the memory, open ones may exceed that",
    drop: "oldest",
  },
  first_held: {
    cap: 100_000,
    reason: "the check before an own validation needs the time when its submission was first held",
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
