export { SyncStreams } from "./sync-streams.js";
