import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { fromHex, toHex } from "../protocol/bytes.js";
import { NetworkError } from "../protocol/errors.js";
import { NETWORKS, type NetworkName } from "../protocol/rules.js";
import { createOnce, dataPath, hasCode, readFormat, startRefusal, storageError } from "../storage/index.js";

/** Sources of the registry of authors. */
export const REGISTRY_SOURCES = ["chain", "file", "everyone"] as const;
export type RegistrySource = (typeof REGISTRY_SOURCES)[number];

const FILE_NAME = "chain.json";
/** Longest text of the file: its few fields need some hundred bytes. */
const MAX_BYTES = 4096;

const shape = z.strictObject({
  version: z.literal(1),
  registry: z.enum(REGISTRY_SOURCES),
  /** Digest of the network rules, hex. */
  rules: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * The content of `chain.json` in a data directory: the settings that the genesis does not determine. The records in the
 * directory were accepted under these settings, so that they must not change.
 */
export type ChainTerms = Omit<z.infer<typeof shape>, "version">;

/** The chain of a data directory. */
export interface RememberedChain {
  readonly network: NetworkName;
  /** 32 bytes. */
  readonly genesis: Uint8Array;
  readonly registry: RegistrySource;
}

async function readTerms(path: string): Promise<ChainTerms | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return undefined;
    throw startRefusal(`${path} can't be read`, cause);
  }
  try {
    if (text.length <= MAX_BYTES) return shape.parse(JSON.parse(text));
  } catch {
    // The parser's message does not help a person.
  }
  throw new NetworkError("storage_corrupt", `${path} is damaged: restore it from a backup of the directory`);
}

/**
 * Writes the terms into the data directory at its first start. Throws `storage_foreign` at a later start with other
 * terms.
 */
export async function checkTerms(directory: string, terms: ChainTerms): Promise<void> {
  const path = join(directory, FILE_NAME);
  const text = `${JSON.stringify({ version: 1, ...terms }, undefined, 2)}\n`;
  const before = await readTerms(path);
  if (before === undefined) {
    try {
      await createOnce(path, new TextEncoder().encode(text));
    } catch (cause) {
      throw storageError(`${path} could not be written`, cause);
    }
    return;
  }
  if (before.registry !== terms.registry) {
    throw new NetworkError(
      "storage_foreign",
      `${directory} was made with the registry "${before.registry}", not "${terms.registry}": ` +
        "nodes of the two refuse each other. Start it as before, or choose another directory",
    );
  }
  if (before.rules !== terms.rules) {
    throw new NetworkError(
      "storage_foreign",
      `${directory} was made under other network rules: start it with them, or choose another directory`,
    );
  }
}

/**
 * The chain of a base directory: that of `network`, or the only one. Undefined at the first start, and if there are
 * several.
 */
export async function rememberedChain(
  dirPath: string,
  network: NetworkName | undefined,
): Promise<RememberedChain | undefined> {
  const found: RememberedChain[] = [];
  for (const [id, name] of NETWORKS.entries()) {
    if (network !== undefined && name !== network) continue;
    const directory = dataPath(dirPath, id);
    const terms = await readTerms(join(directory, FILE_NAME));
    const format = terms === undefined ? undefined : await readFormat(join(directory, "format.json"));
    const genesis = format === undefined ? undefined : fromHex(format.genesis, 32);
    if (terms !== undefined && genesis !== undefined) found.push({ network: name, genesis, registry: terms.registry });
  }
  return found.length === 1 ? found[0] : undefined;
}

/** The terms for {@link checkTerms}. */
export function termsOf(registry: RegistrySource, rulesDigest: Uint8Array): ChainTerms {
  return { registry, rules: toHex(rulesDigest) };
}
