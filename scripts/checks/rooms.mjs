// Imports point down only. Project references hold this at compile time; this check holds the references themselves,
// and sees what the compiler does not count as an import of another project (dynamic imports, type queries).
import path from "node:path";
import { filesIn, read } from "./files.mjs";
import { importsOf } from "./lexer.mjs";

export const title = "imports and project references point down";

const BELOW_ADAPTERS = ["protocol", "engine"];
const WITH_PACKAGE = ["lifecycle", ...BELOW_ADAPTERS];
const BELOW_PLUGIN = ["lifecycle", "protocol", "kernel", "engine", "network", "storage", "chain", "api", "manager"];

/** The folders of the engine from the bottom up: each imports those before it. Files beside them are under no order. */
const ENGINE_TOWER = [
  "bounded",
  "set",
  "fold",
  "rewards",
  "voting",
  "peers",
  "alerts",
  "ballots",
  "intake",
  "exchange",
  "bodies",
  "sync",
];

/** The types that napi generates of the addon. */
const ADDON_TYPES = "native/addon/index.js";
/** libp2p with the packages below it. */
const LIBP2P = "vendor/libp2p/index.js";

/** For every room, the rooms that it may import. */
const MAY_IMPORT = {
  lifecycle: [],
  protocol: [],
  kernel: ["lifecycle", "protocol", ADDON_TYPES],
  engine: ["protocol"],
  network: [...BELOW_ADAPTERS, LIBP2P],
  storage: WITH_PACKAGE,
  chain: BELOW_ADAPTERS,
  api: WITH_PACKAGE,
  manager: BELOW_PLUGIN.filter((room) => room !== "manager"),
  plugin: BELOW_PLUGIN,
  check: ["protocol", "kernel", "engine", "storage"],
  cli: [...BELOW_PLUGIN, "check", "plugin"],
  testing: ["protocol"],
};

export function check(root) {
  return [...referenceProblems(root), ...importProblems(root)];
}

function* referenceProblems(root) {
  for (const [room, allowed] of Object.entries(MAY_IMPORT)) {
    const file = `src/${room}/tsconfig.json`;
    const { references = [] } = JSON.parse(read(root, file));
    for (const reference of references) {
      const target = path.posix.join("src", room, reference.path).split("/")[1];
      if (!allowed.includes(target)) yield `${file}: ${room} may not reference ${target}`;
    }
  }
}

function* importProblems(root) {
  for (const file of filesIn(root, "src", [".ts"])) {
    const room = roomOf(file);
    if (room === "index") continue;
    for (const { specifier, line } of importsOf(read(root, file))) {
      if (!specifier?.startsWith(".")) continue;
      const target = path.posix.join(path.posix.dirname(file), specifier);
      const targetRoom = roomOf(target);
      const [floor, targetFloor] = [floorOf(file), floorOf(target)];
      if (floor !== -1 && targetFloor > floor) yield `${file}:${line}: ${target} is further up in the engine`;
      if (targetRoom !== room && !MAY_IMPORT[room]?.includes(targetRoom)) {
        yield `${file}:${line}: ${room} may not import ${target}`;
      }
    }
  }
}

/** The room of a file; src/index.ts stands above all of them. */
function roomOf(file) {
  if (file === ADDON_TYPES || file === LIBP2P) return file;
  const [top, room = ""] = file.split("/");
  return top === "src" ? room.replace(/\.[jt]s$/, "") : "outside";
}

/** The place of a file's folder in the engine's tower; -1 outside of it. */
function floorOf(file) {
  const [top, room, folder] = file.split("/");
  return top === "src" && room === "engine" ? ENGINE_TOWER.indexOf(folder) : -1;
}
