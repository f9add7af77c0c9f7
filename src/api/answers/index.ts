/**
 * The answers of the methods as JSON: snake_case, lowercase hex, unix seconds, u64 amounts as decimal strings.
 *
 * In: values of `NodeControl`. Out: `Answer` objects. The functions are pure.
 *
 * Bounds: an answer shows at most MAX_SHOWN_VALIDATIONS validations and MAX_SHOWN_UNCOUNTED submissions that do not
 * count.
 */
export type { Answer } from "./answer.js";
export {
  infoAnswer,
  publishedAnswer,
  stateDigestAnswer,
  submissionAnswer,
  taskDetailsAnswer,
  taskPageAnswer,
} from "./answers.js";
export { rewardsAnswer } from "./rewards-answer.js";
export { alertAnswer, certificatesAnswer, minerAnswer, openVotesAnswer } from "./set-answers.js";
