/**
 * Between the chain and the node. {@link ChainWatch} subscribes to the chain's events: facts go to the engine,
 * addresses of machines go to the network as hints, troubles become faults. {@link ChainAnswers} asks the chain about a
 * task or a miner for the answers of this node.
 *
 * In: `BlockchainInterface.subscribe`, `task`, `miner`. Out: the engine event `chain`, `Network.hosts`, faults of the
 * component `chain`.
 *
 * Bounds: `CHAIN_ANSWER_MS` is the longest wait of one answer, `CHAIN_CALL_MS` the longest call. `ANSWERS_MAX` answers
 * are kept for `GOOD_FOR_MS`, `QUESTIONS_MAX` calls are under way, each for tasks and for miners.
 *
 * Overload: with a slow or absent chain, or too many calls, an answer has the last known value or none. The node never
 * waits for the chain: it works with the facts that it has and reports the trouble.
 */
export { ChainAnswers } from "./chain-answers.js";
export { ChainWatch } from "./chain-watch.js";
