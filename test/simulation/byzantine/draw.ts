import { Random } from "../world/random.js";
import type { RunOptions } from "../world/settings.js";
import { BEHAVIOURS, type BehaviourKind, JOINED_LATER } from "./kinds.js";

/** What the seed decides of one byzantine peer. Printed with each result. */
export interface ByzantineSettings {
  readonly name: string;
  /** Several peers may have one. */
  readonly ip: string;
  readonly behaviours: readonly BehaviourKind[];
  /** Peers that it runs, itself included. */
  readonly identities: number;
  /** It goes on after the end of the faults, without new records; else it leaves. */
  readonly goesOn: boolean;
  /** Each honest node has its address in its configuration and dials it; else it dials them. */
  readonly isBootstrap: boolean;
}

const PORT = 2140;
const PORTS_A_PEER = 100;

const EARLIER = BEHAVIOURS.filter((kind) => !JOINED_LATER.includes(kind));

/** Probability of each behaviour of a peer. */
const CHANCE = 0.25;
const IDENTITIES_MAX = 3;
/** Share of the peers that honest nodes dial. */
const BOOTSTRAP = 0.4;

/**
 * Addresses that the byzantine peers of a run may have. More than a third of the address groups around a node could
 * keep it from knowing that it is in sync (protocol.md, Sync, rule 4).
 */
export function addressesMax(nodes: number): number {
  return Math.max(1, Math.ceil((nodes - 1) / 2) - 1);
}

/** The byzantine peers of a run. */
export function byzantineOf(options: RunOptions): ByzantineSettings[] {
  return drawByzantine(options, new Random(options.seed).fork("byzantine"));
}

/** Port of an identity of the peer with this index. */
export function portOf(index: number, identity: number): number {
  return PORT + PORTS_A_PEER * index + identity;
}

/** Addresses of byzantine peers that each honest node has in its configuration. */
export function bootstrapsOf(peers: readonly ByzantineSettings[]): string[] {
  return peers.flatMap(({ ip, isBootstrap }, i) => (isBootstrap ? [`/ip4/${ip}/tcp/${portOf(i, 0)}`] : []));
}

/**
 * Draws the byzantine peers of a run from a source of their own: a run without them stays as it was. Fewer peers leave
 * the first ones as they were. A peer that has none of the allowed behaviours gets all of them.
 */
export function drawByzantine(options: RunOptions, random: Random): ByzantineSettings[] {
  const { nodes, byzantine = 0, behaviours: allowed = BEHAVIOURS } = options;
  const drawn = random.between(0, Math.floor(nodes / 3));
  const addresses = random.between(1, addressesMax(nodes));
  return Array.from({ length: byzantine === "drawn" ? drawn : byzantine }, (_, i) => {
    const name = `b${i}`;
    const own = random.fork(name);
    const drawnOf = (kinds: readonly BehaviourKind[]) => kinds.filter(() => own.chance(CHANCE));
    const early = drawnOf(EARLIER);
    const one = own.pick(EARLIER);
    const many = own.between(2, IDENTITIES_MAX);
    const goesOn = own.chance(0.5);
    const isBootstrap = own.chance(BOOTSTRAP);
    const kinds = [...early, one, ...drawnOf(JOINED_LATER)];
    const had = BEHAVIOURS.filter((kind) => kinds.includes(kind) && allowed.includes(kind));
    const behaviours = had.length > 0 ? had : allowed;
    const identities = behaviours.includes("identities") ? many : 1;
    return { name, ip: `10.200.0.${1 + (i % addresses)}`, behaviours, identities, goesOn, isBootstrap };
  });
}
