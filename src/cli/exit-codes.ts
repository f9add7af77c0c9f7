import { NetworkError, type ReasonCode } from "../protocol/errors.js";
import { errnoClass, errnoOf } from "../storage/errno.js";

/** One exit code of the program. */
export interface ExitRow {
  readonly code: number;
  /** A restart of the same node may succeed without a person. A service manager acts on this. */
  readonly restart: boolean;
  /** For `--help`. */
  readonly meaning: string;
}

/**
 * Every exit code, and whether a restart helps. `RestartPreventExitStatus` of the shipped unit names the codes of
 * `start` that no restart helps (a test compares the two). 74, 75 and 78 are those of sysexits.h.
 */
export const EXITS = {
  ok: { code: 0, restart: false, meaning: "done" },
  failure: { code: 1, restart: true, meaning: "failed" },
  usage: { code: 2, restart: false, meaning: "wrong command line, or a file that it names" },
  unreachable: { code: 3, restart: true, meaning: "no node answers" },
  refused: { code: 4, restart: false, meaning: "the node refused, or the token is wrong" },
  data: { code: 5, restart: false, meaning: "data directory or keys: damaged, foreign, newer, unreadable" },
  address: { code: 6, restart: true, meaning: "an address is taken by another program, or not there yet" },
  output: { code: 74, restart: true, meaning: "the output was closed" },
  notReady: { code: 75, restart: true, meaning: "disk full, I/O error, or the directory is in use: may pass" },
  environment: { code: 78, restart: false, meaning: "the machine lacks what a node needs (see doctor)" },
} as const satisfies Readonly<Record<string, ExitRow>>;

export type ExitName = keyof typeof EXITS;

/** The codes alone. */
export const EXIT = {
  ok: EXITS.ok.code,
  failure: EXITS.failure.code,
  usage: EXITS.usage.code,
  unreachable: EXITS.unreachable.code,
  refused: EXITS.refused.code,
  data: EXITS.data.code,
  address: EXITS.address.code,
  output: EXITS.output.code,
  notReady: EXITS.notReady.code,
  environment: EXITS.environment.code,
} as const satisfies Readonly<Record<ExitName, number>>;

/** The command line is wrong in a way that only the command can detect. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** No node answers. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** The node answered with an error. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  /** JSON-RPC's number. */
  readonly rpcCode: number;
  /** Reason code of a NetworkError; undefined for other errors. */
  readonly reason: string | undefined;

  constructor(message: string, rpcCode: number, reason: string | undefined) {
    super(message);
    this.rpcCode = rpcCode;
    this.reason = reason;
  }
}

/** The command has already reported the failure. */
export class ReportedFailure extends Error {
  override readonly name = "ReportedFailure";
  readonly exit: number;

  constructor(message: string, exit: number = EXIT.failure) {
    super(message);
    this.exit = exit;
  }
}

/** Reason codes of this machine whose exit code does not follow from their kind. */
const BY_REASON: Readonly<Partial<Record<ReasonCode, ExitName>>> = {
  address_in_use: "address",
  address_unavailable: "address",
  unauthorized: "refused",
  bad_parameters: "usage",
  invalid_json: "usage",
  value_out_of_range: "usage",
  // Only the start throws this: --network differs from the daemon's network.
  wrong_network: "usage",
  engine_missing: "environment",
  // At a start: no kernel can be loaded.
  kernel_failed: "environment",
  // Another process may end; a disk may get free space.
  storage_locked: "notReady",
  storage_full: "notReady",
  // The kind is that of keys, but the fault is in the key's directory.
  store_missing: "data",
  unknown_key: "data",
};

function exitNameOf(error: NetworkError): ExitName {
  const known = BY_REASON[error.code];
  if (known !== undefined) return known;
  if (error.kind !== "storage") return "failure";
  // The operating system's error decides if there is one: "the key can't be read" may be a disk error.
  switch (errnoClass(errnoOf(error))) {
    case "passing":
      return "notReady";
    case "lasting":
      return "data";
    case "unknown":
      return error.code === "storage_failed" ? "notReady" : "data";
  }
}

/** The exit code of a failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof UnreachableError) return EXIT.unreachable;
  if (error instanceof RefusedError) return error.reason === "bad_parameters" ? EXIT.usage : EXIT.refused;
  return error instanceof NetworkError ? EXIT[exitNameOf(error)] : EXIT[errnoExit(error)];
}

/** The exit code of an operating system error without a reason code. */
function errnoExit(error: unknown): ExitName {
  return errnoClass(errnoOf(error)) === "passing" ? "notReady" : "failure";
}

/** The list for `--help`, two columns. */
export function exitHelp(): string {
  return Object.values(EXITS)
    .map(({ code, meaning }) => `  ${String(code).padEnd(3)} ${meaning}`)
    .join("\n");
}
