import { stat } from "node:fs/promises";
import { join } from "node:path";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { dataDirectory, expandHome } from "../arguments/index.js";
import type { CommandContext } from "../command-context.js";
import { UsageError } from "../exit-codes.js";

/** `key export`: writes a key with its private half to a new file that only its owner may read. */
export async function exportKey({ out, options }: CommandContext<unknown>, name: string, file: string): Promise<void> {
  const { createOnce, keyCopy, readKey } = await import("../../storage/index.js");
  const key = await readKey(join(dataDirectory(options), "keys"), name);
  if (key.kind !== "author") throw new UsageError(`${name} is the node's own key: only author keys are exported`);
  const copy = await keyCopy(key);
  const target = expandHome(file);
  const isNew = await createOnce(target, copy).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`cannot write ${file}: ${why}`, { cause });
  });
  if (!isNew) throw new UsageError(`${file} exists: name a new file`);
  out.answer({ name, key: toHex(key.publicKey), file: target }, () => {
    out.line(`${name} is in ${target}. Whoever has this file can sign as this author.`);
    out.line(
      "Two nodes must not sign with one key: to move it, also run key export-signing, which stops it here " +
        "(docs/signing-history.md).",
    );
  });
}

/** `key import`: makes a key of a file of `key export`. */
export async function importKeyFile(
  { out, options }: CommandContext<unknown>,
  name: string,
  file: string,
): Promise<void> {
  const { importKey, readPrivateFile } = await import("../../storage/index.js");
  const { loadKernel } = await import("../../kernel/loader.js");
  const source = expandHome(file);
  const about = await stat(source).catch(() => undefined);
  if (about?.isFile() !== true) throw new UsageError(`cannot read ${file}: there is no such file`);
  const keysPath = join(dataDirectory(options), "keys");
  const { kernel } = await loadKernel();
  try {
    const key = await importKey(keysPath, name, await readPrivateFile(source), (found) => {
      if (found.kind !== "author") throw new UsageError(`${file} has the key of a node: only author keys are imported`);
      if (found.network !== options.network) {
        throw new UsageError(
          `the key of ${file} belongs to ${found.network}: import it with --network ${found.network}`,
        );
      }
      if (found.privateKey === undefined || toHex(kernel.publicKey(found.privateKey)) !== toHex(found.publicKey)) {
        throw new NetworkError("key_unreadable", `${file} is damaged: its key does not fit its own public key`);
      }
    });
    out.answer({ name, key: toHex(key.publicKey) }, () => {
      out.line(
        `${name} is a key of this node. It signs from the next UTC day on, because what it has signed is unknown.`,
      );
      out.line("To let it sign at once, run key import-signing before the next start of the node.");
    });
  } finally {
    await kernel.close();
  }
}
