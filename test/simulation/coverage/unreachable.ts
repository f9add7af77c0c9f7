import type { ReasonCode } from "../../../src/protocol/errors.js";

const NO_API = "a request over HTTP or WebSocket is refused with it; the simulator calls the node's control";
const NO_DIRECTORY = "the opening of a data directory makes it; the simulator gives the manager an open store";

/** Reason codes that no seed can reach, each with the reason. `--coverage` reports an entry that was reached. */
export const UNREACHABLE: Readonly<Partial<Record<ReasonCode, string>>> = {
  invalid_json: NO_API,
  unauthorized: NO_API,
  storage_foreign: NO_DIRECTORY,
  storage_newer: "a newer version of the program wrote the file; the simulator has one version",
  engine_missing: "the binary of the database can't be loaded; the simulator's database is its own",
  key_exposed: "another user of the machine may read the file; all simulated files belong to the node",
  address_in_use: "another program listens at the address; each simulated node has its own",
  address_unavailable: "the machine lacks the address; each simulated node has its own",
};
