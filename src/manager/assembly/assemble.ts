import type { NodeControl } from "../../api/index.js";
import type { Engine } from "../../engine/index.js";
import { type Undo, within } from "../../lifecycle/index.js";
import type { Network } from "../../network/index.js";
import type { Lost } from "../../storage/index.js";
import { CatchUpPace } from "../answers/index.js";
import { ChainWatch } from "../chain/index.js";
import { Clock } from "../clock.js";
import type { StartGate } from "../inbound/index.js";
import type { ManagerOptions } from "../options.js";
import type { EffectRunner } from "../outbound/index.js";
import { OwnResults, signingWatches } from "../publish/index.js";
import type { Shared } from "../shared.js";
import { buildAnswers } from "./build-answers.js";
import type { BuildBase } from "./build-base.js";
import { buildInbound, type InboundParts } from "./build-inbound.js";
import { buildNetwork, type NetworkParts } from "./build-network.js";
import { buildOutbound } from "./build-outbound.js";
import { buildPublishing } from "./build-publishing.js";
import { buildStorage, openKeys, type StorageParts } from "./build-storage.js";
import { lastEventWrite, startedWrite } from "./event-numbers.js";
import { faultWatches } from "./fault-watches.js";
import { NetworkLink } from "./network-link.js";

/**
 * Longest waits of a stop for work that is under way. The program ends within 5 s, of which its API may take 2 s. A
 * stop reaches these limits on a disk that refuses writes, or with a peer that does not read.
 */
const SERVING_STOP_MS = 300;
/** Longest wait for the network: its connections get 1 s to close. */
const NETWORK_STOP_MS = 1500;
/** Longest wait for pending writes; a disk that works needs some milliseconds. */
const WRITER_STOP_MS = 1000;

/** A running node: one engine and the adapters around it. */
export interface Parts {
  readonly engine: Engine;
  readonly network: Network;
  readonly runner: EffectRunner;
  readonly clock: Clock;
  readonly gate: StartGate;
  readonly control: NodeControl;
  /** Stores that the node has started. Call it before the first step of the engine: no event may come before it. */
  readonly noteStart: () => void;
  /** Begins to read the records that a start by checkpoints did not read. Call it when the engine takes events. */
  readonly startScrub: () => void;
  /** Signs and stores the records that a crash left between intent and record. */
  readonly finishOwn: () => Promise<void>;
}

/** Opens and connects all parts. Pushes their closing steps to `undo`, which runs them in reverse order. */
export async function assemble(options: ManagerOptions, shared: Shared, undo: Undo): Promise<Parts> {
  const { nowMs, step, failed } = shared;
  const base: BuildBase = { options, shared, results: new OwnResults(), link: new NetworkLink() };
  const keys = await openKeys(base);
  undo.push(() => keys.authors.close());
  const storage = await buildStorage(base, keys);
  const { engine, writer } = storage;
  const inbound = buildInbound(base, storage);
  undo.push(inbound.verifier.start());
  const { publisher, retry, firstExchange, finishOwn } = buildPublishing(base, storage, inbound);
  undo.push(firstExchange.start());
  undo.push(() => base.results.stop());
  const finishAgain = async (error: unknown): Promise<void> => {
    failed("finish_own", error);
    retry.unfinished();
  };
  undo.push(retry.start(() => finishOwn().catch(finishAgain)));
  undo.push(() => within(WRITER_STOP_MS, writer.stop()));
  undo.push(() => {
    const last = [...engine.lastWrites(), lastEventWrite(shared.hub.sequence)];
    writer.write(last, false).catch((error: unknown) => failed("persist", error));
  });
  undo.push(inbound.clocks.start());
  const net = await buildNetwork(base, storage, inbound);
  undo.push(() => within(NETWORK_STOP_MS, net.network.stop()));
  const { diskReader, runner } = buildOutbound(base, storage, inbound, net);
  undo.push(() => within(SERVING_STOP_MS, diskReader.stop()));
  undo.push(() => inbound.scanQueue.stop());
  watchFaults(base, storage, inbound, net);
  const lose = (lost: Lost): void => {
    step({ kind: "values_lost", ...lost });
    // Own records among the lost ones may be at no peer yet. They are made again from the signing logs.
    retry.unfinished();
  };
  options.store.losses.onLost(lose);
  const { scrub } = storage;
  undo.push(async () => scrub?.stop());
  const startScrub = (): void => scrub?.start(lose);
  undo.push(keys.disk.start(() => writer.synced()));
  const pace = new CatchUpPace();
  const clock = makeClock(base, engine, {
    doubted: () => options.chain.doubted(),
    looked: () => {
      firstExchange.look();
      pace.note(nowMs(), { records: engine.recordCount, bodies: engine.bodyCount });
    },
  });
  undo.push(() => clock.stop());
  const { faults, count, log } = shared;
  undo.push(new ChainWatch({ chain: options.chain, network: net.network, faults, step, count, log, nowMs }).start());
  const { chainAnswers, digests, control } = buildAnswers(base, storage, inbound, net, { publisher, diskReader, pace });
  undo.push(() => chainAnswers.stop());
  undo.push(() => digests.stop());
  const noteStart = (): void => {
    writer.write([startedWrite(shared.hub.sequence)], true).catch((error: unknown) => failed("persist", error));
  };
  return { engine, network: net.network, runner, clock, gate: inbound.gate, control, noteStart, finishOwn, startScrub };
}

/** Lets the fault board read the conditions of the parts. */
function watchFaults(
  { options, shared: { faults, nowMs } }: BuildBase,
  { engine, keyring, authors, writer }: StorageParts,
  { scanQueue, clocks }: InboundParts,
  { network }: NetworkParts,
): void {
  const { store, kernel, identity } = options;
  const clockAgrees = (): boolean => clocks.report().level === "ok";
  const watches = [
    ...faultWatches({ engine, network, scanQueue, kernel, store, writer, nodeKey: keyring.nodeKey }),
    ...signingWatches(authors, identity.rules.aheadSeconds, nowMs, clockAgrees),
  ];
  for (const watch of watches) faults.watch(watch);
}

/**
 * The clock of the engine's ticks, not started yet. `doubted`: peers count other registrations than this node.
 * `looked`: called after each tick.
 */
function makeClock(
  { shared: { nowMs, step, faults } }: BuildBase,
  engine: Engine,
  { doubted, looked }: { readonly doubted: () => void; readonly looked: () => void },
): Clock {
  return new Clock({
    nowMs,
    nextDueMs: () => engine.nextDueMs(),
    tick: () => {
      step({ kind: "tick" });
      faults.check();
      if (engine.registryFault() !== undefined) doubted();
      looked();
    },
  });
}
