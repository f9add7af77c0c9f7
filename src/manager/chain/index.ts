export { ChainAnswers } from "./chain-answers.js";
export { ChainWatch } from "./chain-watch.js";
