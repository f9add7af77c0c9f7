// `npm run draw:tree`: draws the folders of `src` and their imports into docs/images/tree.svg.
//   node scripts/draw-tree.mjs [--root <directory>]
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drawTree, PICTURE } from "./tree/picture.mjs";

const { values } = parseArgs({ options: { root: { type: "string" } } });
const root = path.resolve(values.root ?? path.join(path.dirname(fileURLToPath(import.meta.url)), ".."));
const file = path.join(root, PICTURE);
mkdirSync(path.dirname(file), { recursive: true });
writeFileSync(file, drawTree(root));
console.log(`wrote ${PICTURE}`);
