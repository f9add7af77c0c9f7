// The picture of the folders is what the imports in the code say.
import { existsSync } from "node:fs";
import path from "node:path";
import { drawTree, PICTURE } from "../tree/picture.mjs";
import { read } from "./files.mjs";

export const title = "the picture of the folders is current";

export function check(root) {
  const current = existsSync(path.join(root, PICTURE)) && read(root, PICTURE) === drawTree(root);
  return current ? [] : [`${PICTURE}: differs from the imports in src; run: npm run draw:tree`];
}
