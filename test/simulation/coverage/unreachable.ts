import type { ReasonCode } from "../../../src/protocol/errors.js";

const NO_API = "a request over HTTP or WebSocket is refused with it; the simulator calls the node's control";
const NO_MISTAKE = "a caller's mistake; the simulator's users name their own keys and make drafts of allowed sizes";
const OTHERS_ROLES = "the simulator's users cancel own tasks and validate submissions of others only";
const NO_DIRECTORY = "the opening of a data directory makes it; the simulator gives the manager an open store";

/** Reason codes that no seed can reach, each with the reason. `--coverage` reports an entry that was reached. */
export const UNREACHABLE: Readonly<Partial<Record<ReasonCode, string>>> = {
  invalid_json: NO_API,
  unauthorized: NO_API,
  ambiguous_id: "a caller gives the first digits of an id; the simulator's users give whole ids",
  payload_too_large: NO_MISTAKE,
  unknown_key: NO_MISTAKE,
  not_publisher: OTHERS_ROLES,
  own_submission: OTHERS_ROLES,
  author_excluded: "an honest author is excluded only where its key signs elsewhere, and then the key is stopped",
  validation_over: "a validation more than a day after the deadline; runs take minutes",
  first_held_late: "a submission that comes 20 minutes after its deadline; runs take minutes",
  type_not_held: "all simulated nodes hold all task types",
  not_allowed: "a call of a daemon's method outside of the list; the simulator has no daemon",
  slot_used: "reserved: the signing log gives each number once, so nothing makes it",
  store_missing: "a key was imported today without its signing log; the simulator's users import no keys",
  wrong_protocol_version:
    "a peer of another version of hello; all peers of the simulator have the transport of this one",
  storage_locked: "a second process opens the same data directory; the simulator runs one life of a node at a time",
  storage_foreign: NO_DIRECTORY,
  storage_newer: "a newer version of the program wrote the file; the simulator has one version",
  engine_missing: "the binary of the database can't be loaded; the simulator's database is its own",
  key_exposed: "another user of the machine may read the file; all simulated files belong to the node",
  address_in_use: "another program listens at the address; each simulated node has its own",
  address_unavailable: "the machine lacks the address; each simulated node has its own",
};
