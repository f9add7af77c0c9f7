/**
 * The chain of the host: the node that runs this program as a plugin (docs/managed.md).
 *
 * `HostSource` sends the questions `chain.tip`, `chain.blocks`, `chain.task` and `chain.miner` over the plugin channel.
 * `readHostEvent` parses the events that the host pushes.
 *
 * In: answers and events of the host. Every shape is checked by zod; a wrong one throws `chain_answer`.
 * Out: typed blocks, tips, tasks, miners and `HostEvent`s for `HostChain`.
 *
 * Bounds: `BLOCKS_PER_CALL` blocks in an answer, `REGISTERED_MAX` registrations in a block, `HOSTS_MAX` hosts in an
 * event. The channel bounds the number of open questions and of events.
 *
 * Overload: this folder has no queue. The channel refuses a question with `peer_busy`, and the follower retries.
 */
export { type HostEvent, isHostEvent, readHostEvent, readTip } from "./host-shapes.js";
export { HostSource } from "./host-source.js";
