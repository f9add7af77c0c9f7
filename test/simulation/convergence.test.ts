import { describe, expect, test } from "vitest";
import { Clock } from "../support/simulation/clock.js";
import { SimNetwork, type Weather } from "../support/simulation/sim-network.js";
import { SimNode } from "../support/simulation/sim-node.js";
import { author, type Made, START_SECONDS, Story } from "../support/simulation/story.js";

const STORM: Weather = { loss: 0.3, twice: 0.2, latencyMs: [1, 400] };

function build(count: number, seed: number): { network: SimNetwork; nodes: SimNode[]; story: Story } {
  const network = new SimNetwork(new Clock(START_SECONDS * 1000), seed);
  const nodes = Array.from({ length: count }, (_, i) => network.add(new SimNode(network, `n${i}`)));
  return { network, nodes, story: new Story(network) };
}

/** A ring with chords: each node has about four links. */
function mesh(network: SimNetwork, nodes: readonly SimNode[]): void {
  nodes.forEach((node, i) => {
    for (const step of [1, 3]) {
      const other = nodes[(i + step) % nodes.length];
      if (other !== undefined && other !== node) network.connect(node, other);
    }
  });
}

function digests(nodes: readonly SimNode[], story: Story): Set<string | undefined> {
  const at = Math.floor(story.nowSeconds / 60) * 60;
  return new Set(nodes.map(({ engine }) => engine.digest(at)));
}

/** Publishes tasks, answers and reviews at random nodes, some by equivocators. */
function play({ network, nodes, story }: ReturnType<typeof build>, rounds: number): Made[] {
  const { random, clock } = network;
  const made: Made[] = [];
  const up = (): SimNode => {
    const live = nodes.filter((node) => node.up);
    return live[random.below(live.length)] as SimNode;
  };
  for (let round = 0; round < rounds; round++) {
    const task = story.publish(up(), story.task(author(random.below(4)), story.nowSeconds + 3600));
    made.push(task);
    clock.advance(random.below(300));
    const twice = random.chance(0.2);
    for (let i = 0; i < 2; i++) {
      const submitter = author(4 + ((round + (twice ? 0 : i)) % 4));
      const submission = story.publish(up(), story.submission(submitter, task.task, {}, `${submitter} ${i}`));
      made.push(submission);
      clock.advance(random.below(100));
      for (let v = 0; v < 3; v++) {
        const validation = story.validation(author(10 + v), submission, 60 + random.below(20));
        made.push(story.publish(up(), validation));
      }
      clock.advance(random.below(200));
    }
  }
  return made;
}

describe("simulated networks reach the same state", () => {
  const seed = Number(process.env.SIM_SEED ?? Date.now() % 100_000);
  console.info(`SIM_SEED=${seed}`);

  test("under loss, duplication and reordering of messages", () => {
    const world = build(8, seed);
    mesh(world.network, world.nodes);
    world.network.weather = STORM;
    const made = play(world, 12);
    world.network.clock.advance(130_000);
    expect(digests(world.nodes, world.story)).toHaveProperty("size", 1);
    expect([...digests(world.nodes, world.story)][0]).toBeDefined();
    for (const { engine, faults } of world.nodes) {
      expect(engine.sizes().members).toBe(made.length);
      expect(faults).toEqual([]);
      expect(engine.syncReport().strands.find(({ strand }) => strand === "040000")?.inSync).toBe(true);
    }
  });

  test("simulated networks reach the same state after a partition in which both sides published records", () => {
    const world = build(6, seed + 1);
    mesh(world.network, world.nodes);
    play(world, 3);
    world.network.clock.advance(5000);
    world.network.partition((node) => world.nodes.indexOf(node) < 3);
    const made = play(world, 6);
    expect(digests(world.nodes, world.story).size).toBeGreaterThan(1);
    mesh(world.network, world.nodes);
    world.network.clock.advance(70_000);
    expect(digests(world.nodes, world.story).size).toBe(1);
    for (const { engine } of world.nodes) for (const { id } of made) expect(engine.entry(id)).toBeDefined();
  });

  test("simulated networks reach the same state after crashes that lose writes, with a late joiner", () => {
    const world = build(5, seed + 2);
    const { network, nodes, story } = world;
    mesh(network, nodes);
    network.weather = STORM;
    play(world, 3);
    const [first] = nodes as [SimNode];
    network.crash(first);
    play(world, 3);
    first.restart();
    const late = network.add(new SimNode(network, "late"));
    nodes.push(late);
    mesh(network, nodes);
    play(world, 2);
    network.clock.advance(130_000);
    expect(digests(nodes, story).size).toBe(1);
    expect(late.engine.sizes().members).toBeGreaterThan(50);
    for (const { faults, disk, engine } of nodes) {
      expect(faults).toEqual([]);
      const windows = [...disk.windows.values()].reduce((sum, { count }) => sum + count, 0);
      expect(windows).toBe(engine.sizes().members);
      expect(disk.records.size).toBe(engine.sizes().members);
    }
  });

  test("simulated networks reach the same state with more windows than may wait for a stream", () => {
    const network = new SimNetwork(new Clock(START_SECONDS * 1000), seed + 4);
    const story = new Story(network);
    const [old, late] = ["old", "late"].map((name) => network.add(new SimNode(network, name))) as [SimNode, SimNode];
    for (let i = 0; i < 700; i++) {
      const seconds = story.nowSeconds - 600 * i;
      story.publish(old, story.task(author(i % 20), seconds + 60, { seconds, number: Math.floor(i / 20) }));
    }
    network.connect(late, old);
    network.clock.advance(40_000);
    expect(late.engine.sizes().members).toBe(700);
    expect(digests([old, late], story).size).toBe(1);
    expect(late.engine.syncReport(true).strands.find(({ strand }) => strand === "040000")?.inSync).toBe(true);
  });

  test("simulated networks end with every permitted body, and no competitor gets an answer early", () => {
    const world = build(4, seed + 3);
    const { network, nodes, story } = world;
    mesh(network, nodes);
    const [publisher, solver, rival, idle] = nodes as [SimNode, SimNode, SimNode, SimNode];
    const deadline = story.nowSeconds + 600;
    const task = story.publish(publisher, story.task(author(0), deadline, {}, 4, 150_000));
    network.clock.advance(2000);
    const answer = story.publish(solver, story.submission(solver.authorKey, task.task));
    const rivals = story.publish(rival, story.submission(rival.authorKey, task.task));
    network.clock.advance(60_000);
    const hash = (made: Made): string => (made.payload.kind === "submission" ? made.payload.body.hash : "");
    for (const { disk } of nodes)
      expect(disk.bodies.has(task.payload.kind === "task" ? task.payload.body.hash : "")).toBe(true);
    expect(idle.disk.bodies.has(hash(answer))).toBe(true);
    expect(rival.disk.bodies.has(hash(answer))).toBe(false);
    expect(solver.disk.bodies.has(hash(rivals))).toBe(false);
    network.clock.advance(700_000);
    for (const { disk, faults } of nodes) {
      expect(disk.bodies.has(hash(answer)) && disk.bodies.has(hash(rivals))).toBe(true);
      expect(faults).toEqual([]);
    }
  });
});
