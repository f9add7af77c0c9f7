import type { StoredEvent } from "../../engine/index.js";
import type { Rights, TokenRights } from "./access.js";
import { GOING_AWAY, POLICY, type SocketSession } from "./socket-session.js";

/** The open WebSockets, each with its rights. The server caps them. */
export class OpenSessions {
  readonly #rights = new Map<SocketSession, Rights>();

  get size(): number {
    return this.#rights.size;
  }

  get subscriptions(): number {
    return [...this.#rights.keys()].reduce((sum, session) => sum + session.subscriptions, 0);
  }

  add(session: SocketSession, rights: Rights): void {
    this.#rights.set(session, rights);
  }

  delete(session: SocketSession): void {
    this.#rights.delete(session);
  }

  announce(event: StoredEvent): void {
    for (const session of this.#rights.keys()) session.announce(event);
  }

  ping(): void {
    for (const session of this.#rights.keys()) session.ping();
  }

  /** Closes what a replaced token opened; the sessions of the page are the full token's. */
  revoke(replaced: TokenRights): void {
    for (const [session, rights] of this.#rights) {
      const by = rights === "page" ? "all" : rights;
      if (by === replaced) session.close(POLICY, "the token was replaced");
    }
  }

  close(): void {
    for (const session of this.#rights.keys()) session.close(GOING_AWAY, "the node stops");
  }

  terminate(): void {
    for (const session of this.#rights.keys()) session.terminate();
  }
}
