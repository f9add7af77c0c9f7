import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { DEFAULT_RULES } from "../../protocol/rules.js";
import { dataDirectory, expandHome, type GlobalOptions, showTime } from "../arguments/index.js";
import type { CommandContext } from "../command-context.js";
import { UsageError } from "../exit-codes.js";

export interface ImportSigningOptions {
  readonly genesis?: string;
}

/** The data directory, which no node uses now, and the genesis that it was made for. */
async function stoppedDirectory(options: GlobalOptions): Promise<{ path: string; genesis: string | undefined }> {
  const { directoryUse, inUse, readFormat } = await import("../../storage/index.js");
  const path = dataDirectory(options);
  const use = await directoryUse(path);
  if (use.kind === "held") throw inUse(path, use.holder);
  const format = await readFormat(join(path, "format.json"));
  return { path, genesis: format?.genesis };
}

/** `key export-signing`: writes what a key has signed, and stops the key here. */
export async function exportSigningFile(
  { io, out, options }: CommandContext<unknown>,
  name: string,
  file: string,
): Promise<void> {
  const { createOnce, encodeHistory, exportSigning, readKey } = await import("../../storage/index.js");
  const { path, genesis } = await stoppedDirectory(options);
  const key = await readKey(join(path, "keys"), name);
  if (genesis === undefined)
    throw new NetworkError("not_found", `no node has run in ${path}: there is nothing to move`);
  const target = expandHome(file);
  const taken = new UsageError(`${file} exists: name a new file`);
  // Before the key is stopped.
  if ((await stat(target).catch(() => undefined)) !== undefined) throw taken;
  const nowSeconds = Math.floor(io.nowMs() / 1000);
  const history = await exportSigning({ key, genesis, nowSeconds }, DEFAULT_RULES.aheadSeconds);
  const isNew = await createOnce(target, encodeHistory(history)).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`cannot write ${file}: ${why}. Export again to another place`, { cause });
  });
  if (!isNew) throw taken;
  const { records, votes } = history;
  out.answer({ name, file: target, records: records.length, votes: votes.length }, () => {
    out.line(`${name}: ${records.length} used numbers and ${votes.length} votes are in ${target}`);
    out.line(
      `The key no longer signs here. Copy ${join(key.directory, "key.json")} and the file to the other machine, ` +
        `and run there: tos-ai-sync key import-signing ${name} <file>`,
    );
  });
}

/** `key import-signing`: adds what a key has signed elsewhere. */
export async function importSigningFile(
  { io, out, options }: CommandContext<ImportSigningOptions>,
  name: string,
  file: string,
): Promise<void> {
  const { decodeHistory, importSigning, MAX_HISTORY_BYTES, readKey } = await import("../../storage/index.js");
  const { path, genesis: own } = await stoppedDirectory(options);
  const key = await readKey(join(path, "keys"), name);
  const source = expandHome(file);
  const unreadable = (why: string, cause?: unknown): UsageError =>
    new UsageError(`cannot read ${file}: ${why}`, { cause });
  const found = await stat(source).catch((cause: unknown) => {
    throw unreadable("there is no such file", cause);
  });
  if (found.size > MAX_HISTORY_BYTES) throw unreadable("it is larger than a signing history can be");
  const bytes = await readFile(source).catch((cause: unknown) => {
    throw unreadable("it is not a readable file", cause);
  });
  const history = decodeHistory(bytes);
  const genesis = own ?? options.genesis;
  if (genesis === undefined) {
    throw new UsageError(
      `no node has run in ${path}: name the chain with --genesis (the file's is ${history.genesis})`,
    );
  }
  await importSigning({ key, genesis, nowSeconds: Math.floor(io.nowMs() / 1000) }, history);
  const { records, votes, exportedSeconds, stopped } = history;
  out.answer({ name, records: records.length, votes: votes.length, exported: exportedSeconds }, () => {
    const from = showTime(exportedSeconds);
    out.line(`${name}: ${records.length} used numbers and ${votes.length} votes of ${from} are in its logs`);
    if (stopped !== undefined) out.line(`The key was stopped on the other machine (${stopped.reason}), and is here`);
  });
}
