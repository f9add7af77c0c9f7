import type { TraceLine } from "../run/result.js";

/** Lines that a node keeps. */
const LINES_A_NODE = 200;

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

  /** The last lines of some nodes in the order of time. */
  of(nodes: readonly string[]): TraceLine[] {
    return nodes
      .flatMap((node) => (this.#byNode.get(node) ?? []).slice(-LINES_A_NODE))
      .sort((a, b) => a.atSeconds - b.atSeconds);
  }
}
