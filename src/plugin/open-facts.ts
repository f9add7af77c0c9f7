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
import type { Ground } from "./opening.js";
import type { RegistrySource } from "./remembered-chain.js";

/** A facts source, and the sizes and caps of what grows in it. */
export interface OpenFacts {
  readonly facts: FactsSource;
  readonly bounds: () => readonly BoundRow[];
  /** What stands between the facts and what the chain says of them. */
  readonly faults: () => FactsFaults;
}

/** Standing faults of facts that come from the chain. */
export interface FactsFaults {
  /** Blocks that could not be had; who registered in them is unknown. */
  readonly gap?: LedgerGap | undefined;
  /** What was learned is not kept. */
  readonly memoryFails?: boolean;
}

/** The faults of facts, for the fault board. */
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
      `the chain's node does not have the blocks ${gap.fromTopoheight} to ${gap.toTopoheight}: authors who registered in ` +
      "them are unknown here, and the registry is another one than that of other nodes",
    cure:
      "stop the node, remove the file registry of its data directory, and start it beside a daemon that keeps the whole " +
      "chain; or put there the registry of a node that has it whole",
  };
}

/** What the facts are read from beside the chain. */
export interface FactsFiles {
  /** Who may author records. */
  readonly registryFile?: string | undefined;
  /** Who votes. */
  readonly rosterFile?: string | undefined;
}

const NO_BOUNDS = (): readonly BoundRow[] => [];
const NO_FAULTS = (): FactsFaults => ({});

/** Who may author records and who votes, for a node that follows a chain; not started. Errors are NetworkErrors. */
export async function openFacts(
  { blake3, identity, data }: Ground,
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
      if (registryFile === undefined) throw new NetworkError("bad_parameters", "a registry of a file needs the file");
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
