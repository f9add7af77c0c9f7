import { join } from "node:path";
import type { BoundRow, FaultDetail, FaultWatch } from "../api/index.js";
import {
  type AuthorLookup,
  ChainRegistry,
  everyone,
  type FactsSource,
  FixedFacts,
  type LedgerGap,
  readRegistryFile,
  readRosterFile,
} from "../chain/index.js";
import type { Log } from "../manager/index.js";
import { NetworkError } from "../protocol/errors.js";
import { ChainMemoryFile } from "./chain-memory-file.js";
import type { PreparedParts } from "./opening.js";
import type { RegistrySource } from "./remembered-chain.js";

/** A facts source with its sizes and caps. */
export interface OpenFacts {
  readonly facts: FactsSource;
  readonly bounds: () => readonly BoundRow[];
  /** Standing faults of the facts. */
  readonly faults: () => FactsFaults;
}

/** Standing faults of facts from the chain. */
export interface FactsFaults {
  /** Blocks that were not available; registrations in them are unknown. */
  readonly gap?: LedgerGap | undefined;
  /** The registry file can't be written. */
  readonly memoryFails?: boolean;
}

/** Watches of these faults, for the fault board. */
export function factsWatches(faults: () => FactsFaults): readonly FaultWatch[] {
  return [
    { component: "chain", code: "pruned", active: () => describeGap(faults().gap) },
    { component: "chain", code: "memory_failed", active: () => faults().memoryFails ?? false },
  ];
}

function describeGap(gap: LedgerGap | undefined): FaultDetail | undefined {
  if (gap === undefined) return undefined;
  return {
    text:
      `the chain's node does not have the blocks ${gap.fromTopoheight} to ${gap.toTopoheight}: ` +
      "authors who registered in them are unknown here, and the registry differs from that of other nodes",
    cure:
      "stop the node, remove the file registry from its data directory, and start it beside a daemon with the whole " +
      "chain; or copy the file registry from a node that has the whole chain",
  };
}

/** Files with facts. */
export interface FactsFiles {
  /** The registry of authors. */
  readonly registryFile?: string | undefined;
  /** The rosters of validators. */
  readonly rosterFile?: string | undefined;
}

const NO_BOUNDS = (): readonly BoundRow[] => [];
const NO_FAULTS = (): FactsFaults => ({});

/** The facts source of a node that follows a chain; not started. Throws NetworkErrors. */
export async function openFacts(
  { blake3, identity, data }: PreparedParts,
  { registryFile, rosterFile }: FactsFiles,
  registry: RegistrySource,
  lookup: AuthorLookup,
  log: Log,
): Promise<OpenFacts> {
  const rosters = rosterFile === undefined ? [] : await readRosterFile(rosterFile, identity);
  switch (registry) {
    case "everyone":
      return { facts: new FixedFacts(everyone(rosters)), bounds: NO_BOUNDS, faults: NO_FAULTS };
    case "file": {
      if (registryFile === undefined)
        throw new NetworkError("bad_parameters", "a registry from a file needs a file name");
      const facts = await readRegistryFile(registryFile, blake3, identity, rosters);
      return { facts: new FixedFacts(facts), bounds: NO_BOUNDS, faults: NO_FAULTS };
    }
    case "chain": {
      const file = new ChainMemoryFile(join(data.path, "registry"));
      const memory = data.readOnly ? { load: () => file.load(), save: () => Promise.resolve() } : file;
      const { genesis } = identity;
      const facts = new ChainRegistry({ blake3, genesis, rosters, memory, lookup, log });
      return { facts, bounds: () => facts.boundRows(), faults: () => facts.faults };
    }
  }
}
