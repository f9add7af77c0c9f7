import type { Command } from "commander";
import type { RecordKind } from "../protocol/id-prefix.js";
import { type GlobalOptions, isWhole } from "./arguments/index.js";
import { type CliIo, Output } from "./output/index.js";

/** The input of a command's action. */
export interface CommandContext<T> {
  readonly io: CliIo;
  readonly out: Output;
  readonly options: GlobalOptions & T;
  /** Calls the running node. */
  call(method: string, params?: unknown): Promise<unknown>;
  /** The whole id of a record that a person named by its first digits. The node answers `not_found`, `ambiguous_id`. */
  id(text: string, kind: RecordKind): Promise<string>;
}

/** The context of a command: its own options and those of the program. */
export function contextOf<T>(io: CliIo, command: Command): CommandContext<T> {
  const networkGiven = command.getOptionValueSourceWithGlobals("network") !== "default";
  const options: GlobalOptions & T = { ...command.optsWithGlobals(), networkGiven };
  const call = async (method: string, params?: unknown): Promise<unknown> => {
    const { callNode, findNode } = await import("./client/index.js");
    return callNode(await findNode(options), method, params);
  };
  return {
    io,
    options,
    out: new Output(io, options.json === true),
    call,
    id: async (text, kind) => {
      if (isWhole(text)) return text;
      const { readAnswer, resolvedShape } = await import("./show/index.js");
      return readAnswer(resolvedShape, await call("ai_resolve_id", { prefix: text, kind })).id;
    },
  };
}
