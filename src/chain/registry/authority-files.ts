import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { ChainFacts, RosterFrom } from "../../engine/index.js";
import { decodeAddress } from "../../protocol/address.js";
import { toHex } from "../../protocol/bytes.js";
import { ALWAYS, registryDigest, trimRoster, type WeightedKey } from "../../protocol/digests.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import { describeFinding, scanJson } from "../../protocol/json-scan.js";
import { NETWORKS, type NetworkIdentity } from "../../protocol/rules.js";

/** A registry of 100,000 authors is about 10 MB of JSON. */
const FILE_MAX_BYTES = 16 * 1024 * 1024;
const AUTHORS_MAX = 100_000;
/** One roster per day for the horizon and a year of history. */
const ROSTERS_MAX = 500;

const weighted = z.strictObject({ key: z.string(), weight: z.number().int().min(1).max(10_000) });
const networkName = z.enum(NETWORKS);
const registryFile = z.strictObject({ network: networkName, authors: z.array(weighted).max(AUTHORS_MAX) });
const rosterFile = z.strictObject({
  network: networkName,
  rosters: z
    .array(z.strictObject({ from_day: z.number().int().min(0).max(0xffff_ffff), members: z.array(weighted) }))
    .max(ROSTERS_MAX),
});

/** Reads a JSON file in UTF-8 without duplicate keys. Throws `bad_parameters` or `invalid_json`. */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    const bytes = await readFile(path);
    if (bytes.length > FILE_MAX_BYTES) throw new NetworkError("bad_parameters", `${path} is larger than 16 MiB`);
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof NetworkError) throw cause;
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "not UTF-8";
    throw new NetworkError(
      "bad_parameters",
      `${path} can't be read (${why}): name a JSON file that this user may read`,
      {
        cause,
      },
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new NetworkError("invalid_json", `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const finding = scanJson(text);
  if (finding === undefined) return json;
  throw new NetworkError("invalid_json", `${path}: ${describeFinding(finding)}`);
}

function parse<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "the file" : issue.path.join(".");
  throw new NetworkError("bad_parameters", `${path}: ${where}: ${issue?.message ?? "a value is not valid"}`);
}

/** Keys are hex or TOS addresses of the network; a duplicate key is an error. */
function readKeys(entries: readonly WeightedKey[], network: number, path: string): WeightedKey[] {
  const seen = new Set<string>();
  return entries.map(({ key, weight }) => {
    let hex = key.toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(hex)) {
      const decoded = decodeAddress(key, network);
      if (!decoded.ok)
        throw new NetworkError("bad_parameters", `${path}: ${key.slice(0, 80)} is neither a key nor an address`);
      hex = toHex(decoded.value);
    }
    if (seen.has(hex)) throw new NetworkError("bad_parameters", `${path}: ${hex} is listed twice`);
    seen.add(hex);
    return { key: hex, weight };
  });
}

function checkNetwork(name: (typeof NETWORKS)[number], network: number, path: string): void {
  if (NETWORKS[network] !== name) {
    throw new NetworkError("bad_parameters", `${path} is for ${name}, this node is on ${NETWORKS[network]}`);
  }
}

/** The facts of "everyone" (devnet only). */
export function everyone(rosters: readonly RosterFrom[]): ChainFacts {
  return { registry: { kind: "everyone" }, registryDigest: "00".repeat(32), registryTimeSeconds: ALWAYS, rosters };
}

/** Registry file: JSON {network, authors: [{key, weight}]}; counts from time 0. */
export async function readRegistryFile(
  path: string,
  blake3: Blake3,
  identity: NetworkIdentity,
  rosters: readonly RosterFrom[],
): Promise<ChainFacts> {
  const file = parse(registryFile, await readJsonFile(path), path);
  checkNetwork(file.network, identity.network, path);
  const keys = readKeys(file.authors, identity.network, path);
  return {
    registry: { kind: "listed", authors: new Map(keys.map(({ key, weight }) => [key, { weight, fromSeconds: 0 }])) },
    registryDigest: toHex(registryDigest(blake3, identity.genesis, keys)),
    registryTimeSeconds: ALWAYS,
    rosters,
  };
}

/** Roster file: JSON {network, rosters: [{from_day, members: [{key, weight}]}]}; each cut to the rule's maximum. */
export async function readRosterFile(path: string, identity: NetworkIdentity): Promise<RosterFrom[]> {
  const file = parse(rosterFile, await readJsonFile(path), path);
  checkNetwork(file.network, identity.network, path);
  const rosters = file.rosters.map(({ from_day, members }) => ({
    fromDay: from_day,
    members: trimRoster(readKeys(members, identity.network, path), identity.rules.rosterMax),
  }));
  rosters.sort((a, b) => a.fromDay - b.fromDay);
  const repeated = rosters.find((roster, i) => rosters[i - 1]?.fromDay === roster.fromDay);
  if (repeated !== undefined)
    throw new NetworkError("bad_parameters", `${path}: from_day ${repeated.fromDay} is listed twice`);
  return rosters;
}
