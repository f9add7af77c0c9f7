// Layered layout of an acyclic graph: a node stands above all that it points to. Layers are counted from the bottom.

/** The layer of each node: 0 if it points to nothing, else one above the highest node that it points to. */
function layersOf(graph) {
  const layers = new Map();
  const visit = (node) => {
    const known = layers.get(node);
    if (known !== undefined) return known;
    layers.set(node, 0); // Ends the recursion on a circle, which the check `circles` reports.
    const layer = Math.max(-1, ...[...targetsOf(graph, node)].map(visit)) + 1;
    layers.set(node, layer);
    return layer;
  };
  for (const node of graph.keys()) visit(node);
  return layers;
}

/** For each node, all nodes that a way of arrows leads to. */
export function reachOf(graph) {
  const reach = new Map();
  const visit = (node) => {
    const known = reach.get(node);
    if (known !== undefined) return known;
    const found = new Set();
    reach.set(node, found);
    for (const next of targetsOf(graph, node)) {
      found.add(next);
      for (const far of visit(next)) found.add(far);
    }
    return found;
  };
  for (const node of graph.keys()) visit(node);
  return reach;
}

/** The graph without the arrows that follow from others: if a points to b and b to c, the arrow from a to c goes. */
export function reduced(graph) {
  const reach = reachOf(graph);
  const kept = (targets) => targets.filter((to) => !targets.some((via) => via !== to && reach.get(via)?.has(to)));
  return new Map([...graph.keys()].map((node) => [node, new Set(kept([...targetsOf(graph, node)]))]));
}

/**
 * Places boxes of the given sizes in rows, the highest layer first, each row centred. An arrow that crosses a row takes
 * a lane of its own there.
 *
 * @returns width and height of the whole, a place for each node, and for each arrow the places that it goes through
 */
export function place(graph, sizes, { gapX, gapY, laneWidth }) {
  const { rows, chains } = rowsWithLanes(graph);
  const neighbours = neighboursOf(chains);
  for (let round = 0; round < 8; round += 1) sortRows(round % 2 === 0 ? rows : rows.toReversed(), neighbours);

  const widthOf = (node) => sizes.get(node)?.width ?? laneWidth;
  const rowWidth = (row) => row.reduce((sum, node) => sum + widthOf(node) + gapX, -gapX);
  const width = Math.max(0, ...rows.map(rowWidth));
  const places = new Map();
  let y = 0;
  for (const row of rows) {
    const height = Math.max(0, ...row.map((node) => sizes.get(node)?.height ?? 0));
    let x = (width - rowWidth(row)) / 2;
    for (const node of row) {
      const own = sizes.get(node)?.height ?? height;
      const rowRange = { rowTop: y, rowEnd: y + height };
      places.set(node, { x, y: y + (height - own) / 2, width: widthOf(node), height: own, ...rowRange });
      x += widthOf(node) + gapX;
    }
    y += height + gapY;
  }
  const arrows = chains.map((chain) => chain.map((node) => places.get(node)));
  return { width, height: Math.max(0, y - gapY), places, arrows };
}

/** The rows from the top, and for each arrow its chain: where it starts, its lanes, where it ends. */
function rowsWithLanes(graph) {
  const layers = layersOf(graph);
  const rows = Array.from({ length: Math.max(-1, ...layers.values()) + 1 }, () => []);
  const top = rows.length - 1;
  for (const node of [...graph.keys()].sort()) rows[top - layers.get(node)].push(node);
  const chains = [];
  for (const from of [...graph.keys()].sort()) {
    for (const to of [...targetsOf(graph, from)].sort()) {
      const chain = [from];
      for (let layer = layers.get(from) - 1; layer > layers.get(to); layer -= 1) {
        const lane = `${from} > ${to} @${layer}`;
        rows[top - layer].push(lane);
        chain.push(lane);
      }
      chains.push([...chain, to]);
    }
  }
  return { rows, chains };
}

function neighboursOf(chains) {
  const neighbours = new Map();
  const add = (a, b) => neighbours.set(a, [...(neighbours.get(a) ?? []), b]);
  for (const chain of chains) {
    for (let i = 1; i < chain.length; i += 1) {
      add(chain[i - 1], chain[i]);
      add(chain[i], chain[i - 1]);
    }
  }
  return neighbours;
}

/** Sorts each row by where its neighbours in the row before stand, so that few arrows cross. */
function sortRows(rows, neighbours) {
  for (let r = 1; r < rows.length; r += 1) {
    const before = rows[r - 1];
    const row = rows[r];
    const weight = new Map();
    for (const [i, node] of row.entries()) {
      const seats = (neighbours.get(node) ?? []).map((n) => before.indexOf(n)).filter((seat) => seat !== -1);
      const mean = seats.reduce((sum, seat) => sum + (seat + 0.5) / before.length, 0) / seats.length;
      weight.set(node, seats.length === 0 ? (i + 0.5) / row.length : mean);
    }
    row.sort((a, b) => weight.get(a) - weight.get(b));
  }
}

function targetsOf(graph, node) {
  return graph.get(node) ?? new Set();
}
