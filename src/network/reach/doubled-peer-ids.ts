import type { Connection } from "@libp2p/interface";
import { LOOPBACK_GROUP } from "../addresses/index.js";
import { deadline } from "../streams/index.js";

/**
 * The ping of libp2p's connection monitor. A node without it refuses the protocol, which also shows that it answers.
 */
const PING_PROTOCOL = "/ipfs/ping/1.0.0";
/** The limit for one round trip. It leaves most of the 10 s of a hello. */
export const OLDER_PING_MS = 2000;
/** A refusal counts for this long: three times the longest wait between two dials. */
const REFUSAL_FRESH_MS = 180_000;
/** Most reports kept: as many as a node has connections. The oldest is dropped first. */
const REPORTERS_MAX = 64;
/** Reports needed while other peers are ready, since a single report may be a lie. */
const REPORTERS_NEEDED = 2;

/** Whether the other end of an open connection answers within {@link OLDER_PING_MS}. */
export async function answers(connection: Connection, stopping: AbortSignal): Promise<boolean> {
  const limit = deadline(OLDER_PING_MS, stopping);
  try {
    const stream = await connection.newStream(PING_PROTOCOL, { signal: limit.signal });
    stream.abort(new Error("answered"));
    return true;
  } catch (error) {
    return error instanceof Error && error.name === "UnsupportedProtocolError";
  } finally {
    limit.clear();
  }
}

/**
 * Whether another node has this node's libp2p key. Each peer refuses the second of two nodes with one id while the
 * first answers on its connection (protocol.md, Identities and hello). So the second node finds no peers. A dial on
 * this machine that reaches this node's own id at an address where it does not listen shows the same.
 */
export class DoubledPeerIds {
  /** Address groups (on loopback peers) that refused this node, and when; the oldest first. */
  readonly #reporters = new Map<string, number>();
  #local: { readonly address: string; readonly atMs: number } | undefined;
  readonly #keyIsNew: boolean;

  /** `keyIsNew`: this run made the libp2p key. No other node can have it, so every report is ignored. */
  constructor(keyIsNew = false) {
    this.#keyIsNew = keyIsNew;
  }

  /** A peer refused this node because another one with its id is connected. */
  refused(peer: string, group: string, nowMs: number): void {
    const reporter = reporterOf(peer, group);
    this.#reporters.delete(reporter);
    this.#reporters.set(reporter, nowMs);
    for (const oldest of this.#reporters.keys()) {
      if (this.#reporters.size <= REPORTERS_MAX) break;
      this.#reporters.delete(oldest);
    }
  }

  /** The hello with this peer succeeded: its report is withdrawn. */
  accepted(peer: string, group: string): void {
    this.#reporters.delete(reporterOf(peer, group));
  }

  /** Another process of this machine answered with this node's id at the address. */
  foundAt(address: string, nowMs: number): void {
    this.#local = { address, atMs: nowMs };
  }

  get size(): number {
    return this.#reporters.size;
  }

  /** The fault, for a person. Undefined without a report, and with one report while other peers are ready. */
  report(readyPeers: number, nowMs: number): string | undefined {
    if (this.#keyIsNew) return undefined;
    for (const [reporter, atMs] of this.#reporters) {
      if (Math.abs(nowMs - atMs) > REFUSAL_FRESH_MS) this.#reporters.delete(reporter);
    }
    const local = this.#local;
    if (local !== undefined && Math.abs(nowMs - local.atMs) <= REFUSAL_FRESH_MS) {
      return `another node on this machine uses this node's libp2p key: it answers at ${local.address}`;
    }
    const { size } = this.#reporters;
    if (size === 0 || (size < REPORTERS_NEEDED && readyPeers > 0)) return undefined;
    const who = size === 1 ? "a peer" : `${size} peers`;
    return `${who} refused this node: another node with its libp2p key is connected there`;
  }
}

function reporterOf(peer: string, group: string): string {
  return group === LOOPBACK_GROUP ? peer : group;
}
