import type { FaultSink, NodeControl, NodeCount } from "../api/index.js";
import type { EngineEvent } from "../engine/index.js";
import { Undo, within } from "../lifecycle/index.js";
import { NetworkError } from "../protocol/errors.js";
import { assemble, type Parts } from "./assembly/index.js";
import { FailureLog, FaultBoard } from "./faults/index.js";
import type { Log } from "./log.js";
import { type ManagerOptions, VERSION } from "./options.js";
import { EventHub } from "./outbound/index.js";
import type { Shared } from "./shared.js";
import { MessageTraces } from "./tracing/index.js";

/**
 * Longest wait of a start for unfinished own records. After it the start continues. On a disk that refuses writes the
 * records may take longer.
 */
const FINISH_OWN_MS = 10_000;

/**
 * AINetworkSyncManager of the specification: owns one engine and its adapters. It starts once and stops once. While it
 * runs it synchronizes with the peers, and local programs use {@link AINetworkSyncManager.control}.
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
  /** Set from the end of the assembly to the beginning of the stop. */
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

  /** The interface for local programs; throws `stopped` while the node does not run. */
  get control(): NodeControl {
    if (this.#parts === undefined) throw new NetworkError("stopped", "the node is not running");
    return this.#parts.control;
  }

  /** Takes faults of the program around the node: its API, its log. */
  get faults(): FaultSink {
    return this.#faults;
  }

  /** Own libp2p addresses. */
  get multiaddrs(): readonly string[] {
    return this.#parts?.network.addresses() ?? [];
  }

  /**
   * Opens keys, restores the set from the disk, joins the network and finishes own records that a crash interrupted. On
   * an error it closes everything that it opened. A second call throws `stopped`.
   */
  async start(): Promise<void> {
    if (this.#started !== undefined || this.#stopped !== undefined) {
      throw new NetworkError("stopped", "a manager is started once");
    }
    this.#started = this.#start();
    await this.#started;
  }

  /**
   * Leaves the network, waits for writes under way and closes everything that the start opened. Idempotent; waits for a
   * start under way.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<void> {
    try {
      const parts = await assemble(this.#options, this.#shared(), this.#opened);
      this.#parts = parts;
      parts.noteStart();
      this.#step({ kind: "chain", facts: this.#options.chain.facts() });
      parts.gate.open();
      parts.startScrub();
      await within(FINISH_OWN_MS, parts.finishOwn());
      parts.clock.start();
      const ended = this.#options.started?.(parts.control);
      if (ended !== undefined) this.#opened.push(async () => ended());
    } catch (error) {
      this.#parts = undefined;
      await this.#opened.fail(error);
    }
  }

  async #stop(): Promise<void> {
    // The caller of `start` got the error of a failed start.
    await this.#started?.catch(() => undefined);
    this.#parts = undefined;
    await this.#opened.run();
    this.#hub.stop();
  }

  #traces(): MessageTraces | undefined {
    const { tracing: api } = this.#options;
    const failed = (error: unknown): void => this.#failures.failed("tracing", error);
    return api === undefined ? undefined : new MessageTraces({ api, version: VERSION, failed });
  }

  #shared(): Shared {
    return {
      hub: this.#hub,
      faults: this.#faults,
      nowMs: this.#nowMs,
      log: this.#log,
      count: this.#count,
      engineCount: (name, label, value) => this.#options.count?.(name, label, value),
      observe: (name, label, seconds) => this.#options.observe?.(name, label, seconds),
      step: (event) => this.#step(event),
      failed: (what, error) => this.#failures.failed(what, error),
      kernelWorked: () => this.#failures.kernelWorked(),
      traces: this.#traces(),
    };
  }

  /** Gives the engine one event and carries out its effects; those that wait for the disk run later. */
  #step(event: EngineEvent): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    parts.runner.run(parts.engine.step(event, this.#nowMs()));
    parts.clock.touched();
  }

  readonly #count: NodeCount = (name, label, value) => this.#options.count?.(name, label, value);
}
