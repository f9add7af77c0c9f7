/** What `model.mjs` runs, in one bundle with the code of the node. */
export { type ExploreReport, Explorer } from "./explore.js";
export { CANARIES } from "./moves.js";
export { Walk } from "./walk.js";
