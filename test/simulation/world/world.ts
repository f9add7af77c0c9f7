import type { NodeControl } from "../../../src/api/index.js";
import { everyone } from "../../../src/chain/index.js";
import type { ChainFacts } from "../../../src/engine/index.js";
import type { LoadedKernel } from "../../../src/kernel/index.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import type { KeyStore } from "../../../src/storage/types.js";
import type { Crowd } from "../byzantine/crowd.js";
import { crowdOf } from "../byzantine/crowd-of.js";
import { bootstrapsOf, byzantineOf } from "../byzantine/draw.js";
import type { NodeChain } from "../chain/node-chain.js";
import { WorldChain } from "../chain/world-chain.js";
import { checkCharge } from "../checks/charge-checks.js";
import { CheckBoard, CheckFailure } from "../checks/check-board.js";
import { differences, hasConverged } from "../checks/convergence.js";
import { checkEnd } from "../checks/end-checks.js";
import { checkNode, checkRestart } from "../checks/node-checks.js";
import { checkPromises } from "../checks/promise-checks.js";
import { RecordChecks } from "../checks/record-checks.js";
import { FaultDriver } from "../faults/fault-driver.js";
import type { HeldRecord } from "../node/held-records.js";
import type { NodeWorld } from "../node/node-world.js";
import { SimNode } from "../node/sim-node.js";
import { sampleNodes } from "../page/sample.js";
import { Timeline } from "../page/timeline.js";
import { setPlatform } from "../platform/ambient.js";
import type { RunResult } from "../run/result.js";
import { resultOf } from "../run/result-of.js";
import { SCENARIOS, type Scenario } from "../scenarios/index.js";
import { Workload } from "../workload/workload.js";
import { HonestAuthors } from "./honest-authors.js";
import { networkIdentity } from "./network-identity.js";
import { type NodeBackup, Parts } from "./parts.js";
import { Random } from "./random.js";
import { RunDigest } from "./run-digest.js";
import { type Life, Schedule } from "./schedule.js";
import type { RunOptions, RunSettings } from "./settings.js";
import { Trace } from "./trace.js";

/** Noon of a UTC day. */
const START_MS = (20_600 * 86_400 + 43_200) * 1000;
/** All nodes that are not late start within this time. */
const STARTS_MS = 3000;
/** Time between two looks at one node. */
const LOOK_MS = 10_000;
/** Nodes that every node gets as bootstrap addresses. */
const BOOTSTRAPS = 3;

/** One run: nodes, their environment, faults and checkers, all from one seed. */
export class World implements NodeWorld {
  readonly options: RunOptions;
  readonly scenario: Scenario;
  readonly settings: RunSettings;
  readonly schedule = new Schedule(START_MS);
  readonly identity: NetworkIdentity;
  /** Of nodes without a chain. A node takes them at its start. */
  facts: ChainFacts = everyone([]);
  readonly nodes: readonly SimNode[];
  readonly board = new CheckBoard();
  readonly authors = new HonestAuthors();
  /** Bodies whose only copy was on a disk that is gone, by hash. */
  readonly lostBodies = new Set<string>();
  readonly recordChecks: RecordChecks;
  readonly parts: Parts;
  readonly workload: Workload;
  /** Undefined: each node has the registry of everyone. */
  readonly chain: WorldChain | undefined;
  /** The byzantine peers. */
  readonly crowd: Crowd;
  readonly trace = new Trace();
  /** Undefined unless it was asked for. */
  readonly timeline: Timeline | undefined;
  readonly #random: Random;
  readonly #driver: FaultDriver;
  readonly #digest = new RunDigest();
  readonly #rejected = (error: unknown): void => this.#escaped(error);
  /** Takes work that no one waits for. A rejection ends the run. */
  readonly background = (work: Promise<void>): void => void work.catch(this.#rejected);

  /**
   * `withTimeline`: records the course of the run for its picture; the run is the same. `realKernel`: runs in place of
   * the mock kernels.
   */
  constructor(options: RunOptions, withTimeline = false, realKernel?: LoadedKernel) {
    this.options = options;
    this.#random = new Random(options.seed);
    this.scenario = SCENARIOS[options.scenario];
    this.settings = this.scenario.settings(options, this.#random.fork("settings"));
    const { links, chain } = this.settings;
    this.identity = networkIdentity(chain !== undefined, this.scenario.rules);
    const names = Array.from({ length: options.nodes }, (_, i) => `n${i}`);
    this.parts = new Parts(this.schedule, this.#random.fork("parts"), names, links, realKernel);
    const charged = (node: string, peer: string, code: string): void => checkCharge(this, node, peer, code);
    setPlatform({ ...this.parts.platform, charged });
    const byzantine = bootstrapsOf(byzantineOf(options));
    this.nodes = names.map((name, index) => {
      const others = names.slice(0, BOOTSTRAPS).filter((other) => other !== name);
      return new SimNode(this, name, index, [...others.map((other) => this.parts.multiaddr(other)), ...byzantine]);
    });
    const { schedule, identity } = this;
    if (chain !== undefined) {
      // A generator of its own: a chain changes no draw of another part.
      const random = new Random(options.seed).fork("chain");
      this.chain = new WorldChain({ schedule, random, settings: chain, identity, names });
    }
    const sample = () => ({ records: this.records, nodes: sampleNodes(this.nodes) });
    this.timeline = withTimeline ? new Timeline(names, () => this.atSeconds, sample) : undefined;
    const random = this.#random.fork("workload");
    this.workload = new Workload({
      schedule,
      random,
      settings: { ...this.scenario.workload, recordsPerSecond: options.recordsPerSecond },
      authors: (node, keys) => {
        this.authors.add(node, keys);
        this.chain?.register(keys);
      },
    });
    this.crowd = crowdOf(this);
    const origins = {
      ownerOf: (author: string) => this.nodes.find(({ name }) => this.authors.isSingleOf(name, author)),
      isForged: (id: string) => this.crowd.book.isForged(id),
    };
    this.recordChecks = new RecordChecks(this.board, origins, () => schedule.nowMs);
    const { network, disks, kernels } = this.parts;
    this.#driver = new FaultDriver(
      { schedule, nodes: this.nodes, network, disks, kernels, chain: this.chain, background: this.background },
      this.#random.fork("faults"),
      this.timeline,
    );
    schedule.onEvent = (ticket) => {
      this.#digest.add(ticket);
      this.timeline?.tick();
    };
    process.on("unhandledRejection", this.#rejected);
  }

  close(): void {
    process.off("unhandledRejection", this.#rejected);
    this.parts.stop();
    setPlatform(undefined);
  }

  async run(): Promise<Omit<RunResult, "wallMs">> {
    let healSeconds: number | undefined;
    try {
      this.scenario.plan?.(this, new Random(this.options.seed).fork("scenario"));
      this.#startNodes();
      this.#driver.start(this.settings.faults);
      this.workload.start();
      this.crowd.start();
      await this.until(this.options.minutes * 60_000);
      healSeconds = await this.#heal();
      if (healSeconds !== undefined && this.board.failure === undefined) {
        await checkEnd(this);
        await this.scenario.judge?.(this);
      }
    } catch (error) {
      this.#escaped(error);
    }
    return resultOf(this, {
      healSeconds,
      faults: this.#driver.counts,
      faultPairs: this.#driver.pairs,
      digest: (text) => this.#digest.with(text),
    });
  }

  /** Different records that honest nodes wrote. */
  get records(): number {
    return this.recordChecks.count;
  }

  /** Gives a node that does not run the directory and the database of a backup. */
  restore(node: SimNode, backup: NodeBackup): void {
    this.parts.restore(node.name, backup);
    this.workload.restored(node.name);
  }

  /** Time of the schedule at the start of the run. */
  get startMs(): number {
    return START_MS;
  }

  /** Seconds since the start of the run. */
  get atSeconds(): number {
    return (this.schedule.nowUs - this.schedule.startUs) / 1_000_000;
  }

  /** Runs the world until `work` settles. `life`: whose call it is. */
  async settle<T>(life: Life | undefined, work: () => Promise<T>): Promise<T> {
    let isSettled = false;
    const result = this.schedule.within(life, work).finally(() => {
      isSettled = true;
    });
    // The handlers below take the error; without this one a rejection before them would count as unhandled.
    result.catch(() => undefined);
    await this.schedule.run(this.schedule.nowMs + 60_000, () => isSettled);
    if (!isSettled) throw new CheckFailure("no_escape", "a call of the simulator got no answer in 60 s", []);
    return result;
  }

  #startNodes(): void {
    const random = this.#random.fork("starts");
    for (const node of this.nodes) {
      const isLate = node.index >= BOOTSTRAPS && random.chance(this.settings.late);
      const atMs = isLate ? random.below(this.options.minutes * 60_000) : random.below(STARTS_MS);
      if (this.scenario.startsLater?.(node.index, this.options) !== true) {
        this.schedule.after(atMs, undefined, () => node.start());
      }
      this.#look(node, random.fork(node.name));
    }
  }

  /** Judges the node every now and then. */
  #look(node: SimNode, random: Random): void {
    this.schedule.after(random.between(LOOK_MS / 2, (3 * LOOK_MS) / 2), undefined, () => {
      if (node.state === "up") {
        const peers = this.parts
          .dialled(node.name)
          .flatMap(({ name, readyMs }) => this.#honest(name).map((peer) => ({ node: peer, readyMs })));
        checkNode(this, node, peers, random);
      }
      checkPromises(this.board, this.workload);
      this.#look(node, random);
    });
  }

  /** The honest node of this name; none for a byzantine peer. */
  #honest(name: string): readonly SimNode[] {
    return this.nodes.filter((node) => node.name === name);
  }

  /** Ends all faults and waits until the network has converged. Seconds it took; undefined: it did not in time. */
  async #heal(): Promise<number | undefined> {
    if (this.board.failure !== undefined) return undefined;
    this.workload.stop();
    this.#driver.heal();
    this.parts.heal();
    this.chain?.heal();
    this.crowd.heal();
    this.timeline?.healed();
    for (const node of this.nodes) {
      node.clock.correct();
      if (node.state === "down") node.start();
    }
    const from = this.atSeconds;
    for (let second = 0; second <= this.options.healSeconds; second++) {
      if (hasConverged(this) && (await this.scenario.isSettled?.(this)) !== false)
        return Math.round(this.atSeconds - from);
      await this.until((this.atSeconds + 1) * 1000);
      if (this.board.failure !== undefined) return undefined;
    }
    this.board.expect(
      "convergence",
      false,
      () => `not equal after ${this.options.healSeconds} s: ${differences(this)}`,
      this.nodes.map(({ name }) => name),
    );
    return undefined;
  }

  /** Runs up to a time in ms since the start, or to the first failure. */
  until(atMs: number): Promise<void> {
    return this.schedule.run(START_MS + atMs, () => this.board.failure !== undefined);
  }

  #escaped(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (error instanceof CheckFailure) this.board.failure ??= error;
    else this.board.expect("no_escape", false, () => text, [this.schedule.life?.name ?? "world"]);
  }

  // NodeWorld

  kernel(node: SimNode): LoadedKernel {
    return this.parts.kernel(node.name);
  }

  keyStore(node: SimNode, life: Life): KeyStore {
    return this.parts.keyStore(node.name, life);
  }

  openChain(node: SimNode, life: Life): NodeChain | undefined {
    return this.chain?.open(node, life, (level, text, fields) => this.log(node, level, text, fields));
  }

  addressOf(node: SimNode): string {
    return this.parts.ip(node.name);
  }

  log(node: SimNode, level: string, text: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const more = Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`);
    this.trace.add(node.name, this.atSeconds, `${level} ${text}${more.join("")}`);
  }

  made(node: SimNode, record: HeldRecord): void {
    this.recordChecks.made(node, record);
  }

  changed({ name, state }: SimNode): void {
    this.timeline?.changed(name, state);
  }

  attached(node: SimNode, control: NodeControl, life: Life): void {
    this.trace.add(node.name, this.atSeconds, `up, life ${node.lives}`);
    checkRestart(this.board, node, this.workload.ledger, this.parts.isDamaged(node.name));
    this.workload.attach(node.name, control, life);
  }

  detached(node: SimNode): void {
    this.trace.add(node.name, this.atSeconds, "down");
    this.workload.detach(node.name);
  }

  lifeEnded(node: SimNode, power: boolean): void {
    this.parts.lifeEnded(node.name, power);
  }
}
