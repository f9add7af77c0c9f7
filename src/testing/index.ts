/**
 * The testing kit, exported as `tos-ai-sync/testing`: a fake TOS daemon for tests of programs and of this one.
 *
 * It implements the JSON-RPC of the daemon as recorded (docs/testing-kit.md). On request it makes blocks,
 * reorganisations, faults and restarts. It is not part of a node.
 */

export type { AiState, FakeAnswer, FakeMiner, FakeTask } from "./ai-state.js";
export type { BlockTimer } from "./block-timer.js";
export { UNKNOWN_METHOD } from "./call-handler.js";
export type { Execute } from "./chain-transactions.js";
export { type Json, JsonFloat, type JsonObject, readJson, writeJson } from "./daemon-json.js";
export type { FakeDaemonOptions, NetworkName, Reorganisation, RestartChanges } from "./daemon-options.js";
export { type DaemonTimers, RECORDED_TIMERS } from "./daemon-timers.js";
export type { FakeBlock } from "./fake-block.js";
export { type ChainEventBody, type EventGroups, FakeChain, type FakeChainOptions } from "./fake-chain.js";
export { FakeDaemon } from "./fake-daemon.js";
export type { FakeDaemonChain } from "./fake-daemon-chain.js";
export type { FakePeer, PeerDescription } from "./fake-peers.js";
export type { AiAction, FakeTransaction, Whereabouts } from "./fake-transactions.js";
export type { DaemonProfile } from "./methods.js";
export type { PeerSet, PeerSetPorts } from "./peer-set.js";
export { type AnswerHook, NO_QUIRKS, type Override, type Quirks, STRAY_ID, wrongAnswers } from "./quirks.js";
export type { RequestId } from "./rpc-envelope.js";
export type { Misbehaving } from "./rpc-fault.js";
export type { Seeded } from "./seeded.js";
export { closeCode, eventOf, readTranscript, type TranscriptLine } from "./transcript.js";
export { type ReplayOptions, TranscriptReplay } from "./transcript-replay.js";
export type { SessionHandlers, WsSession } from "./ws-session.js";
