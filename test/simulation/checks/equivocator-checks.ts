import type { Contradiction } from "../byzantine/crowd.js";
import type { SimNode } from "../node/sim-node.js";
import type { World } from "../world/world.js";

/** A node makes 12 alerts a minute and sends one again after 60 s; the rest of the time is that of the network. */
const ALERTS_SECONDS = 180;

/**
 * A key that signed two records for one slot or one subject is excluded on all nodes, and each node has an alert about
 * it. Judged where both records, their task and what they validate reached the network.
 */
export async function checkEquivocators(world: World): Promise<void> {
  const { nodes, crowd, board } = world;
  const areHeld = (ids: readonly string[]): boolean =>
    nodes.every(({ held }) => ids.every((id) => held.records.has(id)));
  const shown = crowd.book.contradictions.filter(
    ({ ids, taskIds, submissionIds }) => areHeld(ids) && areHeld(taskIds) && areHeld(submissionIds),
  );
  if (shown.length === 0) return;
  for (
    let second = 0;
    second < ALERTS_SECONDS && !shown.every((one) => nodes.every((node) => isAlerted(node, one)));
    second++
  ) {
    await world.until((world.atSeconds + 1) * 1000);
  }
  for (const one of shown) {
    const { author, ids, taskIds } = one;
    for (const node of nodes) {
      const { name, control, life } = node;
      board.expect(
        "equivocators",
        isAlerted(node, one),
        () => `${name} has no alert about ${author}: ${ids.join(", ")}`,
        [name],
      );
      if (control === undefined) continue;
      const details = await world.settle(life, () => Promise.all(taskIds.map((id) => control.taskDetails(id))));
      const isOut = details.every(({ view }) => view.excludedAuthors.some((excluded) => excluded.author === author));
      board.expect("equivocators", isOut, () => `${name} counts ${author} in ${taskIds.join(" or ")}`, [name]);
    }
  }
}

function isAlerted({ control }: SimNode, { author, taskIds }: Contradiction): boolean {
  return taskIds.some((id) => control?.fraudAlerts(id, 100).some(({ equivocator }) => equivocator === author) === true);
}
