export { RequestBook } from "./request-book.js";
export { type BodyRight, Serving } from "./serving.js";
export {
  type ActiveRequest,
  GIVE_UP_MS,
  type GivenUp,
  PEERS_PER_ATTEMPT,
  RETRY_MS,
  SOON,
  SOON_ROUNDS_MAX,
} from "./sync-state.js";
export { failureOf, TaskExchange } from "./task-exchange.js";
