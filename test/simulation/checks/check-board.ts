/** The checkers. Each judges from outside of the nodes. */
export const CHECKS = [
  /** Two nodes with equal sets and equal facts have equal digests. */
  "equal_state",
  /** Each record whose publishing call succeeded is on its node, and after healing on all nodes. */
  "nothing_lost",
  /** No key of an honest node signs two records in one slot. */
  "no_equivocation",
  /** No record enters the set of an honest node that its author did not sign. */
  "forged",
  /** A key that contradicts itself is excluded on all nodes, with the proof. */
  "equivocators",
  /** No honest node charges an honest peer with a fault. */
  "no_false_charge",
  /** Every structure stays within its cap. */
  "bounds",
  /** After healing all records and bodies are on all nodes in time. */
  "convergence",
  /** A node says "in sync" only if it lacks no record that its peers have held for a while. */
  "in_sync_true",
  /** A restarted node has exactly the records of its store. */
  "restart",
  /** The API keeps its promises: each event once, in order, across crashes; one answer for one idempotency key. */
  "api_promises",
  /** Each call of the API is answered in time. */
  "answers",
  /** No error escapes from a node; nothing is reported as a failure of its own code. */
  "no_escape",
  /** A submission has one certified value, on all nodes and in time; only the scenario with a roster judges it. */
  "one_verdict",
  /** Work for each record stays within a budget. */
  "work",
] as const;
export type CheckName = (typeof CHECKS)[number];

/** A rule that a run broke. */
export class CheckFailure extends Error {
  readonly check: CheckName;
  /** Names of the nodes that show it. */
  readonly nodes: readonly string[];

  constructor(check: CheckName, text: string, nodes: readonly string[]) {
    super(`${check}: ${text}`);
    this.check = check;
    this.nodes = nodes;
  }
}

/** Counts what was judged, so that a checker that never judges is seen. */
export class CheckBoard {
  readonly counts = new Map<CheckName, number>(CHECKS.map((name) => [name, 0]));
  /** The first failure. */
  failure: CheckFailure | undefined;

  /** Judges once. `text` is made only for a failure. */
  expect(check: CheckName, good: boolean, text: () => string, nodes: readonly string[]): void {
    this.counts.set(check, (this.counts.get(check) ?? 0) + 1);
    if (!good) this.failure ??= new CheckFailure(check, text(), nodes);
  }
}
