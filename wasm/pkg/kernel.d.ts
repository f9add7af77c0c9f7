/* tslint:disable */
/* eslint-disable */

/**
 * Verifies signatures in batches whose coefficients nobody outside the process can foresee.
 */
export class Verifier {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * `secret` is 32 random bytes.
     */
    constructor(secret: Uint8Array | number[]);
    /**
     * Verdicts of packed items.
     */
    verifyMessages(items: Uint8Array | number[]): Uint8Array;
    /**
     * Verdicts of the masked rows of a scan.
     */
    verify(input: Uint8Array | number[], table: Uint8Array | number[], mask: Uint8Array | number[], context: Uint8Array | number[]): Uint8Array;
}

/**
 * Packed scores to packed sums.
 */
export function consensus(input: Uint8Array | number[]): Uint8Array;

/**
 * BLAKE3-256 of `input` into `out`, which is exactly 32 bytes.
 */
export function hash(input: Uint8Array | number[], out: Uint8Array): void;

/**
 * The public key of a private scalar, whose copy is wiped.
 */
export function publicKey(private_key: Uint8Array | number[]): Uint8Array;

/**
 * Packed bundles to a table of rows.
 */
export function scan(input: Uint8Array | number[], context: Uint8Array | number[]): Uint8Array;

/**
 * s, e and R. The copy of the private scalar that crossed is wiped.
 */
export function sign(private_key: Uint8Array | number[], message: Uint8Array | number[]): Uint8Array;

/**
 * Digest of the sources that this was built from; the loader takes no other than the package's.
 */
export function sourceDigest(): string;

/**
 * A plain account signature: s and e.
 */
export function verifyPlain(public_key: Uint8Array | number[], message: Uint8Array | number[], signature: Uint8Array | number[]): boolean;

/**
 * Version of this code; the loader takes no other than the package's.
 */
export function version(): string;
