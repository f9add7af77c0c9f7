import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = join(root, "test/simulation");
const platform = join(here, "platform");

/** Modules of Node.js that the simulator replaces in the product's code, and in the libraries that are bundled. */
const NODE_MODULES = {
  "node:fs/promises": join(platform, "fs-promises.ts"),
  "node:timers/promises": join(platform, "timers-promises.ts"),
  "node:crypto": join(platform, "crypto.ts"),
  "node:os": join(platform, "os.ts"),
  "node:net": join(platform, "net.ts"),
  "@multiformats/multiaddr": join(platform, "multiaddr.ts"),
  "@libp2p/crypto/keys": join(platform, "libp2p-keys.ts"),
};

/** Modules of the product that the simulator replaces: they need sockets. */
const PRODUCT_MODULES = { [join(root, "src/network/libp2p-node.ts")]: join(here, "network/libp2p-node.ts") };

/** Libraries that use timers: they are bundled, so that they get simulated ones. All others stay outside. */
const BUNDLED = /^(p-timeout|race-signal)$/;

const globals = join(platform, "globals.ts");
const INJECTED = {
  setTimeout: [globals, "setTimeout"],
  setInterval: [globals, "setInterval"],
  setImmediate: [globals, "setImmediate"],
  clearTimeout: [globals, "clearTimeout"],
  clearInterval: [globals, "clearInterval"],
  clearImmediate: [globals, "clearImmediate"],
  performance: [globals, "performance"],
  "Date.now": [globals, "dateNow"],
  "Math.random": [globals, "mathRandom"],
};

/** A change of the product's source text in one bundle: a canary. */
function patching(patches) {
  return {
    name: "canary",
    transform(code, id) {
      let out = code;
      for (const { file, find, replace } of patches) {
        if (id !== join(root, file)) continue;
        if (out.split(find).length !== 2) throw new Error(`${file} does not contain once: ${find}`);
        out = out.replace(find, () => replace);
      }
      // Without a map: a patch keeps the lines of the file.
      return out === code ? null : { code: out, map: null };
    },
  };
}

const CHARGES = "test/simulation/checks/charges.js";
/** Where the product counts a charge, it does not say whom it charges: the simulator hears that, too. */
const OBSERVATIONS = [
  {
    file: "src/manager/outbound/effect-runner.ts",
    find: `import type { NodeCount } from "../../api/index.js";`,
    replace: `import type { NodeCount } from "../../api/index.js"; import { charged } from "../../../${CHARGES}";`,
  },
  {
    file: "src/manager/outbound/effect-runner.ts",
    find: `this.#ports.count("peer_faults", effect.code, 1);`,
    replace: `charged(effect.peer, effect.code); this.#ports.count("peer_faults", effect.code, 1);`,
  },
  {
    file: "src/manager/assembly/build-network.ts",
    find: `import { NodeSigner } from "../outbound/index.js";`,
    replace: `import { NodeSigner } from "../outbound/index.js"; import { charged } from "../../../${CHARGES}";`,
  },
  {
    file: "src/manager/assembly/build-network.ts",
    find: `fault: (_peer, code) => count("peer_faults", code, 1),`,
    replace: `fault: (peer, code) => { charged(peer, code); count("peer_faults", code, 1); },`,
  },
];

const replacing = {
  name: "platform",
  async resolveId(source, importer) {
    const inside = importer?.startsWith(platform) ?? false;
    if (source in NODE_MODULES) return inside ? { id: source, external: true } : NODE_MODULES[source];
    if (source.startsWith("node:")) return { id: source, external: true };
    if (!source.startsWith(".") && !source.startsWith("/")) {
      return BUNDLED.test(source) ? null : { id: source, external: true };
    }
    const found = await this.resolve(source, importer, { skipSelf: true });
    const replaced = found === null ? undefined : PRODUCT_MODULES[found.id];
    return replaced === undefined || importer?.startsWith(here) ? found : replaced;
  },
};

/**
 * Bundles the simulator with the product's code on simulated modules. `patches`: changes of the product's source for a
 * canary, `{ file, find, replace }`. `sourcemap`: also writes a source map, at the path of the bundle with `.map`
 * behind it. Returns the path of the bundle; equal sources give the same path.
 */
export async function bundle(patches = [], { sourcemap = false } = {}) {
  const build = await rolldown({
    input: join(here, "run/main.ts"),
    plugins: [patching(patches), patching(OBSERVATIONS), replacing],
    transform: { inject: INJECTED },
    platform: "node",
    logLevel: "warn",
  });
  try {
    const { output } = await build.generate({ format: "esm", codeSplitting: false, sourcemap });
    const { code, map } = output[0];
    const name = createHash("sha256").update(code).digest("hex").slice(0, 16);
    const directory = join(root, "node_modules/.cache/simulation");
    mkdirSync(directory, { recursive: true });
    const path = join(directory, `${name}.mjs`);
    if (sourcemap) writeFileSync(`${path}.map`, JSON.stringify(map));
    writeFileSync(`${path}.${process.pid}`, code);
    renameSync(`${path}.${process.pid}`, path);
    return path;
  } finally {
    await build.close();
  }
}
