// A folder of src is imported through its door, `index.ts`, only. The door opens with a page: a doc comment about the
// folder.
import path from "node:path";
import { filesIn, read } from "./files.mjs";
import { importsOf } from "./lexer.mjs";

export const title = "folders are entered by their doors";

/** Folders whose files are imported one by one: each holds one wire object. */
const OPEN = ["src/protocol", "src/protocol/generated"];

/**
 * Files that every command loads first, or the managed mode before its first answer: their rooms would bring the
 * database and the network with them.
 */
const LIGHT = [
  "src/api/methods.ts",
  "src/api/params/event-names.ts",
  "src/api/rpc-error.ts",
  "src/manager/options.ts",
  "src/network/constants.ts",
  "src/plugin/managed/own-output.ts",
  "src/storage/errno.ts",
];

export function check(root) {
  const files = filesIn(root, "src", [".ts"]);
  const folders = new Set(files.map((file) => path.posix.dirname(file)));
  for (const open of ["src", ...OPEN]) folders.delete(open);
  return [...doorProblems(root, files, folders), ...importProblems(root, files, folders)];
}

function* doorProblems(root, files, folders) {
  for (const folder of folders) {
    // The command line is a program: nothing imports it.
    if (folder === "src/cli") continue;
    const door = `${folder}/index.ts`;
    if (!files.includes(door)) yield `${folder}: there is no index.ts`;
    else if (!read(root, door).startsWith("/**\n")) yield `${door}:1: it does not open with a page, a /** comment`;
  }
}

function* importProblems(root, files, folders) {
  for (const file of files) {
    for (const { specifier, line, bare, dynamic } of importsOf(read(root, file))) {
      // A command loads lazily what it needs and no more. A bare import is for its effect.
      if (!specifier?.startsWith(".") || bare || (dynamic && file.startsWith("src/cli/"))) continue;
      const target = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, ".ts");
      const door = `${path.posix.dirname(target)}/index.ts`;
      const outside = !file.startsWith(`${path.posix.dirname(target)}/`);
      if (outside && folders.has(path.posix.dirname(target)) && target !== door && !LIGHT.includes(target)) {
        yield `${file}:${line}: import ${target} through ${door}`;
      }
    }
  }
}
