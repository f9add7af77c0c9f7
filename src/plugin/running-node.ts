import { join } from "node:path";
import type { Registry } from "prom-client";
import { type ApiMetrics, type ApiServer, createApiServer } from "../api/index.js";
import { Undo } from "../lifecycle/index.js";
import { AINetworkSyncManager, type ManagerOptions } from "../manager/index.js";
import { metricsIn, metricsOptions } from "./node-metrics.js";
import type { OpenedNode } from "./opening.js";

/** Where an API listens; default 127.0.0.1:8135. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
}

/** The base of the served and the managed node: its parts, and the order in which they start and stop. */
export class RunningNode {
  readonly metrics: ApiMetrics;
  readonly #opened = new Undo();

  /** `registry`: that of the program; `bad_parameters` if it has the metrics of another node. */
  constructor(registry?: Registry) {
    this.metrics = metricsIn(registry);
  }

  /** Takes over opened parts: {@link stop} and {@link fail} close them. Returns the parts. */
  own(parts: OpenedNode): OpenedNode {
    this.#opened.push(() => parts.close());
    return parts;
  }

  async startManager(parts: OpenedNode, hostKeys?: ManagerOptions["hostKeys"]): Promise<AINetworkSyncManager> {
    const manager = new AINetworkSyncManager({
      ...parts.options,
      ...(hostKeys === undefined ? {} : { hostKeys }),
      ...metricsOptions(this.metrics),
    });
    await manager.start();
    this.#opened.push(() => manager.stop());
    return manager;
  }

  async startApi(
    parts: OpenedNode,
    { control, faults }: AINetworkSyncManager,
    listen: ApiAddress,
  ): Promise<{ readonly api: ApiServer; readonly tokenFile: string }> {
    const tokenFile = join(parts.data.path, "api.token");
    const { log = () => undefined } = parts.options;
    const api = await createApiServer({ control, listen, tokenFile, metrics: this.metrics, log, faults });
    this.#opened.push(() => api.stop());
    return { api, tokenFile };
  }

  /** Stops and closes everything that was opened, in reverse order. */
  stop(): Promise<void> {
    return this.#opened.run();
  }

  /** Stops and closes everything, then rejects with `error`. */
  fail(error: unknown): Promise<never> {
    return this.#opened.fail(error);
  }
}
