import { Option } from "commander";
import { nameArgument } from "../arguments/index.js";

/** An option whose value is one of `names`, whatever its case and separators. */
export function nameOption(flags: string, description: string, names: readonly string[]): Option {
  return new Option(flags, description).choices(names).argParser(nameArgument(names));
}
