import type { TraceLine } from "../run/result.js";

/** Lines that a node keeps. */
const LINES_A_NODE = 200;
/** Lines of a byzantine peer in the trace of a failure: they act more often than nodes write lines. */
const LINES_AROUND = 15;

/** The last log lines and changes of each node, for the trace of a failure. */
export class Trace {
  readonly #byNode = new Map<string, TraceLine[]>();

  add(node: string, atSeconds: number, text: string): void {
    let lines = this.#byNode.get(node);
    if (lines === undefined) {
      lines = [];
      this.#byNode.set(node, lines);
    }
    lines.push({ atSeconds, node, text });
    if (lines.length > 2 * LINES_A_NODE) lines.splice(0, LINES_A_NODE);
  }

  /** The last lines of some nodes and of peers around them, in the order of time. */
  of(nodes: readonly string[], around: readonly string[]): TraceLine[] {
    const last = (names: readonly string[], count: number): TraceLine[] =>
      names.flatMap((name) => (this.#byNode.get(name) ?? []).slice(-count));
    return [...last(nodes, LINES_A_NODE), ...last(around, LINES_AROUND)].sort((a, b) => a.atSeconds - b.atSeconds);
  }
}
