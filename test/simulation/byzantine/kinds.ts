/** The behaviours of byzantine peers. A peer has a random subset of them, and each works beside the others. */
export const BEHAVIOURS = [
  /** Sends records with false signatures: of keys of others, of its own, and damaged copies of good records. */
  "forge",
  /** Sends records of another network, of another genesis, of another task and on another topic. */
  "replay",
  /** Signs two records in one slot and shows one to each half of the network. */
  "equivocate_slot",
  /** Signs two answers to one task, or two reviews of one answer, and shows one to each half. */
  "equivocate_subject",
  /** Neither lists, serves nor forwards the records of some authors, and serves no body. */
  "withhold",
  /** Shows its own valid records to one half of the network only. */
  "reveal_half",
  /** Sends listings, frames and gossip of one peer to others as its own, and back. */
  "echo",
  /** Lists ids of records that it lacks. */
  "claim",
  /** Answers late. */
  "slow",
  /** Answers with a part and ends there, also within a frame. */
  "halfway",
  /** Sends records, bodies, ids and responses that nobody asked for. */
  "unasked",
  /** Uses the quotas of several keys in bursts, with early records, unknown tasks, votes and alerts. */
  "flood_quota",
  /** Sends records over the quota, and more bytes and control entries than a node takes. */
  "flood_over",
  /** Opens requests of every kind without a pause. */
  "flood_requests",
  /** Asks for much, and reads nothing. */
  "stop_reading",
  /** Sends bytes that are no frame, no bundle and no envelope. */
  "garbage",
  /** Runs more peers with the same behaviours behind its address. */
  "identities",
  /** Signs envelopes and bundles that break one rule: layout, payload, time, slot, size, body. */
  "misfit",
  /** Connects as a node of another network, or with a hello that can't be read. */
  "stranger",
  /** Votes for two values in one step, one to each half, and in rounds that nobody has reached. */
  "vote",
] as const;
export type BehaviourKind = (typeof BEHAVIOURS)[number];
/** Kinds that joined later are drawn last, so that the other draws of earlier seeds stay the same. */
export const JOINED_LATER: readonly BehaviourKind[] = ["misfit", "stranger", "vote"];
