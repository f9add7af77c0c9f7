import { randomBytes } from "node:crypto";
import type { NodeControl } from "../api/index.js";
import { Engine, isRegistered } from "../engine/index.js";
import { blake3Of } from "../kernel/index.js";
import { createNetwork, type Network } from "../network/index.js";
import { NetworkError } from "../protocol/errors.js";
import { scanContext } from "../protocol/table.js";
import { addressStore } from "./address-store.js";
import { DigestQueue, ManagerControl } from "./answers/index.js";
import { batchVerdicts } from "./batch-verdicts.js";
import { ChainAnswers, ChainWatch } from "./chain/index.js";
import { Clock } from "./clock.js";
import { faultWatches } from "./fault-watches.js";
import { ClockWatch, DiskHealth, KernelWatch, writtenPaths } from "./faults/index.js";
import { GossipInlet, Intake, StartGate } from "./inbound/index.js";
import { networkHandlers, ownRest } from "./network-ports.js";
import type { ManagerOptions } from "./options.js";
import { EffectRunner, NodeSigner, OwnMessages, Serving, StoreWriter, WRITER_PAUSE_BYTES } from "./outbound/index.js";
import {
  AuthorStores,
  OwnRetry,
  openKeyring,
  Publisher,
  ReportedSigners,
  readOrCreateLibp2pKey,
  signingWatches,
} from "./publish/index.js";
import { restore, tellRestored } from "./restore.js";
import type { Shared } from "./shared.js";
import type { Undo } from "./undo.js";
import { within } from "./within.js";

/**
 * Longest waits when the node stops, for what is under way: the program promises to end within 5 s, of which its API may
 * take two. On a disk that refuses writes, or a peer that does not read, they run out.
 */
const SERVING_STOP_MS = 300;
const NETWORK_STOP_MS = 1500;
const WRITER_STOP_MS = 1000;

/** A node that stands: one engine and the adapters around it. */
export interface Parts {
  readonly engine: Engine;
  readonly network: Network;
  readonly runner: EffectRunner;
  readonly clock: Clock;
  readonly gate: StartGate;
  readonly control: NodeControl;
  /** Signs and stores what a crash left between intent and record. */
  readonly finishOwn: () => Promise<void>;
}

/** Opens and connects everything. How to close it again, in which order, it leaves in `undo`. */
export async function assemble(options: ManagerOptions, shared: Shared, undo: Undo): Promise<Parts> {
  const { identity, store, chain } = options;
  const { kernel } = options.kernel;
  const { hub, faults, nowMs, log, count, engineCount, step, failed, kernelWorked } = shared;
  const blake3 = blake3Of(kernel);
  const nowSeconds = Math.floor(nowMs() / 1000);
  const opened = await openKeyring(options.keysPath, kernel, identity, nowSeconds, options.hostKeys);
  const keyring = new ReportedSigners(faults).keyring(opened);
  const disk = new DiskHealth({ paths: writtenPaths(options.keysPath), faults });
  const authors = await AuthorStores.open(keyring, identity, nowSeconds, (author, refusal) => {
    if (refusal !== undefined) count("failures", refusal.code, 1);
    disk.signing(author, refusal);
  });
  undo.push(() => authors.close());
  const engine = new Engine({
    identity,
    blake3,
    seed: randomBytes(32),
    nodeKey: keyring.nodeKey,
    authors: keyring.authors.map(({ key }) => key),
    startMs: nowMs(),
    ...(options.taskTypes === undefined ? {} : { taskTypes: options.taskTypes }),
    ...batchVerdicts(kernel),
  });
  const restored = await restore({
    engine,
    store,
    blake3,
    genesis: identity.genesis,
    facts: chain.facts(),
    nowMs: nowMs(),
    members: (records) => authors.learn(records, nowSeconds),
    log,
  });
  hub.resumeAt(restored.sequence);
  tellRestored(log, restored);

  const diskState = (refusal: NetworkError | undefined): void => {
    disk.database(refusal);
    step({ kind: refusal === undefined ? "disk_ready" : "disk_full" });
    publisher.diskRefuses(refusal !== undefined);
  };
  const writer = new StoreWriter(store, diskState, ({ code }) => count("failures", code, 1));
  const diskBehind = (): boolean => writer.failing || writer.pendingBytes > WRITER_PAUSE_BYTES;
  const diskRoom = (): Promise<void> => (diskBehind() ? writer.drained().catch(() => undefined) : Promise.resolve());
  const verifier = new KernelWatch(kernel);
  undo.push(verifier.start());
  const intake = new Intake({
    kernel: {
      scan: (input, context) => kernel.scan(input, context),
      verify: (...batch) => verifier.verify(...batch),
    },
    context: scanContext(identity),
    step,
    paused: diskBehind,
    resumed: (wake) => void diskRoom().then(wake),
    failed: (error) => failed("kernel", error),
    worked: kernelWorked,
    unscanned: (batch, source) => {
      if (source.kind === "gossip") live?.verdict(source.messageId, source.peer, "ignore");
      else if (source.kind === "own") publisher.ownResult({ batch, code: "kernel_failed" });
    },
  });
  const publisher = new Publisher({
    identity,
    blake3,
    intake,
    step,
    check: (author, payload) => {
      if (isRegistered(chain.facts().registry, author, Math.floor(nowMs() / 1000))) {
        return engine.checkOwn({ author, payload }, nowMs());
      }
      chain.asked(author);
      return "unknown_author";
    },
    isMember: (id) => engine.entry(id) !== undefined,
    hasBody: (hash) => store.hasBody(hash),
    synced: () => writer.synced(),
    unsigned: () => retry.unsigned(),
    twin: () => (live?.peers().some(({ state }) => state === "ready") ? undefined : live?.reach.twin),
    nowMs,
  });
  const retry = new OwnRetry(() => finishOwn().catch((error: unknown) => failed("finish_own", error)));
  undo.push(() => publisher.stop());
  undo.push(() => retry.stop());
  undo.push(() => within(WRITER_STOP_MS, writer.stop()));
  undo.push(() => {
    writer.write(engine.lastWrites(), false).catch((error: unknown) => failed("persist", error));
  });
  const salts = new Map<string, string>();
  const signer = new NodeSigner({
    kernel: verifier,
    identity,
    node: keyring.node,
    author: (key) => authors.byKey(key)?.signer,
    salt: (peer) => salts.get(peer),
    nowMs,
  });
  const gate = new StartGate();
  const clocks = new ClockWatch({ nowMs, faults, log, count, aheadSeconds: identity.rules.aheadSeconds });
  undo.push(clocks.start());
  let live: Network | undefined;
  const inlet = new GossipInlet({ intake, step, nowMs, count, network: () => live, diskRoom });
  const network = await createNetwork({
    identity,
    blake3,
    ...(await readOrCreateLibp2pKey(options.libp2pKeyPath)),
    listen: options.listen,
    bootstrap: options.bootstrap,
    ...(options.announce === undefined ? {} : { announce: options.announce }),
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
    signer: keyring.node,
    verify: (publicKey, message, signature) => signer.verify(publicKey, message, signature),
    rest: () => ownRest(options, engine, nowMs()),
    topics: engine.topics(),
    addressStore: addressStore(store, writer, (error) => failed("address_book", error)),
    handlers: networkHandlers(shared, gate, inlet, salts, clocks),
  });
  live = network;
  undo.push(() => within(NETWORK_STOP_MS, network.stop()));

  const serving = new Serving({ store, writer, network, rules: identity.rules, step, failed });
  undo.push(() => within(SERVING_STOP_MS, serving.stop()));
  undo.push(() => intake.stop());
  const runner = new EffectRunner({
    network,
    intake,
    writer,
    serving,
    signer,
    own: new OwnMessages({ store, writer, signer, intake, network, count, failed }),
    step,
    members: (records) => {
      authors.learn(records, Math.floor(nowMs() / 1000)).catch((error: unknown) => failed("learn", error));
    },
    ownResult: (result) => publisher.ownResult(result),
    notify: (event) => hub.emit(event),
    unknownAuthor: (author) => chain.asked(author),
    peerClock: (peer, clockSeconds) => clocks.heard(peer, clockSeconds),
    ownEquivocation: (author, proof) => {
      authors
        .stop(author, "key_equivocated", proof, Math.floor(nowMs() / 1000))
        .catch((error: unknown) => failed("stop_key", error));
    },
    count,
    engineCount,
    log,
    failed,
  });
  store.losses.onLost((lost) => step({ kind: "values_lost", ...lost }));
  for (const watch of faultWatches({
    engine,
    network,
    intake,
    kernel: options.kernel,
    store,
    nodeKey: keyring.nodeKey,
  }))
    faults.watch(watch);
  for (const watch of signingWatches(authors, identity.rules.aheadSeconds, nowMs, () => clocks.report().level === "ok"))
    faults.watch(watch);
  const tick = (): void => {
    step({ kind: "tick" });
    faults.check();
  };
  undo.push(disk.start(() => writer.synced()));
  const clock = new Clock({ nowMs, nextDueMs: () => engine.nextDueMs(), tick });
  undo.push(() => clock.stop());
  undo.push(new ChainWatch({ chain, network, faults, step, count, log, nowMs }).start());
  const chainAnswers = new ChainAnswers(chain, nowMs);
  undo.push(() => chainAnswers.stop());
  const digests = new DigestQueue({ engine, elapsedMs: () => performance.now() });
  undo.push(() => digests.stop());
  const control = new ManagerControl({
    digests,
    options,
    keyring,
    authors,
    engine,
    network,
    intake,
    inlet,
    writer,
    serving,
    publisher,
    verifier,
    hub,
    faults,
    failed,
    count,
    chain: chainAnswers,
    clocks,
    step,
    nowMs,
    startedMs: nowMs(),
    blake3,
  });
  const finishOwn = async (): Promise<void> => {
    const unfinished = await authors.unfinished((id) => engine.entry(id) !== undefined, identity, blake3);
    const unable = new Set<string>();
    for (const { author, intent } of unfinished) {
      if (unable.has(author.key)) continue;
      await publisher.finish(author, intent, false).catch((error: unknown) => {
        // Whoever keeps the key does not sign now: the others of this author would only wait for the same.
        if (error instanceof NetworkError && error.kind === "peer_connection") unable.add(author.key);
        const reason = error instanceof Error ? error.message : String(error);
        log("warn", "a record that was begun is not published yet", { author: author.key, reason });
      });
    }
  };
  return { engine, network, runner, clock, gate, control, finishOwn };
}
