import { randomBytes } from "node:crypto";
import type { NodeControl } from "./api/control.js";
import { Engine } from "./engine/index.js";
import type { EngineEvent } from "./engine/events.js";
import { blake3Of } from "./kernel/index.js";
import { AuthorStores } from "./manager/author-stores.js";
import { Clock } from "./manager/clock.js";
import { addressStore } from "./manager/address-store.js";
import { EffectRunner } from "./manager/effect-runner.js";
import { EventHub } from "./manager/event-hub.js";
import { GossipInlet } from "./manager/gossip-inlet.js";
import { Intake } from "./manager/intake.js";
import { type Keyring, openKeyring } from "./manager/keyring.js";
import { NodeSigner } from "./manager/node-signer.js";
import { AGENT, type Log, type ManagerOptions } from "./manager/options.js";
import { ManagerControl } from "./manager/control.js";
import { Publisher } from "./manager/publisher.js";
import { restore } from "./manager/restore.js";
import { Serving } from "./manager/serving.js";
import { StartGate } from "./manager/start-gate.js";
import { StoreWriter, WRITER_PAUSE_BYTES } from "./manager/store-writer.js";
import { type Network, createNetwork } from "./network/index.js";
import { fromHex } from "./protocol/bytes.js";
import { NetworkError } from "./protocol/errors.js";
import { hashBytes } from "./protocol/records.js";
import { scanContext } from "./protocol/table.js";
import { readOrCreateLibp2pKey } from "./manager/libp2p-key.js";

/** Longest wait for what is under way when the node stops: the program promises to end within 5 s. */
const STOP_MS = 3000;

type State = "new" | "starting" | "running" | "stopping" | "stopped";

/**
 * AINetworkSyncManager of the specification: owns one engine and its adapters. It is started once and stopped once;
 * between the two it keeps this node agreed with its peers and answers through {@link AINetworkSyncManager.control}.
 */
export class AINetworkSyncManager {
  readonly #options: ManagerOptions;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #hub = new EventHub();
  readonly #salts = new Map<string, string>();
  #state: State = "new";
  #parts: Parts | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#log = options.log ?? (() => undefined);
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /** The node as local programs see it; `stopped` while it does not run. */
  get control(): NodeControl {
    if (this.#parts === undefined) throw new NetworkError("stopped", "the node is not running");
    return this.#parts.control;
  }

  /** Own libp2p addresses. */
  get multiaddrs(): readonly string[] {
    return this.#parts?.network.addresses() ?? [];
  }

  /**
   * Opens keys, reads the set back from the disk, finishes own records that a crash interrupted, and joins the network.
   * On an error everything that was opened is closed again.
   */
  async start(): Promise<void> {
    if (this.#state !== "new") throw new NetworkError("stopped", "a manager is started once");
    this.#state = "starting";
    const undo: (() => Promise<void> | void)[] = [];
    try {
      this.#parts = await this.#assemble(undo);
      this.#state = "running";
      await this.#parts.finishOwn();
      this.#parts.clock.start();
    } catch (error) {
      this.#parts = undefined;
      this.#state = "stopped";
      for (const step of undo.reverse()) await step();
      throw error;
    }
  }

  /** Leaves the network, lets what is under way reach the disk, closes everything it opened. Idempotent. */
  async stop(): Promise<void> {
    const parts = this.#parts;
    if (this.#state !== "running" || parts === undefined) return;
    this.#state = "stopping";
    parts.clock.stop();
    parts.unsubscribe();
    parts.intake.stop();
    await parts.network.stop();
    parts.publisher.stop();
    await within(STOP_MS, parts.serving.stop());
    await parts.authors.close();
    await within(STOP_MS, parts.writer.stop());
    this.#hub.stop();
    this.#salts.clear();
    this.#parts = undefined;
    this.#state = "stopped";
  }

  async #assemble(undo: (() => Promise<void> | void)[]): Promise<Parts> {
    const { identity, store, chain, kernel: loaded } = this.#options;
    const { kernel } = loaded;
    const blake3 = blake3Of(kernel);
    const nowSeconds = Math.floor(this.#nowMs() / 1000);
    const keyring = await openKeyring(this.#options.keysPath, kernel, identity, nowSeconds);
    const authors = await AuthorStores.open(keyring, identity.rules, nowSeconds);
    undo.push(() => authors.close());
    const engine = this.#makeEngine(keyring);
    const sequence = await restore(engine, store, this.#nowMs());
    this.#hub.resumeAt(sequence);

    const step = (event: EngineEvent): void => this.#step(event);
    const failed = (what: string, error: unknown): void => this.#failed(what, error);
    const writer = new StoreWriter(store, (failing) => {
      this.#log(failing ? "error" : "info", failing ? "the disk refuses writes" : "the disk takes writes again");
      step({ kind: failing ? "disk_full" : "disk_ready" });
    });
    undo.push(() => writer.stop());
    const intake = new Intake({
      kernel,
      context: scanContext(identity),
      step,
      paused: () => writer.pendingBytes > WRITER_PAUSE_BYTES || writer.failing,
      failed: (error) => failed("kernel", error),
      resumed: (wake) => void writer.drained().then(wake, () => undefined),
    });
    const signer = new NodeSigner({
      kernel,
      identity,
      node: keyring.node,
      author: (key) => authors.byKey(key)?.signer,
      salt: (peer) => this.#salts.get(peer),
      nowMs: this.#nowMs,
    });
    const inlet = new GossipInlet({ intake, step, nowMs: this.#nowMs, count: this.#count, network: () => this.#parts?.network });
    const gate = new StartGate();
    const network = await createNetwork({
      identity,
      blake3,
      libp2pKey: await readOrCreateLibp2pKey(this.#options.libp2pKeyPath),
      listen: this.#options.listen,
      bootstrap: this.#options.bootstrap,
      ...(this.#options.maxConnections === undefined ? {} : { maxConnections: this.#options.maxConnections }),
      signer: keyring.node,
      verify: (publicKey, message, signature) => signer.verify(publicKey, message, signature),
      rest: () => this.#rest(engine),
      topics: engine.topics(),
      addressStore: addressStore(store, writer, (error) => failed("address_book", error)),
      handlers: {
        gossip: (message) => gate.pass(() => inlet.gossip(message)),
        frame: (peer, bytes) =>
          new Promise<void>((resolve, reject) => gate.pass(() => inlet.frame(peer, bytes).then(resolve, reject))),
        peerReady: (facts) =>
          gate.pass(() => {
            this.#salts.set(facts.peer, facts.salt);
            step({ kind: "peer_ready", facts });
          }),
        peerGone: (peer) =>
          gate.pass(() => {
            this.#salts.delete(peer);
            step({ kind: "peer_gone", peer });
          }),
        peerSubscribed: (peer) => gate.pass(() => step({ kind: "peer_subscribed", peer })),
        fault: (_peer, code) => this.#count("peer_faults", code, 1),
        log: this.#log,
      },
    });
    undo.push(() => network.stop());
    const serving = new Serving({ store, writer, network, rules: identity.rules, step, failed });
    const publisher = new Publisher({
      identity,
      blake3,
      intake,
      step,
      check: (author, payload) => engine.checkOwn({ author, payload }, this.#nowMs()),
      isMember: (id) => engine.member(id) !== undefined,
      nowMs: this.#nowMs,
    });
    const runner = new EffectRunner({
      network,
      intake,
      writer,
      serving,
      signer,
      step,
      ownResult: (result) => publisher.ownResult(result),
      notify: (event) => this.#hub.emit(event),
      count: this.#count,
      log: this.#log,
      failed,
    });
    const clock = new Clock({
      nowMs: this.#nowMs,
      nextDueMs: () => engine.nextDueMs(),
      tick: () => step({ kind: "tick" }),
    });
    const unsubscribe = chain.subscribe((event) => {
      if (event.kind === "facts") step({ kind: "chain", facts: event.facts });
    });
    undo.push(unsubscribe);
    const control = new ManagerControl({
      options: this.#options,
      keyring,
      authors,
      engine,
      network,
      intake,
      inlet,
      writer,
      serving,
      publisher,
      hub: this.#hub,
      step,
      nowMs: this.#nowMs,
      startedMs: this.#nowMs(),
      blake3,
    });
    const finishOwn = async (): Promise<void> => {
      step({ kind: "chain", facts: chain.facts() });
      gate.open();
      for (const { author, intent } of await authors.unfinished((id) => engine.member(id) !== undefined, identity, blake3)) {
        await publisher.finish(author, intent, false).catch((error: unknown) => failed("finish_own", error));
      }
    };
    return { engine, network, intake, writer, serving, publisher, runner, clock, control, authors, unsubscribe, finishOwn };
  }

  #makeEngine(keyring: Keyring): Engine {
    const { identity, kernel, taskTypes } = this.#options;
    return new Engine({
      identity,
      blake3: blake3Of(kernel.kernel),
      seed: randomBytes(32),
      nodeKey: keyring.nodeKey,
      authors: keyring.authors.map(({ key }) => key),
      taskTypes: taskTypes ?? [0, 1, 2, 3, 4, 5],
    });
  }

  #rest(engine: Engine) {
    const facts = this.#options.chain.facts();
    return {
      agent: AGENT,
      versionMin: 1,
      versionMax: 1,
      interests: engine.interests(),
      features: ["windows-plain"],
      registryTime: facts.registryTimeSeconds,
      registryDigest: fromHex(facts.registryDigest, 32) ?? hashBytes("00".repeat(32)),
      rosters: [],
      clockSeconds: BigInt(Math.floor(this.#nowMs() / 1000)),
      bodyLimit: this.#options.identity.rules.bodyLimit,
    };
  }

  readonly #count = (name: string, label: string, value: number): void => this.#options.count?.(name, label, value);

  /** One event through the engine; its effects are carried out before this returns, but for what waits for the disk. */
  #step(event: EngineEvent): void {
    const parts = this.#parts;
    if (parts === undefined || this.#state === "stopped") return;
    const effects = parts.engine.step(event, this.#nowMs());
    parts.runner.run(effects);
    parts.clock.touched();
  }

  #failed(what: string, error: unknown): void {
    const code = error instanceof NetworkError ? error.code : "unexpected";
    this.#count("failures", code, 1);
    const message = error instanceof Error ? error.message : String(error);
    this.#log(error instanceof NetworkError ? "debug" : "error", `${what}: ${message}`, { code });
  }
}

interface Parts {
  readonly engine: Engine;
  readonly network: Network;
  readonly intake: Intake;
  readonly writer: StoreWriter;
  readonly serving: Serving;
  readonly publisher: Publisher;
  readonly runner: EffectRunner;
  readonly clock: Clock;
  readonly control: ManagerControl;
  readonly authors: AuthorStores;
  readonly unsubscribe: () => void;
  readonly finishOwn: () => Promise<void>;
}

/** Waits for work, but not longer than this; what is left then ends with the process. */
async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, deadline]);
  clearTimeout(timer);
}
