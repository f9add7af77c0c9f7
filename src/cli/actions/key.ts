import { join } from "node:path";
import { encodeAddress } from "../../protocol/address.js";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { DAY_SECONDS, DEFAULT_RULES, NETWORKS } from "../../protocol/rules.js";
import type { SigningState, StoredKey } from "../../storage/index.js";
import { dataDirectory, showTime } from "../arguments/index.js";
import type { CommandContext } from "../command-context.js";
import { UsageError } from "../exit-codes.js";

/** The fields of a key that are shown. The private key is never shown. */
interface ShownKey {
  readonly name: string;
  readonly kind: string;
  readonly key: string;
  readonly address: string;
  readonly created: number;
  /** Why the key is stopped; null while it signs. */
  readonly stopped: string | null;
  /** It signs where no key is named. */
  readonly default: boolean;
}

function shown(key: StoredKey, first: StoredKey | undefined, state: SigningState = { kind: "signing" }): ShownKey {
  const address = encodeAddress(key.publicKey, NETWORKS.indexOf(key.network));
  return {
    name: key.name,
    kind: key.kind,
    key: toHex(key.publicKey),
    address,
    created: key.createdSeconds,
    stopped: state.kind === "stopped" ? state.reason : null,
    default: key.name === first?.name,
  };
}

/** `key new`: makes an author key. Into a pipe or a file it prints the public key alone. */
export async function newKey({ io, out, options }: CommandContext<unknown>, name: string): Promise<void> {
  if (!/^[a-z0-9-]{1,32}$/.test(name)) throw new UsageError("a key's name is 1 to 32 characters of a-z, 0-9 and -");
  const { loadKernel } = await import("../../kernel/loader.js");
  const { defaultAuthor, makeKey } = await import("../../manager/publish/keyring.js");
  const { kernel } = await loadKernel();
  try {
    const keysPath = join(dataDirectory(options), "keys");
    const network = NETWORKS.indexOf(options.network);
    const made = await makeKey(keysPath, name, "author", kernel, network, Math.floor(io.nowMs() / 1000));
    const first = defaultAuthor(await readKeys(keysPath));
    out.answer(shown(made, first), (key) => {
      if (!out.isTerminal) {
        out.line(key.key);
        return;
      }
      out.pairs([
        ["name", key.name],
        ["address", key.address],
        ["key", key.key],
        ["file", made.directory],
      ]);
      out.line(
        key.default
          ? "It signs where no --author is named."
          : `Name it with --author ${key.name}: the older key ${first?.name} signs where none is named.`,
      );
      out.line(
        "Keep a copy of that directory in a safe place: whoever has it can sign as this author, " +
          "and without it nobody can.",
      );
    });
  } finally {
    await kernel.close();
  }
}

async function readKeys(keysPath: string): Promise<StoredKey[]> {
  const { listKeys, readKey } = await import("../../storage/signing/key-file.js");
  const keys: StoredKey[] = [];
  for (const name of await listKeys(keysPath)) keys.push(await readKey(keysPath, name));
  return keys;
}

/** `key show`: names, addresses, public keys and states. */
export async function showKeys({ out, options }: CommandContext<unknown>, name: string | undefined): Promise<void> {
  const { readKey } = await import("../../storage/signing/key-file.js");
  const { readSigningState } = await import("../../storage/signing/signing-state.js");
  const { defaultAuthor } = await import("../../manager/publish/keyring.js");
  const keysPath = join(dataDirectory(options), "keys");
  const all = await readKeys(keysPath);
  const chosen = name === undefined ? all : [await readKey(keysPath, name)];
  const keys: ShownKey[] = [];
  for (const key of chosen) keys.push(shown(key, defaultAuthor(all), await readSigningState(key.directory)));
  out.answer({ keys }, () => {
    const rows = keys.map((key) => [
      key.name,
      key.kind,
      key.address,
      key.key,
      key.stopped ?? (key.default ? "signs, default" : "signs"),
    ]);
    out.table(["NAME", "KIND", "ADDRESS", "PUBLIC KEY", "STATE"], rows, "no keys yet: the first start makes them");
  });
}

/** `key resume`: a key that was stopped signs again. */
export async function resumeKey({ io, out, options }: CommandContext<unknown>, name: string): Promise<void> {
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
  out.answer({ name, signs_from: from }, () => out.line(`${name} signs from ${showTime(from)} on; restart the node`));
}
