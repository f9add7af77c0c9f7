import type { MemberEntry } from "./writes.js";

/** A stored member with its envelope, as it comes back from the disk. */
export interface StoredMember {
  readonly entry: MemberEntry;
  readonly envelope: Uint8Array;
}
