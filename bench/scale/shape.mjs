// The records that are measured.
import { DEFAULT_RULES } from "../../dist/protocol/rules.js";

/** Midnight of some day. */
export const START_SECONDS = 20_500 * 86_400;
export const IDENTITY = {
  network: 3,
  genesis: new Uint8Array(32).fill(9),
  rules: DEFAULT_RULES,
  rulesDigest: new Uint8Array(32),
};
/** Everyone may author. */
export const FACTS = {
  registry: { kind: "everyone" },
  registryDigest: "00".repeat(32),
  registryTimeSeconds: 2n ** 64n - 1n,
  rosters: [],
};
export const BUNDLE_RECORDS = 64;
/** Of each task. */
export const SUBMISSIONS = 3;
/** Of each submission. */
export const VALIDATIONS = 5;
/** All tasks are of one type, so that each bundle is of one topic. */
export const TASK_TYPE = 0;
