import { join } from "node:path";
import type { Command } from "commander";
import { encodeAddress } from "../../protocol/address.js";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { DAY_SECONDS, DEFAULT_RULES, NETWORKS } from "../../protocol/rules.js";
import type { SigningState, StoredKey } from "../../storage/index.js";
import { dataDirectory, showTime } from "../arguments/index.js";
import { UsageError } from "../exit-codes.js";
import type { CliIo } from "../output/index.js";
import { contextOf } from "./command-context.js";

/** The fields of a key that are shown. The private key is never shown. */
interface ShownKey {
  readonly name: string;
  readonly kind: string;
  readonly key: string;
  readonly address: string;
  readonly created: number;
  /** Why the key is stopped; null while it signs. */
  readonly stopped: string | null;
}

function shown(key: StoredKey, state: SigningState = { kind: "signing" }): ShownKey {
  const address = encodeAddress(key.publicKey, NETWORKS.indexOf(key.network));
  return {
    name: key.name,
    kind: key.kind,
    key: toHex(key.publicKey),
    address,
    created: key.createdSeconds,
    stopped: state.kind === "stopped" ? state.reason : null,
  };
}

/** `key new|show|resume`: the keys in the node's directory. The node need not run. */
export function addKey(program: Command, io: CliIo): void {
  const key = program.command("key").description("the node's keys: new, show, resume");
  key
    .command("new")
    .description("make an author key with its signing log; a running node uses it after its next start")
    .argument("<name>", "1 to 32 characters of a-z, 0-9 and -")
    .addHelpText("after", "\nExample:\n  tos-ai-sync key new miner")
    .action(async (name: string, _own, command: Command) => {
      if (!/^[a-z0-9-]{1,32}$/.test(name)) throw new UsageError("a key's name is 1 to 32 characters of a-z, 0-9 and -");
      const { out, options } = contextOf(io, command);
      const { loadKernel } = await import("../../kernel/loader.js");
      const { makeKey } = await import("../../manager/publish/keyring.js");
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
          out.line(
            "Keep a copy of that directory in a safe place: whoever has it can sign as this author, " +
              "and without it nobody can.",
          );
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
      const { listKeys, readKey } = await import("../../storage/signing/key-file.js");
      const { readSigningState } = await import("../../storage/signing/signing-state.js");
      const keysPath = join(dataDirectory(options), "keys");
      const names = name === undefined ? await listKeys(keysPath) : [name];
      const keys: ShownKey[] = [];
      for (const one of names) {
        const key = await readKey(keysPath, one);
        keys.push(shown(key, await readSigningState(key.directory)));
      }
      out.answer({ keys }, () => {
        const rows = keys.map((key) => [key.name, key.kind, key.address, key.key, key.stopped ?? "signs"]);
        out.table(["NAME", "KIND", "ADDRESS", "PUBLIC KEY", "STATE"], rows, "no keys yet: the first start makes them");
      });
    });
  key
    .command("resume")
    .description(
      "let a key sign again after it was stopped because its log is older than its records (a restored backup)",
    )
    .argument("<name>", "name of the key")
    .addHelpText(
      "after",
      `
Only where no other machine has the key: two that sign with it make each other's records equivocations.
It signs from the next UTC day. A running node takes this up at its next start.
A key against which there is a proof (key_equivocated) is not resumed: make a new one.`,
    )
    .action(async (name: string, _own, command: Command) => {
      const { out, options } = contextOf(io, command);
      const { importDay, readKey } = await import("../../storage/signing/key-file.js");
      const { readSigningState, stopTexts, writeSigningState } = await import("../../storage/signing/signing-state.js");
      const { directory } = await readKey(join(dataDirectory(options), "keys"), name);
      const state = await readSigningState(directory);
      if (state.kind !== "stopped") throw new UsageError(`the key ${name} is not stopped`);
      if (state.reason !== "key_used_elsewhere") {
        const { text, cure } = stopTexts(state.reason);
        throw new NetworkError(state.reason, `the key ${name} is not resumed: ${text}. ${cure}`);
      }
      const atSeconds = Math.floor(io.nowMs() / 1000);
      const firstDay = importDay(atSeconds, DEFAULT_RULES.aheadSeconds);
      await writeSigningState(directory, { kind: "resumed", atSeconds, firstDay });
      const from = firstDay * DAY_SECONDS;
      out.answer({ name, signs_from: from }, () =>
        out.line(`${name} signs from ${showTime(from)} on; restart the node`),
      );
    });
}
