import type { Command } from "commander";
import type { GlobalOptions } from "./arguments/index.js";
import { type CliIo, Output } from "./output/index.js";

/** The input of a command's action. */
export interface CommandContext<T> {
  readonly io: CliIo;
  readonly out: Output;
  readonly options: GlobalOptions & T;
  /** Calls the running node. */
  call(method: string, params?: unknown): Promise<unknown>;
}

/** The context of a command: its own options and those of the program. */
export function contextOf<T>(io: CliIo, command: Command): CommandContext<T> {
  const networkGiven = command.getOptionValueSourceWithGlobals("network") !== "default";
  const options: GlobalOptions & T = { ...command.optsWithGlobals(), networkGiven };
  return {
    io,
    options,
    out: new Output(io, options.json === true),
    call: async (method, params) => {
      const { callNode, findNode } = await import("./client/index.js");
      return callNode(await findNode(options), method, params);
    },
  };
}
