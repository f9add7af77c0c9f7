/** An entry of the address book: a peer that was reached before. */
export interface KnownAddress {
  /** libp2p peer id as text. */
  readonly peer: string;
  /** Multiaddrs, best first, at most 4. */
  readonly addresses: readonly string[];
  readonly lastReachedMs: number;
}

/** The store of the address book. The manager keeps it in the database. */
export interface AddressStore {
  load(): Promise<readonly KnownAddress[]>;
  save(entries: readonly KnownAddress[]): Promise<void>;
}
