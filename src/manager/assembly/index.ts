/**
 * Builds a running node out of {@link ManagerOptions} and what the manager shares with its parts. {@link assemble}
 * calls the builders in order: keys, storage, inbound, publishing, network, outbound, answers. Each builder takes the
 * values of the builders before it and returns its own parts; `NetworkLink` and `OwnResults` stand in for parts that
 * are built later.
 *
 * `assemble` pushes one closing step for each part that is open to an `Undo`. The steps run in reverse order, at a stop
 * and when a later builder fails: answers, chain, clock, scan queue, disk reads, network, last writes, writer, own
 * records, kernel, signing logs. A stop waits at most `SERVING_STOP_MS`, `NETWORK_STOP_MS` and `WRITER_STOP_MS` for the
 * parts that depend on a disk or a peer.
 */
export { assemble, type Parts } from "./assemble.js";
