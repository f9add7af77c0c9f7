import { encodeBundle } from "../../../../src/protocol/bundle.js";
import { toHex } from "../../../../src/protocol/bytes.js";
import { MessageType } from "../../../../src/protocol/envelope.js";
import { FRAME_MAX_BYTES, type Frame } from "../../../../src/protocol/frames.js";
import { alertsTopic, strandTopic } from "../../../../src/protocol/strand.js";
import { encodePeerScoreUpdate, encodeSyncResponse, NO_REQUEST } from "../../../../src/protocol/sync-messages.js";
import type { Behaviour, Powers } from "../behaviour.js";

const UNASKED_CHANCE = 0.4;
const GARBAGE_CHANCE = 0.15;
const STRAND = "040000";

/** See `unasked` in the kinds. */
export class Unasked implements Behaviour {
  readonly #powers: Powers;

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  step(): void {
    const { random, peers, send, acted } = this.#powers;
    const all = peers();
    if (all.length === 0 || !random.chance(UNASKED_CHANCE)) return;
    const frame = random.pick(this.#frames());
    send(random.pick(all), frame);
    acted(`a ${frame.kind} frame`);
  }

  #frames(): readonly Frame[] {
    const { random, shelf, sealed } = this.#powers;
    const requestId = random.chance(0.3) ? NO_REQUEST : this.#powers.requestId();
    const record = shelf.pick(random) ?? this.#powers.author.task().record;
    const ids = [toHex(random.bytes(32))];
    const response = encodeSyncResponse({ requestId, status: "ok", items: 1, bytes: 1n });
    const scores = encodePeerScoreUpdate([{ key: toHex(random.bytes(32)), basisPoints: random.below(10_001) }]);
    return [
      { kind: "records", requestId, bundle: encodeBundle([record.envelope]) },
      { kind: "body", requestId, offset: 0, bytes: random.bytes(50) },
      { kind: "ids", requestId, strand: STRAND, window: 1, last: true, ids },
      { kind: "want", requestId, ids },
      { kind: "list", requestId, bytes: random.bytes(9) },
      { kind: "registry", requestId: NO_REQUEST, timeSeconds: 1n, digest: ids[0] ?? "" },
      { kind: "envelope", requestId, envelope: sealed(MessageType.SyncResponse, response) },
      { kind: "scores", requestId: NO_REQUEST, envelope: sealed(MessageType.PeerScoreUpdate, scores) },
    ];
  }
}

/** See `garbage` in the kinds. */
export class Garbage implements Behaviour {
  readonly #powers: Powers;
  readonly #ways: readonly ((peer: string) => void)[];

  constructor(powers: Powers) {
    const { random, raw, identity } = powers;
    const { network } = identity;
    const topic = (): string => (random.chance(0.2) ? alertsTopic(network) : strandTopic(network, random.below(6), 0));
    const envelope = (): Uint8Array => powers.author.task().record.envelope.slice();
    this.#powers = powers;
    this.#ways = [
      (peer) => void raw.garbage([peer], random.bytes(random.between(1, 400))),
      (peer) => void raw.gossip([peer], topic(), random.bytes(random.between(1, 400))),
      (peer) => void raw.gossip([peer], topic(), encodeBundle([random.bytes(random.between(1, 400))])),
      (peer) => void raw.gossip([peer], topic(), encodeBundle([truncated(envelope(), random.below(100))])),
      (peer) =>
        void raw.gossip([peer], topic(), encodeBundle([withByte(envelope(), random.below(200), random.below(256))])),
      (peer) => void raw.gossip([peer], "another topic", random.bytes(20)),
      (peer) => void raw.gossip([peer], topic(), encodeBundle([envelope()]), random.bytes(32)),
      (peer) => void raw.writeBytes(peer, framed(random.bytes(random.between(1, 400)))),
      (peer) => void raw.writeBytes(peer, Uint8Array.of(0, 2, 0, 0)),
      (peer) => void raw.writeBytes(peer, framed(new Uint8Array(FRAME_MAX_BYTES).fill(255))),
    ];
  }

  step(): void {
    const { random, peers, acted } = this.#powers;
    const all = peers();
    if (all.length === 0 || !random.chance(GARBAGE_CHANCE)) return;
    const way = random.below(this.#ways.length);
    this.#ways[way]?.(random.pick(all));
    acted(`garbage of kind ${way}`);
  }
}

function truncated(bytes: Uint8Array, by: number): Uint8Array {
  return bytes.subarray(0, Math.max(0, bytes.length - by - 1));
}

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  bytes[at % bytes.length] = value;
  return bytes;
}

/** Bytes after their u32 length. */
function framed(bytes: Uint8Array): Uint8Array {
  const out = Buffer.alloc(4 + bytes.length);
  out.writeUInt32BE(bytes.length);
  out.set(bytes, 4);
  return out;
}
