import { InvalidArgumentError } from "commander";
import { TASK_TYPES } from "../../protocol/enumerations.js";

/** The plugin's list, repeated here: the plugin is loaded only when a node starts. */
export const REGISTRIES = ["chain", "file", "everyone"] as const;
export type RegistryName = (typeof REGISTRIES)[number];

/** `CodeAnalysis,SecurityAudit` as indexes of TASK_TYPES. */
export function taskTypesArgument(text: string): number[] {
  const names: readonly string[] = TASK_TYPES;
  const types = [...new Set(text.split(",").map((name) => names.indexOf(name.trim())))];
  if (!types.includes(-1)) return types.sort((a, b) => a - b);
  throw new InvalidArgumentError(`Expected some of ${TASK_TYPES.join(", ")}, with commas between them.`);
}
