import type { Session } from "./session.js";

/** The open connections, by their id. libp2p bounds their number. */
export class SessionTable {
  readonly #sessions = new Map<string, Session>();
  /** Connections of each peer; no entry for none. */
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#sessions.size;
  }

  get(connectionId: string): Session | undefined {
    return this.#sessions.get(connectionId);
  }

  /** Whether the peer has a connection, ready or not. */
  isConnected(peer: string): boolean {
    return this.#counts.has(peer);
  }

  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /** Adds a session that the table does not have. */
  add(session: Session): void {
    this.#sessions.set(session.connection.id, session);
    this.#counts.set(session.peer, (this.#counts.get(session.peer) ?? 0) + 1);
  }

  delete(session: Session): void {
    if (!this.#sessions.delete(session.connection.id)) return;
    const left = (this.#counts.get(session.peer) ?? 0) - 1;
    if (left > 0) this.#counts.set(session.peer, left);
    else this.#counts.delete(session.peer);
  }
}
