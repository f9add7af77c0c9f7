/** The implementation of a kernel: the napi-rs addon, WebAssembly, or @noble in JavaScript. */
export type KernelBackend = "native" | "wasm" | "reference";

/** An open hasher. It ends with {@link KernelHasher.digest} or {@link KernelHasher.free}. Synchronous. */
export interface KernelHasher {
  /** Adds the next part. `bad_parameters` after the end. */
  update(part: Uint8Array): void;
  /** Writes BLAKE3-256 of all parts into `out` (exactly 32 bytes) and ends. `bad_parameters` after the end. */
  digest(out: Uint8Array): void;
  /** Ends without a digest; idempotent. An unreferenced hasher ends when it is garbage-collected. */
  free(): void;
}

/**
 * The hot paths behind one interface. All arguments are packed bytes, one call per batch. The layouts are those of
 * `protocol/table.ts` and, for {@link Kernel.consensus}, of `kernel/consensus-layout.ts`. Every backend returns the
 * same bytes (test/compliance). An input of a wrong length throws a NetworkError `bad_parameters`; a failure inside a
 * backend is `kernel_failed`. No other error is thrown. No caller's buffer is kept, and only `out` is changed.
 */
export interface Kernel {
  readonly backend: KernelBackend;
  /** Version of the backend's code. */
  readonly version: string;

  /** BLAKE3-256 of `input` into `out` (exactly 32 bytes). Synchronous. */
  hash(input: Uint8Array, out: Uint8Array): void;

  /** BLAKE3-256 of an input in parts. `kernel_failed` beyond {@link MAX_HASHERS} open hashers. */
  hasher(): KernelHasher;

  /** Layout, limits, record ids and envelope hashes of packed bundles: a table of rows. Synchronous, no curve work. */
  scan(input: Uint8Array, context: Uint8Array): Uint8Array;

  /**
   * Signatures of the rows whose byte in `mask` (one per row) is 1: one verdict byte per row (0 valid, a table code, or
   * NOT_ASKED). `input`, `table` and `context` are those of the scan. Runs off the main thread if the backend can.
   */
  verify(input: Uint8Array, table: Uint8Array, mask: Uint8Array, context: Uint8Array): Promise<Uint8Array>;

  /** Like `verify`, for any messages (`packItems`): one verdict byte per item. */
  verifyMessages(items: Uint8Array): Promise<Uint8Array>;

  /** A plain TOS account signature (s, e; 64 bytes), without R. The identity key is refused. Synchronous. */
  verifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;

  /**
   * s, e, R (96 bytes) by the private scalar (32 bytes, canonical, non-zero) with the deterministic nonce of
   * protocol.md. Synchronous. Throws `bad_scalar` for a scalar that is zero or not canonical.
   */
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;

  /** P = x^-1 * H, 32 bytes. Throws `bad_scalar` as {@link Kernel.sign} does. */
  publicKey(privateKey: Uint8Array): Uint8Array;

  /**
   * Exact sums and verdicts of many submissions at once (`packScores` in, `readSums` out): weights are u64, sums over
   * them u128. Synchronous.
   */
  consensus(input: Uint8Array): Uint8Array;

  /** Releases the backend's resources (worker threads); idempotent. */
  close(): Promise<void>;
}
