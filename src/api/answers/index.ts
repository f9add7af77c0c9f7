export type { Answer } from "./answer.js";
export {
  infoAnswer,
  publishedAnswer,
  stateDigestAnswer,
  submissionAnswer,
  taskDetailsAnswer,
  taskPageAnswer,
} from "./answers.js";
export { alertAnswer, minerAnswer } from "./set-answers.js";
