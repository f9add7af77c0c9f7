import type { Connection } from "@libp2p/interface";
import { addressGroup } from "../addresses/index.js";
import { INBOUND_SHARE, MAX_CONNECTIONS, VISITS_MAX, VISITS_PER_GROUP } from "../constants.js";
import { steadyMs } from "../steady-clock.js";
import type { NetworkHandlers } from "../types.js";
import { PeerLines } from "./peer-lines.js";
import type { Session } from "./session.js";

/** An open connection that a peer dialled. */
export interface Inbound {
  /** A multiaddr. */
  readonly remote: string;
  readonly isVisit: boolean;
}

/** Connections that peers may dial and keep; the others are for peers that this node dials. */
export function inboundPlaces(maxConnections = MAX_CONNECTIONS): number {
  return Math.max(1, Math.floor(maxConnections * INBOUND_SHARE));
}

/** Whether one more inbound connection is taken: to keep it, or as a visit. `remote` is its multiaddr. */
export function takesInbound(open: readonly Inbound[], remote: string, places: number): boolean {
  const visits = open.filter(({ isVisit }) => isVisit);
  if (open.length - visits.length < places) return true;
  if (visits.length >= VISITS_MAX) return false;
  const group = addressGroup(remote);
  return visits.filter((visit) => addressGroup(visit.remote) === group).length < VISITS_PER_GROUP;
}

/** Refuses connections before their handshake where there is room neither to keep them nor for a visit. */
export class InboundGate {
  readonly #places: number;
  readonly #handlers: Pick<NetworkHandlers, "connectionRefused" | "log">;
  readonly #sessionOf: (connection: Connection) => Session | undefined;
  readonly #lines: PeerLines;

  constructor(
    places: number,
    handlers: Pick<NetworkHandlers, "connectionRefused" | "log">,
    sessionOf: (connection: Connection) => Session | undefined,
  ) {
    this.#places = places;
    this.#handlers = handlers;
    this.#sessionOf = sessionOf;
    this.#lines = new PeerLines(handlers.log, steadyMs);
  }

  /** Whether a new connection from the multiaddr `remote` is refused. `connections` are the open ones. */
  refuses(connections: readonly Connection[], remote: string): boolean {
    const open = connections
      .filter(({ direction }) => direction === "inbound")
      .map((connection) => ({
        remote: connection.remoteAddr.toString(),
        isVisit: this.#sessionOf(connection)?.isVisit ?? false,
      }));
    if (takesInbound(open, remote, this.#places)) return false;
    const text = "refused a connection: all places are taken, and too many peers connect at once";
    this.#lines.write("info", "no_room", addressGroup(remote), text, { address: remote });
    this.#handlers.connectionRefused("no_room");
    return true;
  }

  /** Call it every TICK_MS. */
  tick(): void {
    this.#lines.tick();
  }
}
