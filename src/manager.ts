import type { NodeControl } from "./api/control.js";
import type { EngineEvent } from "./engine/events.js";
import { assemble, type Parts } from "./manager/assemble.js";
import { EventHub } from "./manager/event-hub.js";
import type { Log, ManagerOptions } from "./manager/options.js";
import { Undo } from "./manager/undo.js";
import { NetworkError } from "./protocol/errors.js";

/** Longest wait for what is under way when the node stops: the program promises to end within 5 s. */
const STOP_MS = 1500;

/**
 * AINetworkSyncManager of the specification: owns one engine and its adapters. It is started once and stopped once;
 * between the two it keeps this node agreed with its peers and answers through {@link AINetworkSyncManager.control}.
 */
export class AINetworkSyncManager {
  readonly #options: ManagerOptions;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #hub = new EventHub();
  #state: "new" | "starting" | "running" | "stopped" = "new";
  #parts: Parts | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#log = options.log ?? (() => undefined);
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /** The node as local programs see it; throws `stopped` while it does not run. */
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
    const undo = new Undo();
    try {
      const parts = await assemble(this.#options, this.#shared(), undo);
      this.#parts = parts;
      this.#state = "running";
      this.#step({ kind: "chain", facts: this.#options.chain.facts() });
      parts.gate.open();
      await parts.finishOwn();
      parts.clock.start();
    } catch (error) {
      this.#parts = undefined;
      this.#state = "stopped";
      await undo.run();
      throw error;
    }
  }

  /** Leaves the network, lets what is under way reach the disk, closes everything it opened. Idempotent. */
  async stop(): Promise<void> {
    const parts = this.#parts;
    if (this.#state !== "running" || parts === undefined) return;
    this.#state = "stopped";
    parts.clock.stop();
    parts.unsubscribe();
    parts.intake.stop();
    await parts.network.stop();
    parts.publisher.stop();
    await within(STOP_MS, parts.serving.stop());
    await parts.authors.close();
    await within(STOP_MS, parts.writer.stop());
    this.#hub.stop();
    this.#parts = undefined;
  }

  #shared(): Parameters<typeof assemble>[1] {
    return {
      hub: this.#hub,
      nowMs: this.#nowMs,
      log: this.#log,
      count: (name, label, value) => this.#options.count?.(name, label, value),
      step: (event) => this.#step(event),
      failed: (what, error) => this.#failed(what, error),
    };
  }

  /** One event through the engine; its effects are carried out before this returns, but for what waits for the disk. */
  #step(event: EngineEvent): void {
    const parts = this.#parts;
    if (parts === undefined || this.#state !== "running") return;
    parts.runner.run(parts.engine.step(event, this.#nowMs()));
    parts.clock.touched();
  }

  #failed(what: string, error: unknown): void {
    const code = error instanceof NetworkError ? error.code : "unexpected";
    this.#options.count?.("failures", code, 1);
    const message = error instanceof Error ? error.message : String(error);
    this.#log(error instanceof NetworkError ? "debug" : "error", `${what}: ${message}`, { code });
  }
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
