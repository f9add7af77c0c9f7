import { NetworkError } from "../protocol/errors.js";

/** What the exit code says; `tos-ai-sync --help` lists them. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  data: 5,
  address: 6,
} as const;

/** The command line is wrong in a way that only the command can tell. */
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
  /** Reason code of a NetworkError, where it is one. */
  readonly reason: string | undefined;

  constructor(message: string, rpcCode: number, reason: string | undefined) {
    super(message);
    this.rpcCode = rpcCode;
    this.reason = reason;
  }
}

/** The command has said what failed. */
export class ToldFailure extends Error {
  override readonly name = "ToldFailure";
  readonly exit: number;

  constructor(message: string, exit: number = EXIT.failure) {
    super(message);
    this.exit = exit;
  }
}

function localExitCode(error: NetworkError): number {
  if (error.code === "address_in_use") return EXIT.address;
  if (error.code === "unauthorized") return EXIT.refused;
  if (error.code === "bad_parameters" || error.code === "invalid_json") return EXIT.usage;
  // Here only by the start: --network names another than the daemon's.
  if (error.code === "wrong_network") return EXIT.usage;
  // Of a key, but what is wrong lies in its directory.
  if (error.code === "store_missing") return EXIT.data;
  return error.kind === "storage" ? EXIT.data : EXIT.failure;
}

/** The exit code of a failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof UnreachableError) return EXIT.unreachable;
  if (error instanceof RefusedError) return error.reason === "bad_parameters" ? EXIT.usage : EXIT.refused;
  return error instanceof NetworkError ? localExitCode(error) : EXIT.failure;
}
