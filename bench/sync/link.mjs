// A link between two nodes: a proxy that forwards each direction late and at a limited rate. A lost segment is sent
// again after a round trip, and what follows it waits, as TCP does.
import { connect, createServer } from "node:net";

const SEGMENT_BYTES = 1448;
/** What the link takes ahead of its rate: a router's buffer. Beyond it the sender has to wait. */
const BUFFER_MS = 200;
const STEP_MS = 4;

/** One direction. */
class Line {
  #from;
  #to;
  #link;
  #segments = [];
  #freeMs = 0;
  #lastMs = 0;

  constructor(from, to, link) {
    this.#from = from;
    this.#to = to;
    this.#link = link;
    from.on("data", (bytes) => this.#take(bytes));
  }

  #take(bytes) {
    const { bytesPerMs, roundTripMs, isLost } = this.#link;
    const nowMs = performance.now();
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
      const segment = bytes.subarray(at, at + SEGMENT_BYTES);
      const lost = isLost();
      this.#freeMs = Math.max(nowMs, this.#freeMs) + ((lost ? 2 : 1) * segment.length) / bytesPerMs;
      const arrivesMs = this.#freeMs + roundTripMs / 2 + (lost ? roundTripMs : 0);
      this.#lastMs = Math.max(this.#lastMs, arrivesMs);
      this.#segments.push({ segment, arrivesMs: this.#lastMs });
    }
    if (this.#freeMs > nowMs + BUFFER_MS) this.#from.pause();
  }

  step() {
    const nowMs = performance.now();
    let due = 0;
    while (due < this.#segments.length && this.#segments[due].arrivesMs <= nowMs) due++;
    if (due > 0) this.#to.write(Buffer.concat(this.#segments.splice(0, due).map(({ segment }) => segment)));
    if (this.#from.isPaused() && this.#freeMs <= nowMs + BUFFER_MS) this.#from.resume();
  }
}

/** Opens a link to the node at `address`. Returns the address of its other end. */
export async function openLink(address, { megabits, roundTripMs, lossPercent }) {
  const [, , , , port, ...rest] = address.split("/");
  let drawn = 1;
  const isLost = () => {
    drawn = (Math.imul(drawn, 1_103_515_245) + 12_345) >>> 0;
    return drawn / 2 ** 32 < lossPercent / 100;
  };
  const link = { bytesPerMs: (megabits * 1e6) / 8 / 1000, roundTripMs, isLost };
  const lines = new Set();
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(Number(port), "127.0.0.1");
    const both = [new Line(near, far, link), new Line(far, near, link)];
    for (const line of both) lines.add(line);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
        for (const line of both) lines.delete(line);
      });
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const timer = setInterval(() => {
    for (const line of lines) line.step();
  }, STEP_MS);
  return {
    address: ["", "ip4", "127.0.0.1", "tcp", server.address().port, ...rest].join("/"),
    close() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
