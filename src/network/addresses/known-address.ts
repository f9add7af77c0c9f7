/** A peer that was reached before, as the address book keeps it. */
export interface KnownAddress {
  /** libp2p peer id as text. */
  readonly peer: string;
  /** Multiaddrs, best first, at most 4. */
  readonly addresses: readonly string[];
  readonly lastReachedMs: number;
}

/** Where the address book is kept; the manager puts it into the database. */
export interface AddressStore {
  load(): Promise<readonly KnownAddress[]>;
  save(entries: readonly KnownAddress[]): Promise<void>;
}
