/** The part of @nxtedition/rocksdb 12 (abstract-level 1) that this folder uses. The package has no types. */
declare module "@nxtedition/rocksdb" {
  /** Opaque handle of a column family. */
  export interface RocksColumn {
    readonly __column: never;
  }

  export interface RocksColumnOptions {
    /** Only "level" makes `memtableMemoryBudget` take effect: the write buffer is a quarter of it. */
    readonly compaction: "level";
    readonly memtableMemoryBudget: number;
    /** Block cache in bytes. */
    readonly cacheSize: number;
  }

  export interface RocksOpenOptions {
    readonly createIfMissing: boolean;
    readonly parallelism: number;
    readonly walCompression: boolean;
    /** Every existing family must be listed, `default` included. */
    readonly columns: Readonly<Record<string, RocksColumnOptions>>;
  }

  /** Operations that are written at once. The methods run on the calling thread. */
  export interface RocksBatch {
    _put(key: Uint8Array, value: Uint8Array, options: { readonly column: RocksColumn }): void;
    _del(key: Uint8Array, options: { readonly column: RocksColumn }): void;
    /** Waits for the disk with `sync`. */
    _writeSync(options: { readonly sync: boolean }): void;
    _clear(): void;
  }

  export interface RocksReadOptions {
    readonly column: RocksColumn;
    readonly keyEncoding: "buffer";
    readonly valueEncoding: "buffer";
  }

  export interface RocksIteratorOptions extends RocksReadOptions {
    readonly gte: Uint8Array;
    readonly lt: Uint8Array;
    readonly limit: number;
    readonly reverse: boolean;
  }

  export interface RocksIterator {
    nextv(size: number): Promise<[Uint8Array, Uint8Array][]>;
    close(): Promise<void>;
  }

  export class RocksLevel {
    constructor(location: string, options: { readonly keyEncoding: "buffer"; readonly valueEncoding: "buffer" });
    readonly columns: Readonly<Record<string, RocksColumn>>;
    readonly status: string;
    open(options: RocksOpenOptions): Promise<void>;
    close(): Promise<void>;
    /** Seeks on the calling thread. `nextv` reads on another thread and rejects on damage. */
    iterator(options: RocksIteratorOptions): RocksIterator;
    _chainedBatch(): RocksBatch;
    /** Reads on the calling thread and throws on damage. The values are parts of one buffer. */
    _getManySync(keys: readonly Uint8Array[], options: RocksReadOptions): (Uint8Array | null | undefined)[];
  }
}
