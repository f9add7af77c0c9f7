// The parts of docs/task-life.md that are made of the table in src/engine/fold/task-life.ts.

/** The diagram of the documents' statuses and the table of every change, as Markdown. */
export function taskLifeParts(life) {
  const named = (status) => status ?? "[*]";
  const arrows = life
    .filter(({ documented }) => documented)
    .map(({ from, to, carriers }) => `    ${named(from)} --> ${to}: ${carriers.join(", ")}`);
  const diagram = ["```mermaid", "stateDiagram-v2", ...arrows, "```"].join("\n");
  const rows = life.map(
    ({ from, to, carriers, when, documented }) =>
      `| ${from ?? "(unknown)"} | ${to} | ${carriers.join(", ")} | ${when} | ${documented ? "yes" : "no"} |`,
  );
  const table = ["| from | to | carrier | when | in the documents |", "|---|---|---|---|---|", ...rows].join("\n");
  return [diagram, table];
}
