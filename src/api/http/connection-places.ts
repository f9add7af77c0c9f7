import type { Duplex } from "node:stream";

/** Enough for the programs of one machine with a few connections each. */
export const CONNECTIONS_MAX = 256;

/**
 * The places for connections. A connection that has sent an authorized request keeps its place. If all places are
 * taken, a new connection replaces the oldest one without such a request (`no_request`), so idle or slow connections do
 * not block other programs. If every place is kept, the new connection is closed (`no_place`).
 */
export class ConnectionPlaces {
  readonly #silent = new Set<Duplex>();
  readonly #kept = new Set<Duplex>();
  readonly #refused: (reason: "no_place" | "no_request") => void;
  readonly #full: (isFull: boolean) => void;

  /** `full` is called when every place is kept, and when one is free again. */
  constructor(refused: (reason: "no_place" | "no_request") => void, full: (isFull: boolean) => void = () => undefined) {
    this.#refused = refused;
    this.#full = full;
  }

  get size(): number {
    return this.#silent.size + this.#kept.size;
  }

  take(socket: Duplex): void {
    if (this.size >= CONNECTIONS_MAX) {
      const [oldest] = this.#silent;
      this.#refused(oldest === undefined ? "no_place" : "no_request");
      if (oldest === undefined) {
        socket.destroy();
        return;
      }
      this.#silent.delete(oldest);
      oldest.destroy();
    }
    this.#silent.add(socket);
    socket.once("close", () => {
      this.#silent.delete(socket);
      if (this.#kept.delete(socket) && this.#kept.size === CONNECTIONS_MAX - 1) this.#full(false);
    });
  }

  /** The connection has sent an authorized request. */
  keep(socket: Duplex): void {
    if (!this.#silent.delete(socket)) return;
    this.#kept.add(socket);
    if (this.#kept.size === CONNECTIONS_MAX) this.#full(true);
  }
}
