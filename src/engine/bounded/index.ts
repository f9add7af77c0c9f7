/**
 * Generic containers with a cap, and two queues. None of them depends on records or peers.
 *
 * In and out: `BoundedMap` drops its oldest entry when it is full. `SharedRoom` shares one cap among owners: when it is
 * full, the owner with the most keys loses its oldest. `TurnQueue` gives each owner one item in turn. `DueHeap` gives
 * the item with the earliest due time. `Backoff` computes waits that double.
 *
 * Bounds: the caller passes each cap; the caps of the engine are in `BOUNDS`. `TurnQueue` and `DueHeap` have no cap:
 * they order items that their caller counts.
 *
 * Under overload: `BoundedMap.set` and `SharedRoom.take` return what they dropped or that they refused. The caller
 * counts it. `SharedRoom` refuses a key of the owner with the most keys, so one peer or author cannot evict the entries
 * of all others.
 */
export { Backoff } from "./backoff.js";
export { BoundedMap } from "./bounded-map.js";
export { type Due, DueHeap } from "./due-heap.js";
export { SharedRoom } from "./shared-room.js";
export { type Line, type Queued, TurnQueue } from "./turn-queue.js";
