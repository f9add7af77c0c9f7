import type { SimNode } from "../node/sim-node.js";
import type { Random } from "../world/random.js";
import type { FaultWorld } from "./fault-world.js";
import type { FaultKind } from "./kinds.js";

/** A fault that began. */
interface Begun {
  /** The nodes that it hits. Of a partition: the smaller group. */
  readonly nodes: readonly string[];
  readonly end: () => void;
}

/** Starts a fault. Undefined: there was nothing to do it to. */
type Start = (world: FaultWorld, random: Random) => Begun | undefined;

interface Fault {
  /** Mean duration. */
  readonly meanMs: number;
  readonly start: Start;
}

function upNode(world: FaultWorld, random: Random): SimNode | undefined {
  const up = world.nodes.filter(({ state }) => state === "up");
  return up.length === 0 ? undefined : random.pick(up);
}

type ChainFaults = NonNullable<FaultWorld["chain"]>;

/** A fault of one running node. */
function ofNode(start: (world: FaultWorld, node: SimNode, random: Random) => () => void): Start {
  return (world, random) => {
    const node = upNode(world, random);
    return node === undefined ? undefined : { nodes: [node.name], end: start(world, node, random) };
  };
}

/** A fault of the chain's node beside one node, whether that runs or not. */
function ofHost(start: (chain: ChainFaults, name: string, random: Random) => () => void): Start {
  return ({ chain, nodes }, random) => {
    const { name } = random.pick(nodes);
    return chain === undefined ? undefined : { nodes: [name], end: start(chain, name, random) };
  };
}

/** The node goes down and comes back at the end of the fault. */
function down(end: (world: FaultWorld, node: SimNode) => void): Start {
  return (world, random) => {
    const up = world.nodes.filter(({ state }) => state === "up");
    // A majority stays up: a network without nodes shows nothing.
    if (up.length * 2 <= world.nodes.length) return undefined;
    const node = random.pick(up);
    end(world, node);
    const start = (): void => {
      if (node.state === "down") node.start();
    };
    return { nodes: [node.name], end: start };
  };
}

const kill = down((_, node) => node.crash(false));

/** The faults by kind. Durations are exponential around their mean. */
export const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  partition: {
    meanMs: 40_000,
    start: (world, random) => {
      const names = random.shuffled(world.nodes.map(({ name }) => name));
      const cut = random.between(1, Math.max(1, names.length - 1));
      const groups = [names.slice(0, cut), names.slice(cut)] as const;
      const nodes = 2 * cut <= names.length ? groups[0] : groups[1];
      return { nodes, end: world.network.partition(groups) };
    },
  },
  one_way: {
    meanMs: 20_000,
    start: (world, random) => {
      const { name } = random.pick(world.nodes);
      return { nodes: [name], end: world.network.mute(name) };
    },
  },
  clog: {
    meanMs: 6000,
    start: (world, random) => {
      const [a, b] = random.shuffled(world.nodes);
      if (a === undefined || b === undefined) return undefined;
      return { nodes: [a.name, b.name], end: world.network.clog(a.name, b.name) };
    },
  },
  slow_reader: {
    meanMs: 30_000,
    start: (world, random) => {
      const { name } = random.pick(world.nodes);
      return { nodes: [name], end: world.network.slowReader(name, random.between(10, 200)) };
    },
  },
  crash: { meanMs: 15_000, start: kill },
  power_cut: { meanMs: 15_000, start: down((_, node) => node.crash(true)) },
  restart: { meanMs: 5000, start: down((world, node) => world.background(node.stop())) },
  leave: { meanMs: 300_000, start: kill },
  disk_full: { meanMs: 30_000, start: ofNode((world, node) => world.disks.fill(node.name)) },
  disk_slow: {
    meanMs: 30_000,
    start: ofNode((world, node, random) => world.disks.slow(node.name, random.between(20, 400))),
  },
  disk_error: {
    meanMs: 10_000,
    start: ofNode((world, node, random) => world.disks.fail(node.name, random.between(1, 20) / 100)),
  },
  damage: {
    meanMs: 1,
    start: ofNode((world, node) => {
      world.disks.damage(node.name);
      return () => undefined;
    }),
  },
  clock_step: {
    meanMs: 60_000,
    start: ofNode((_, node, random) => {
      const size = random.chance(0.5) ? random.between(100, 8000) : random.between(8000, 90_000);
      node.clock.step(random.chance(0.5) ? size : -size);
      return () => node.clock.correct();
    }),
  },
  clock_drift: {
    meanMs: 120_000,
    start: ofNode((_, node, random) => {
      node.clock.drift(random.between(-500, 500));
      return () => node.clock.correct();
    }),
  },
  kernel_slow: {
    meanMs: 20_000,
    start: ofNode((world, node, random) => world.kernels.slow(node.name, random.between(20, 500))),
  },
  kernel_fails: {
    meanMs: 10_000,
    start: ofNode((world, node, random) => world.kernels.fail(node.name, random.between(5, 50) / 100)),
  },
  kernel_hangs: {
    // Some last longer than a verification may take.
    meanMs: 40_000,
    start: ofNode((world, node, random) => world.kernels.hang(node.name, random.between(5, 50) / 100)),
  },
  chain_slow: { meanMs: 30_000, start: ofHost((chain, name, random) => chain.slow(name, random)) },
  chain_gone: { meanMs: 30_000, start: ofHost((chain, name) => chain.gone(name)) },
  chain_lies: { meanMs: 20_000, start: ofHost((chain, name, random) => chain.lies(name, random)) },
  chain_reorganises: {
    meanMs: 1,
    start: ({ chain }, random) => {
      if (chain === undefined) return undefined;
      chain.reorganise(random);
      return { nodes: [], end: () => undefined };
    },
  },
};
