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

  export type RocksOperation =
    | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array; readonly column: RocksColumn }
    | { readonly type: "del"; readonly key: Uint8Array; readonly column: RocksColumn };

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
    /** Handle of the open database: another thread opens it with this. */
    readonly handle: bigint;
    open(options: RocksOpenOptions): Promise<void>;
    close(): Promise<void>;
    /** Seeks on the calling thread. `nextv` reads on another thread and rejects on damage. */
    iterator(options: RocksIteratorOptions): RocksIterator;
    /** Runs on the calling thread, the wait for the disk included. */
    batch(operations: RocksOperation[], options: { readonly sync: boolean }): Promise<void>;
  }
}
