import { describe, expect, test } from "vitest";
import { EXIT, EXITS, exitCodeOf, UsageError } from "../../src/cli/exit-codes.js";
import { NetworkError, REASONS, type ReasonCode } from "../../src/protocol/errors.js";
import { listenError } from "../../src/protocol/listen-error.js";
import { storageError } from "../../src/storage/storage-error.js";
import { run } from "../support/run-cli.js";

function system(code: string): Error {
  return Object.assign(new Error(`${code}: no, open '/data/x'`), { code });
}

/** Failures of a start, and whether a service manager should start it again. */
const STARTS: readonly (readonly [what: string, error: unknown, code: number, restart: boolean])[] = [
  ["a full disk", storageError("the data directory could not be opened", system("ENOSPC")), EXIT.notReady, true],
  [
    "a full disk, in RocksDB's words",
    storageError("x", new Error("IO error: No space left on device: While appending")),
    EXIT.notReady,
    true,
  ],
  ["a spent quota", storageError("x", system("EDQUOT")), EXIT.notReady, true],
  ["a disk error", storageError("x", system("EIO")), EXIT.notReady, true],
  ["a disk error under a key", new NetworkError("key_unreadable", "x", { cause: system("EIO") }), EXIT.notReady, true],
  ["a read-only file system", storageError("x", system("EROFS")), EXIT.notReady, true],
  ["no more file descriptors", storageError("x", system("EMFILE")), EXIT.notReady, true],
  ["a directory in use", new NetworkError("storage_locked", "x"), EXIT.notReady, true],
  [
    "a database that fails for no known reason",
    storageError("x", new Error("IO error: something")),
    EXIT.notReady,
    true,
  ],
  ["a taken port", listenError("/ip4/127.0.0.1/tcp/1", "EADDRINUSE"), EXIT.address, true],
  ["an address that is not up yet", listenError("/ip4/192.0.2.1/tcp/1", "EADDRNOTAVAIL"), EXIT.address, true],
  ["a name that does not resolve yet", listenError("node.example:1", "EAI_AGAIN"), EXIT.address, true],
  ["a defect", new TypeError("undefined is no function"), EXIT.failure, true],
  ["another user's directory", storageError("x", system("EACCES")), EXIT.data, false],
  ["an immutable file", storageError("x", system("EPERM")), EXIT.data, false],
  [
    "a directory in the place of a key",
    new NetworkError("key_unreadable", "x", { cause: system("EISDIR") }),
    EXIT.data,
    false,
  ],
  ["a damaged database", new NetworkError("storage_corrupt", "x"), EXIT.data, false],
  ["another network's directory", new NetworkError("storage_foreign", "x"), EXIT.data, false],
  ["a newer directory", new NetworkError("storage_newer", "x"), EXIT.data, false],
  ["an exposed key", new NetworkError("key_exposed", "x"), EXIT.data, false],
  ["a key without its file", new NetworkError("unknown_key", "x"), EXIT.data, false],
  ["no database that loads", new NetworkError("engine_missing", "x"), EXIT.environment, false],
  ["no kernel that loads", new NetworkError("kernel_failed", "x"), EXIT.environment, false],
  ["a privileged port", listenError("/ip4/127.0.0.1/tcp/1", "EACCES"), EXIT.usage, false],
  ["an address of another kind", listenError("/dns4/x/tcp/1", undefined), EXIT.usage, false],
  ["a wrong flag", new UsageError("x"), EXIT.usage, false],
  ["a daemon of another network", new NetworkError("wrong_network", "x"), EXIT.usage, false],
];

describe("exit codes", () => {
  test.each(STARTS)("an exit code shows whether a restart helps: %s", (_what, error, code, restart) => {
    expect(exitCodeOf(error)).toBe(code);
    expect(Object.values(EXITS).find((row) => row.code === code)?.restart).toBe(restart);
  });

  test("exit codes are in one table, each once, and the help lists all", async () => {
    const codes = Object.values(EXITS).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    const { out } = await run(["--help"]);
    for (const { code, meaning } of Object.values(EXITS)) expect(out).toContain(`${String(code).padEnd(3)} ${meaning}`);
  });

  test("every reason code and every error of the operating system has an exit code", () => {
    const known = new Set<number>(Object.values(EXIT));
    for (const reason of Object.keys(REASONS) as ReasonCode[]) {
      for (const cause of [undefined, system("EIO"), system("EACCES"), system("EWHATEVER")]) {
        expect(known.has(exitCodeOf(new NetworkError(reason, "x", { cause })))).toBe(true);
      }
    }
  });
});
