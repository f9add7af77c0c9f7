import type { FaultObserver } from "../faults/fault-driver.js";
import type { FaultKind } from "../faults/kinds.js";
import type { NodeState } from "../node/sim-node.js";

/** Most samples of a timeline. Beyond that every second one is dropped, and the time between two doubles. */
const COLUMNS_MAX = 600;
/** Most faults and changes of state that a timeline keeps; it counts the rest. */
const SPANS_MAX = 4000;

/** What a sample asks of one node. */
export interface SampledNode {
  readonly state: NodeState;
  /** Records that the node holds. */
  readonly held: number;
  /** Equal text for equal sets. */
  readonly root: string;
  /** Whether the node says that it is in sync. */
  readonly inSync: boolean;
}

/** All nodes at one time, in the order of {@link TimelineData.nodes}. */
export interface Column {
  readonly atSeconds: number;
  /** Different records that any node had written. */
  readonly records: number;
  readonly held: readonly number[];
  /** The number of the node's set among the sets of this column: equal for equal sets. -1: the node is not up. */
  readonly groups: readonly number[];
  readonly inSync: readonly boolean[];
}

export interface FaultSpan {
  readonly kind: FaultKind;
  readonly nodes: readonly string[];
  readonly fromSeconds: number;
  /** Undefined: it lasts to the end of the run. */
  toSeconds: number | undefined;
}

/** A node is in `state` from a time to its next change. */
export interface StateChange {
  readonly node: string;
  readonly state: NodeState;
  readonly atSeconds: number;
}

/** The course of one run, for the picture. */
export interface TimelineData {
  readonly nodes: readonly string[];
  readonly columns: readonly Column[];
  readonly faults: readonly FaultSpan[];
  readonly changes: readonly StateChange[];
  /** Faults and changes of state that were not kept. */
  readonly dropped: number;
  /** The end of the faults; undefined: the run ended before. */
  readonly healedSeconds: number | undefined;
  readonly endSeconds: number;
}

/** Records the course of a run. It never schedules anything: a run with a timeline is the same run. */
export class Timeline implements FaultObserver {
  readonly #nodes: readonly string[];
  readonly #atSeconds: () => number;
  readonly #sampleAll: () => { readonly records: number; readonly nodes: readonly SampledNode[] };
  #columns: Column[] = [];
  readonly #faults: FaultSpan[] = [];
  readonly #changes: StateChange[] = [];
  #dropped = 0;
  #healedSeconds: number | undefined;
  #stepSeconds = 1;
  #nextSeconds = 0;

  /** `atSeconds`: simulated seconds since the start; `sampleAll`: the present state of the nodes, in their order. */
  constructor(
    nodes: readonly string[],
    atSeconds: () => number,
    sampleAll: () => { readonly records: number; readonly nodes: readonly SampledNode[] },
  ) {
    this.#nodes = nodes;
    this.#atSeconds = atSeconds;
    this.#sampleAll = sampleAll;
  }

  /** Called before each call of the schedule: takes a sample if one is due. */
  tick(): void {
    if (this.#atSeconds() < this.#nextSeconds) return;
    this.#sample();
    if (this.#columns.length >= COLUMNS_MAX) {
      this.#columns = this.#columns.filter((_, i) => i % 2 === 0);
      this.#stepSeconds *= 2;
    }
    this.#nextSeconds = (Math.floor(this.#atSeconds() / this.#stepSeconds) + 1) * this.#stepSeconds;
  }

  begin(kind: FaultKind, nodes: readonly string[]): () => void {
    const span: FaultSpan = { kind, nodes, fromSeconds: this.#atSeconds(), toSeconds: undefined };
    if (this.#faults.length < SPANS_MAX) this.#faults.push(span);
    else this.#dropped++;
    return () => {
      span.toSeconds = this.#atSeconds();
    };
  }

  changed(node: string, state: NodeState): void {
    if (this.#changes.length < SPANS_MAX) this.#changes.push({ node, state, atSeconds: this.#atSeconds() });
    else this.#dropped++;
  }

  /** All faults have ended. */
  healed(): void {
    this.#healedSeconds = this.#atSeconds();
  }

  /** The course up to now, with a last sample. */
  data(): TimelineData {
    this.#sample();
    return {
      nodes: this.#nodes,
      columns: this.#columns,
      faults: this.#faults,
      changes: this.#changes,
      dropped: this.#dropped,
      healedSeconds: this.#healedSeconds,
      endSeconds: this.#atSeconds(),
    };
  }

  #sample(): void {
    const { records, nodes } = this.#sampleAll();
    const numbers = new Map<string, number>();
    const groups = nodes.map(({ state, root }) => {
      if (state !== "up") return -1;
      const number = numbers.get(root) ?? numbers.size;
      numbers.set(root, number);
      return number;
    });
    this.#columns.push({
      atSeconds: this.#atSeconds(),
      records,
      held: nodes.map(({ held }) => held),
      groups,
      inSync: nodes.map(({ inSync }) => inSync),
    });
  }
}
