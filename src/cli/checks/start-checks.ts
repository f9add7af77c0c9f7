import type { StreamingBlake3 } from "../../protocol/hash.js";
import { NETWORKS, type NetworkIdentity } from "../../protocol/rules.js";
import {
  DEFAULT_API,
  expandHome,
  type GivenAddresses,
  type GlobalOptions,
  givenProblem,
  parseHostPort,
  type RegistryName,
} from "../arguments/index.js";
import type { Check } from "./doctor-checks.js";
import { OPEN_FILES_ENOUGH, openFilesLimit, openFilesProblem } from "./machine.js";

/** The options that exclude each other; undefined if there are none. */
export function choiceProblem({ daemon, registry, networkName }: Partial<StartChoice>): string | undefined {
  if (daemon === undefined && registry !== undefined) return "--registry goes with --daemon";
  if (daemon !== undefined && networkName !== undefined) {
    return "--network-name is for a standalone network, not one of a --daemon";
  }
  return undefined;
}

/** The options of `start` that the start conditions depend on. */
export interface StartChoice extends GlobalOptions, GivenAddresses {
  readonly daemon?: string;
  readonly registry?: RegistryName;
  readonly registryFile?: string;
  readonly rosterFile?: string;
  readonly rulesFile?: string;
  readonly networkName?: string;
}

/** Warns between OPEN_FILES_MIN and OPEN_FILES_ENOUGH. Below OPEN_FILES_MIN the program does not load at all. */
export function checkOpenFiles(limit = openFilesLimit()): Check {
  const name = "open files";
  const problem = openFilesProblem(limit);
  if (problem !== undefined) return { name, ok: false, detail: problem };
  const detail = limit === undefined ? "the system does not report the limit" : `${limit} at most`;
  if (limit === undefined || limit >= OPEN_FILES_ENOUGH) return { name, ok: true, detail };
  const cure = `raise the limit to ${OPEN_FILES_ENOUGH} (ulimit -n, LimitNOFILE of a unit) for many connections`;
  return { name, ok: true, detail, cure };
}

interface Chosen {
  readonly network: number;
  readonly identity: NetworkIdentity | undefined;
}

/** The network of the start: that of the data directory, else that of the options. */
async function chosen(options: StartChoice, blake3: StreamingBlake3): Promise<Chosen> {
  const { rememberedChain } = await import("../../plugin/remembered-chain.js");
  const { chainIdentity, networkIdentity } = await import("../../plugin/network-identity.js");
  const { network, networkGiven, registryFile, rulesFile, networkName } = options;
  const rules = rulesFile === undefined ? {} : { rulesFile: expandHome(rulesFile) };
  // A standalone start follows no chain, so a damaged file of the chain does not matter to it.
  const known = await rememberedChain(expandHome(options.dirPath), networkGiven ? network : undefined).catch(
    (error: unknown) => {
      if (options.daemon !== undefined) throw error;
      return undefined;
    },
  );
  let identity: NetworkIdentity | undefined;
  if (known !== undefined) identity = await chainIdentity(blake3, { ...known, ...rules });
  else if (options.daemon === undefined) {
    const registry = registryFile === undefined ? {} : { registryFile: expandHome(registryFile) };
    identity = await networkIdentity(blake3, {
      network,
      ...rules,
      ...registry,
      ...(networkName === undefined ? {} : { networkName }),
    });
  }
  return { network: identity?.network ?? NETWORKS.indexOf(network), identity };
}

/** Checks the registry file and the roster file, if they are given. */
async function checkAuthorities(options: StartChoice, blake3: StreamingBlake3, { identity }: Chosen): Promise<void> {
  const { registryFile, rosterFile, rulesFile, registry } = options;
  if (identity === undefined) {
    const { checkGivenFiles } = await import("../../plugin/sidecar.js");
    const file = (name: string, path: string | undefined) => (path === undefined ? {} : { [name]: expandHome(path) });
    await checkGivenFiles({
      ...file("registryFile", registryFile),
      ...file("rosterFile", rosterFile),
      ...file("rulesFile", rulesFile),
      ...(registry === undefined ? {} : { registry }),
    });
    return;
  }
  const { readRegistryFile, readRosterFile } = await import("../../chain/index.js");
  const rosters = rosterFile === undefined ? [] : await readRosterFile(expandHome(rosterFile), identity);
  if (registryFile !== undefined) await readRegistryFile(expandHome(registryFile), blake3, identity, rosters);
}

function refused(name: string, error: unknown): Check {
  return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
}

/**
 * Checks every condition of a start with these options. While the node runs, the addresses are not checked: it listens
 * there.
 */
export async function checkStart(options: StartChoice, isRunning: boolean): Promise<Check[]> {
  const { loadKernel } = await import("../../kernel/loader.js");
  const { blake3Of } = await import("../../kernel/index.js");
  const { defaultListen } = await import("../../network/reach/default-listen.js");
  const { startConditions } = await import("../../plugin/start-conditions.js");
  const loaded = await loadKernel();
  const blake3 = blake3Of(loaded.kernel);
  try {
    const checks: Check[] = [];
    const problem = choiceProblem(options);
    if (problem !== undefined) checks.push({ name: "options", ok: false, detail: problem });
    const given = await givenProblem(options);
    if (given !== undefined) checks.push({ name: "addresses", ok: false, detail: given });
    let choice: Chosen = { network: NETWORKS.indexOf(options.network), identity: undefined };
    try {
      choice = await chosen(options, blake3);
      await checkAuthorities(options, blake3, choice);
    } catch (error) {
      checks.push(refused("network", error));
    }
    const conditions = startConditions({
      dirPath: expandHome(options.dirPath),
      network: choice.network,
      identity: choice.identity,
      kernel: loaded.kernel,
      isRunning,
      listen: isRunning || given !== undefined ? [] : (options.p2pListen ?? defaultListen(options.bootstrap ?? [])),
      api: isRunning ? undefined : parseHostPort(options.api ?? DEFAULT_API),
    });
    for (const { name, check } of conditions) {
      try {
        const found = await check();
        checks.push({ name, ok: true, ...(typeof found === "string" ? { detail: found } : found) });
      } catch (error) {
        checks.push(refused(name, error));
      }
    }
    return checks;
  } finally {
    await loaded.kernel.close();
  }
}
