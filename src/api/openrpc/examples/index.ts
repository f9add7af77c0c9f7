/**
 * A request, an answer and an error of every method, as a node answers them.
 *
 * In: nothing. Out: constants. A test sends each request to a node with a peer and compares the answers: errors by
 * their numbers, texts and members, answers by their members.
 */
import { COUNTS_EXAMPLES } from "./counts.js";
import { INFO_EXAMPLES } from "./info.js";
import { PEERS_EXAMPLES } from "./peers.js";
import { PUBLISHING_EXAMPLES } from "./publishing.js";
import { SUBSCRIBING_EXAMPLES } from "./subscribing.js";
import { TASKS_EXAMPLES } from "./tasks.js";

export type { MethodExample } from "./example.js";
export { EXAMPLE_IDS } from "./ids.js";

export const EXAMPLES = {
  ...INFO_EXAMPLES,
  ...PEERS_EXAMPLES,
  ...TASKS_EXAMPLES,
  ...COUNTS_EXAMPLES,
  ...PUBLISHING_EXAMPLES,
  ...SUBSCRIBING_EXAMPLES,
};
