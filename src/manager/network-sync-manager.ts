import type { FaultSink, NodeControl, NodeCount } from "../api/index.js";
import type { EngineEvent } from "../engine/index.js";
import { Undo, within } from "../lifecycle/index.js";
import { NetworkError } from "../protocol/errors.js";
import { assemble, type Parts } from "./assembly/index.js";
import { FailureLog, FaultBoard } from "./faults/index.js";
import type { Log } from "./log.js";
import type { ManagerOptions } from "./options.js";
import { EventHub } from "./outbound/index.js";
import type { Shared } from "./shared.js";

/** Longest that a start waits for own records that a crash interrupted; on a disk that refuses they go on beside it. */
const FINISH_OWN_MS = 10_000;

/**
 * AINetworkSyncManager of the specification: owns one engine and its adapters. It is started once and stopped once;
 * between the two it keeps this node agreed with its peers and answers through {@link AINetworkSyncManager.control}.
 */
export class AINetworkSyncManager {
  readonly #options: ManagerOptions;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #hub = new EventHub();
  readonly #faults: FaultBoard;
  readonly #failures: FailureLog;
  readonly #opened = new Undo();
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  /** While it runs: from the end of its assembly to the beginning of its stop. */
  #parts: Parts | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#log = options.log ?? (() => undefined);
    this.#nowMs = options.nowMs ?? Date.now;
    this.#faults = new FaultBoard({ nowMs: this.#nowMs, log: this.#log, count: this.#count });
    this.#failures = new FailureLog({
      nowMs: this.#nowMs,
      log: this.#log,
      count: this.#count,
      raise: (report) => this.#faults.raise(report),
    });
    for (const watch of options.watches ?? []) this.#faults.watch(watch);
    const { logLosses } = options;
    if (logLosses === undefined) return;
    logLosses.onLost((loss, lines) => this.#count("log_lines_lost", loss, lines));
    this.#faults.watch({ component: "log", code: "lines_lost", active: () => logLosses.active() });
  }

  /** The node as local programs see it; throws `stopped` while it does not run. */
  get control(): NodeControl {
    if (this.#parts === undefined) throw new NetworkError("stopped", "the node is not running");
    return this.#parts.control;
  }

  /** Where what serves this node (its API, its log) reports faults of its own. */
  get faults(): FaultSink {
    return this.#faults;
  }

  /** Own libp2p addresses. */
  get multiaddrs(): readonly string[] {
    return this.#parts?.network.addresses() ?? [];
  }

  /**
   * Opens keys, reads the set back from the disk, finishes own records that a crash interrupted, and joins the network.
   * On an error everything that was opened is closed again. Once only.
   */
  async start(): Promise<void> {
    if (this.#started !== undefined || this.#stopped !== undefined) {
      throw new NetworkError("stopped", "a manager is started once");
    }
    this.#started = this.#start();
    await this.#started;
  }

  /**
   * Leaves the network, lets what is under way reach the disk, closes everything it opened. Idempotent; a start under way
   * is waited for.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<void> {
    try {
      const parts = await assemble(this.#options, this.#shared(), this.#opened);
      this.#parts = parts;
      this.#step({ kind: "chain", facts: this.#options.chain.facts() });
      parts.gate.open();
      await within(FINISH_OWN_MS, parts.finishOwn());
      parts.clock.start();
    } catch (error) {
      this.#parts = undefined;
      await this.#opened.fail(error);
    }
  }

  async #stop(): Promise<void> {
    // Why a start failed its caller has heard.
    await this.#started?.catch(() => undefined);
    this.#parts = undefined;
    await this.#opened.run();
    this.#hub.stop();
  }

  #shared(): Shared {
    return {
      hub: this.#hub,
      faults: this.#faults,
      nowMs: this.#nowMs,
      log: this.#log,
      count: this.#count,
      engineCount: (name, label, value) => this.#options.count?.(name, label, value),
      step: (event) => this.#step(event),
      failed: (what, error) => this.#failures.failed(what, error),
      kernelWorked: () => this.#failures.kernelWorked(),
    };
  }

  /** One event through the engine; its effects are carried out before this returns, but for what waits for the disk. */
  #step(event: EngineEvent): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    parts.runner.run(parts.engine.step(event, this.#nowMs()));
    parts.clock.touched();
  }

  readonly #count: NodeCount = (name, label, value) => this.#options.count?.(name, label, value);
}
