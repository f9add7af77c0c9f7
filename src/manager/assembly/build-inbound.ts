import { scanContext } from "../../protocol/table.js";
import { ClockWatch, KernelWatch } from "../faults/index.js";
import { PeerInlet, ScanQueue, StartGate } from "../inbound/index.js";
import type { BuildBase } from "./build-base.js";
import type { StorageParts } from "./build-storage.js";

/** The way of bytes from peers to the engine. */
export interface InboundParts {
  readonly verifier: KernelWatch;
  readonly scanQueue: ScanQueue;
  readonly inlet: PeerInlet;
  readonly gate: StartGate;
  readonly clocks: ClockWatch;
}

export function buildInbound(
  { options, shared, results, link }: BuildBase,
  { writer, engine }: StorageParts,
): InboundParts {
  const { identity } = options;
  const { kernel } = options.kernel;
  const { faults, nowMs, log, count, observe, step, failed, kernelWorked, traces } = shared;
  const verifier = new KernelWatch(kernel, (seconds) => observe("verification", kernel.backend, seconds));
  const droppedFrame = (): void => count("frames_dropped", "peer_gone", 1);
  const scanQueue = new ScanQueue({
    kernel: {
      scan: (input, context) => kernel.scan(input, context),
      verify: (...batch) => verifier.verify(...batch),
    },
    context: scanContext(identity),
    step,
    isSuspect: (peer) => engine.isSuspect(peer),
    paused: () => writer.behind,
    traces,
    resumed: (wake) => void writer.room().then(wake),
    failed: (error) => failed("kernel", error),
    worked: kernelWorked,
    ended: droppedFrame,
    unscanned: (batch, source) => {
      if (source.kind === "gossip") link.verdict(source.messageId, source.peer, "ignore");
      else if (source.kind === "own") results.settle(batch, "kernel_failed");
    },
  });
  const inlet = new PeerInlet({ scanQueue, step, nowMs, count, network: link, diskRoom: () => writer.room() });
  const clocks = new ClockWatch({ nowMs, faults, log, count, aheadSeconds: identity.rules.aheadSeconds });
  return { verifier, scanQueue, inlet, gate: new StartGate(), clocks };
}
