/**
 * The difference of two sets of record ids, from fewer bytes than a listing (protocol.md, section 10, full form).
 *
 * In: `ShortIds` takes the ids of one side and hashes each with the key of the exchange; `CodedCells` makes coded cells
 * of them; `CellDecoder` takes the cells of the other side. Out: the short ids that only one side has.
 *
 * A short id is a SipHash-2-4 under a key that nobody knows before the exchange: an author can't make ids that collide
 * or that are in the same cells. The mapping to cells is rateless IBLT with integers: as many cells are made as the
 * difference needs, about 1.45 for each id of it.
 *
 * Bounds: each object grows with the ids of one chunk of an exchange, which its caller bounds; a decoder that finds
 * more short ids than it received cells has failed, and stops.
 *
 * Under overload: `CodedCells.build` and `CellDecoder.work` stop when the budget of a step is spent, and go on later.
 */
export { CellDecoder } from "./cell-decoder.js";
export { CodedCells } from "./coded-cells.js";
export { ShortIds, shortKey } from "./short-ids.js";
export { matches, ShortIndex } from "./short-index.js";
