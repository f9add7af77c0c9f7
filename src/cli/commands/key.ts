import { join } from "node:path";
import type { Command } from "commander";
import { encodeAddress } from "../../protocol/address.js";
import { toHex } from "../../protocol/bytes.js";
import { NETWORKS } from "../../protocol/rules.js";
import type { StoredKey } from "../../storage/key-file.js";
import { UsageError } from "../exit-codes.js";
import { dataDirectory } from "../location.js";
import type { CliIo } from "../terminal.js";
import { contextOf } from "./command-context.js";

/** What may be shown of a key: never its private half. */
interface ShownKey {
  readonly name: string;
  readonly kind: string;
  readonly key: string;
  readonly address: string;
  readonly created: number;
}

function shown(key: StoredKey): ShownKey {
  const address = encodeAddress(key.publicKey, NETWORKS.indexOf(key.network));
  return { name: key.name, kind: key.kind, key: toHex(key.publicKey), address, created: key.createdSeconds };
}

/** `key new|show`: the keys of this node, in its directory; the node need not run. */
export function addKey(program: Command, io: CliIo): void {
  const key = program.command("key").description("the node's keys: new, show");
  key
    .command("new")
    .description("make an author key with its signing log; a running node takes it up at its next start")
    .argument("<name>", "1 to 32 characters of a-z, 0-9 and -")
    .addHelpText("after", "\nExample:\n  tos-ai-sync key new miner")
    .action(async (name: string, _own, command: Command) => {
      if (!/^[a-z0-9-]{1,32}$/.test(name)) throw new UsageError("a key's name is 1 to 32 characters of a-z, 0-9 and -");
      const { out, options } = contextOf(io, command);
      const { loadKernel } = await import("../../kernel/loader.js");
      const { makeKey } = await import("../../manager/keyring.js");
      const { kernel } = await loadKernel();
      try {
        const keysPath = join(dataDirectory(options), "keys");
        const network = NETWORKS.indexOf(options.network);
        const made = await makeKey(keysPath, name, "author", kernel, network, Math.floor(io.nowMs() / 1000));
        out.answer(shown(made), (key) => {
          out.pairs([
            ["name", key.name],
            ["address", key.address],
            ["key", key.key],
            ["file", made.directory],
          ]);
          out.line("Keep a copy of that directory: whoever has it signs as this author, and without it nobody does.");
        });
      } finally {
        await kernel.close();
      }
    });
  key
    .command("show")
    .description("names, addresses and public keys")
    .argument("[name]", "one key only")
    .action(async (name: string | undefined, _own, command: Command) => {
      const { out, options } = contextOf(io, command);
      const { listKeys, readKey } = await import("../../storage/key-file.js");
      const keysPath = join(dataDirectory(options), "keys");
      const names = name === undefined ? await listKeys(keysPath) : [name];
      const keys: ShownKey[] = [];
      for (const one of names) keys.push(shown(await readKey(keysPath, one)));
      out.answer({ keys }, () => {
        const rows = keys.map((key) => [key.name, key.kind, key.address, key.key]);
        out.table(["NAME", "KIND", "ADDRESS", "PUBLIC KEY"], rows, "no keys yet: the first start makes them");
      });
    });
}
