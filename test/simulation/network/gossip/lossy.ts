import type { SimStream } from "../sim-stream.js";
import type { Rpc } from "./rpc.js";

/** Sends a frame with the faults of the link: lost, twice, or late so that others overtake it. */
export function sendLossy(stream: SimStream, rpc: Rpc): void {
  const { net, out } = stream.connection;
  const { loss, duplicates, reorder } = out.settings;
  const { random, counts } = net;
  if (loss > 0 && random.chance(loss)) {
    counts.gossipLost++;
    return;
  }
  if (duplicates > 0 && random.chance(duplicates)) {
    counts.gossipTwice++;
    stream.send(rpc);
  }
  const isLate = reorder > 0 && random.chance(reorder);
  if (isLate) counts.gossipReordered++;
  stream.send(rpc, !isLate);
}
