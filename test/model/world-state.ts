import { roundOf, SENT_CODES, sentBit, swapControl, swapSent } from "./member-code.js";
import type { Move, Offer } from "./moves.js";

/**
 * A state of the whole: three correct members, each as `control * SENT_CODES + sent`. What the byzantine member says
 * is no part of it, because it may say anything at any time.
 */
export type World = readonly [number, number, number];

export const START: World = [0, 0, 0];

export function control(member: number): number {
  return Math.floor(member / SENT_CODES);
}

export function sent(member: number): number {
  return member % SENT_CODES;
}

function swap(member: number): number {
  return swapControl(control(member)) * SENT_CODES + swapSent(sent(member));
}

/** A world that stands for all that differ in the names of members and values, and how it was made. */
export interface Canonical {
  readonly world: World;
  /** For each member of the canonical world its place before. */
  readonly order: readonly [number, number, number];
  readonly swapped: boolean;
}

function sorted(members: World, swapped: boolean): Canonical {
  const order: [number, number, number] = [0, 1, 2];
  order.sort((i, j) => (members[i] as number) - (members[j] as number));
  const [a, b, c] = order;
  return { world: [members[a] as number, members[b] as number, members[c] as number], order, swapped };
}

function isBelow(a: World, b: World): boolean {
  for (const i of [0, 1, 2] as const) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
}

export function canonical(members: World): Canonical {
  const plain = sorted(members, false);
  const swapped = sorted([swap(members[0]), swap(members[1]), swap(members[2])], true);
  return isBelow(swapped.world, plain.world) ? swapped : plain;
}

/** The votes of others with which a move can be made now; undefined if it can't. */
export function offerFor(world: World, member: number, move: Move, rounds: number, quorum: number): Offer | undefined {
  const own = world[member] as number;
  const at = roundOf(control(own));
  const [x, y] = [sent(world[(member + 1) % 3] as number), sent(world[(member + 2) % 3] as number)];
  switch (move.kind) {
    case "start":
      return at < 0 ? NO_OFFER : undefined;
    case "half":
      return at < 0 ? undefined : NO_OFFER;
    case "leader":
      return at < 1 ? undefined : NO_OFFER;
    case "crash":
      return NO_OFFER;
    case "leave":
      return at < 0 || at + 1 >= rounds ? undefined : preparedFrom(x | y, at, rounds);
    case "follow":
      return move.round <= at ? undefined : preparedFrom(x | y, move.round, rounds);
    case "quorum": {
      const bit = sentBit(move.round, "prepare", move.value);
      const others = (x & bit ? 1 : 0) + (y & bit ? 1 : 0);
      const self = (sent(own) & bit) !== 0;
      if (1 + others + (self ? 1 : 0) < quorum) return undefined;
      return { others, self: self && move.round < at, round: 0, value: 0 };
    }
  }
}

const NO_OFFER: Offer = { others: 0, self: false, round: 0, value: 0 };

/** A prepare that was sent in this round or the next one in which there is one. */
function preparedFrom(bits: number, from: number, rounds: number): Offer | undefined {
  for (let round = from; round < rounds; round++) {
    for (const value of [1, 2]) {
      if (bits & sentBit(round, "prepare", value)) return { others: 0, self: false, round, value };
    }
  }
  return undefined;
}

/** Whether commits of one round and value, with those of the byzantine member, are a quorum. */
function isCertifiable({ 0: a, 1: b, 2: c }: World, value: number, rounds: number, quorum: number): boolean {
  for (let round = 0; round < rounds; round++) {
    const bit = sentBit(round, "commit", value);
    const votes = (sent(a) & bit ? 1 : 0) + (sent(b) & bit ? 1 : 0) + (sent(c) & bit ? 1 : 0);
    if (votes + 1 >= quorum) return true;
  }
  return false;
}

/** The number of values that have a certificate; two are a conflict. */
export function certifiable(world: World, rounds: number, quorum: number): number {
  return [1, 2].filter((value) => isCertifiable(world, value, rounds, quorum)).length;
}

/** Whether a correct member sent two values in one step: proof against it. */
export function isDoubleVote(world: World): boolean {
  return world.some((member) => (sent(member) & (sent(member) >> 1) & 0x5555) !== 0);
}
