import { NodeRefusal } from "../../src/api/node-client/errors.js";
import type { MethodResult, ReceivedEvent } from "../../src/api/node-client/index.js";
import { MethodClient } from "../../src/api/node-client/method-client.js";
import { type Point, pointOf, type Stats, withPoint } from "./history.js";
import { PageWire } from "./page-wire.js";

export type Info = MethodResult<"ai_get_network_info">;
export type Peers = MethodResult<"ai_get_peers">;
export type Alert = MethodResult<"ai_get_fraud_alerts">["alerts"][number];

/** A person sees a change within this time, and a call of each costs the node little. */
const POLL_MS = 2000;
/** The list of 1,000 peers takes about a megabyte. */
const PEERS_MS = 5000;
/** Nobody sees a hidden page: its charts get a point now and then. */
const HIDDEN_MS = 20_000;
/** A node that restarts is back in about a second. */
const RETRY_MS = 1000;
/** Newest events of the network that the page lists. */
const EVENTS_MAX = 200;
/** Alerts of one answer. */
const ALERTS_MAX = 50;

/** `login`: the browser has no session. `lost`: the node does not answer; the last answers stay. */
export type Link = "connecting" | "open" | "login" | "lost";

/** What the page knows. A new object at each change. */
export interface Snapshot {
  readonly link: Link;
  readonly info: Info | undefined;
  readonly stats: Stats | undefined;
  readonly points: readonly Point[];
  readonly peers: Peers | undefined;
  readonly alerts: readonly Alert[];
  /** Newest first. */
  readonly events: readonly ReceivedEvent[];
}

/** Polls the node, seldom while the page is hidden, and keeps the last answers. */
export class NodeState {
  readonly client = new MethodClient(new PageWire());
  readonly #listeners = new Set<() => void>();
  #now: Snapshot = {
    link: "connecting",
    info: undefined,
    stats: undefined,
    points: [],
    peers: undefined,
    alerts: [],
    events: [],
  };
  #peersWanted = 0;
  #peersAtMs = Number.NEGATIVE_INFINITY;

  get now(): Snapshot {
    return this.#now;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The list of peers is read while somebody wants it. The result ends that. */
  wantPeers(): () => void {
    this.#peersWanted++;
    this.#peersAtMs = Number.NEGATIVE_INFINITY;
    void this.#poll();
    return () => {
      this.#peersWanted--;
    };
  }

  /** Runs until the page is closed. */
  async run(): Promise<void> {
    for (const notify of ["fraud_detected", "author_excluded"]) void this.#follow(notify);
    document.addEventListener("visibilitychange", () => void this.#poll());
    for (;;) {
      const isGood = await this.#poll();
      const pauseMs = isGood ? POLL_MS : RETRY_MS;
      await new Promise((resolve) => setTimeout(resolve, document.hidden ? HIDDEN_MS : pauseMs));
    }
  }

  /** Tries again at once, after a login. */
  retry(): void {
    this.#set({ link: "connecting" });
    void this.#poll();
  }

  async #poll(): Promise<boolean> {
    try {
      const [info, stats] = await Promise.all([
        this.client.call("ai_get_network_info"),
        this.client.call("ai_get_node_stats"),
      ]);
      const before = this.#now.stats;
      const point = before === undefined ? undefined : pointOf(before, stats);
      const points = point === undefined ? this.#now.points : withPoint(this.#now.points, point);
      this.#set({ link: "open", info, stats, points });
      if (this.#peersWanted > 0 && performance.now() - this.#peersAtMs > PEERS_MS) {
        this.#peersAtMs = performance.now();
        this.#set({ peers: await this.client.call("ai_get_peers") });
      }
      return true;
    } catch (error) {
      const isRefused = error instanceof NodeRefusal && error.code === "unauthorized";
      this.#set({ link: isRefused ? "login" : "lost" });
      return false;
    }
  }

  /** Keeps the newest events of a name. A lost connection is opened again by the client. */
  async #follow(notify: string): Promise<void> {
    for (;;) {
      try {
        // Before the read, so that no event after it is missed.
        const { event_sequence: after } = await this.client.call("ai_get_network_info");
        await this.#readAlerts();
        for await (const event of this.client.events({ notify, after, waitForNode: true })) {
          this.#set({ events: [event, ...this.#now.events].slice(0, EVENTS_MAX) });
          await this.#readAlerts();
        }
      } catch {
        // The poll shows why nothing answers.
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async #readAlerts(): Promise<void> {
    const { alerts } = await this.client.call("ai_get_fraud_alerts", { limit: ALERTS_MAX });
    this.#set({ alerts });
  }

  #set(change: Partial<Snapshot>): void {
    this.#now = { ...this.#now, ...change };
    for (const listener of this.#listeners) listener();
  }
}
