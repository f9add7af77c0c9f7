import { decodeBundle, encodeBundle } from "../../../../src/protocol/bundle.js";
import { toHex } from "../../../../src/protocol/bytes.js";
import type { Frame } from "../../../../src/protocol/frames.js";
import type { Behaviour, Powers } from "../behaviour.js";
import type { ListedWindow } from "../shelf.js";

const ECHO_CHANCE = 0.2;
/** Ids of one listing that are invented, and listings of others that are remembered, at most. */
const CLAIMED_MAX = 200;
const LISTED_MAX = 5000;

/** See `echo` in the kinds. */
export class Echo implements Behaviour {
  readonly #powers: Powers;
  /** Ids that peers listed, by strand and window. */
  readonly #listed = new Map<string, Map<number, Set<string>>>();
  #count = 0;

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  step(): void {}

  heard(peer: string, topic: string, bytes: Uint8Array): undefined {
    const { random, raw, identity } = this.#powers;
    if (!random.chance(ECHO_CHANCE)) return undefined;
    // In another order or with a copy it is another message.
    const envelopes = decodeBundle(bytes, identity.rules);
    if (!envelopes.ok) return undefined;
    const [first] = envelopes.value;
    if (first === undefined || envelopes.value.length >= identity.rules.bundleMaxCount) return undefined;
    raw.gossip([peer], topic, encodeBundle([...envelopes.value, first]));
    raw.gossip("all", topic, encodeBundle([first, ...envelopes.value]));
    this.#powers.acted("gossip of a peer back to it and to all");
    return undefined;
  }

  received(peer: string, frame: Frame): void {
    if (frame.kind === "ids") this.#note(frame);
    const { random, peers } = this.#powers;
    const others = peers().filter((other) => other !== peer);
    if (others.length === 0 || !random.chance(ECHO_CHANCE)) return;
    const to = random.chance(0.2) ? peer : random.pick(others);
    this.#powers.send(to, frame);
    this.#powers.acted(`a frame of a peer, ${frame.kind}, to another`);
  }

  lists(_peer: string, strand: string, windows: readonly ListedWindow[]): readonly ListedWindow[] {
    const out = new Map(windows.map(({ window, ids }) => [window, new Set(ids)]));
    for (const [window, ids] of this.#listed.get(strand) ?? []) {
      out.set(window, new Set([...(out.get(window) ?? []), ...ids]));
    }
    return sorted(out);
  }

  #note({ strand, window, ids }: Extract<Frame, { kind: "ids" }>): void {
    if (ids.length === 0 || this.#count >= LISTED_MAX) return;
    const windows = this.#listed.get(strand) ?? new Map<number, Set<string>>();
    this.#listed.set(strand, windows);
    const known = windows.get(window) ?? new Set();
    windows.set(window, known);
    for (const id of ids) known.add(id);
    this.#count += ids.length;
  }
}

/** See `claim` in the kinds. */
export class Claim implements Behaviour {
  readonly #powers: Powers;

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  step(): void {}

  lists(_peer: string, _strand: string, windows: readonly ListedWindow[]): readonly ListedWindow[] {
    const { random, nowMs, identity } = this.#powers;
    const newest = Math.floor(nowMs() / 1000 / identity.rules.windowSeconds);
    const out = new Map(windows.map(({ window, ids }) => [window, new Set(ids)]));
    for (let i = 0; i < random.between(1, 3); i++) {
      const window = newest - random.below(1000);
      const ids = out.get(window) ?? new Set();
      out.set(window, ids);
      for (let j = random.below(CLAIMED_MAX / 3); j >= 0; j--) ids.add(toHex(random.bytes(32)));
    }
    return sorted(out);
  }

  received(_peer: string, frame: Frame): void {
    if (frame.kind !== "want") return;
    const lacked = frame.ids.filter((id) => this.#powers.shelf.get(id) === undefined).length;
    if (lacked > 0) this.#powers.acted(`a peer wants ${lacked} ids that nobody has`);
  }
}

function sorted(windows: ReadonlyMap<number, ReadonlySet<string>>): ListedWindow[] {
  return [...windows].sort(([a], [b]) => b - a).map(([window, ids]) => ({ window, ids: [...ids].sort() }));
}
