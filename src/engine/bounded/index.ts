export { Backoff } from "./backoff.js";
export { BoundedMap } from "./bounded-map.js";
export { type Due, DueHeap } from "./due-heap.js";
export { SharedRoom } from "./shared-room.js";
export { type Line, type Queued, TurnQueue } from "./turn-queue.js";
