import { addressGroup } from "../addresses/index.js";
import { INBOUND_SHARE, MAX_CONNECTIONS, VISITS_MAX, VISITS_PER_GROUP } from "../constants.js";

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
