/**
 * Writes that the engine requests; the storage maps them to keys and column families.
 * All writes of one step form one atomic batch, so record, index, fingerprint and event always agree.
 * Ids, keys and hashes are lowercase hex.
 */
import type { StoredEvent } from "./event-bodies.js";

/** The index entry of a member. Sync, slots and the start need only these fields, so they decode no record. */
export interface MemberEntry {
  readonly id: string;
  /** 0, 1, 2, or 8 for a certificate. */
  readonly type: number;
  readonly author: string;
  /** Task type, kind and shard: 3 bytes as 6 hex digits. */
  readonly strand: string;
  /** floor(timestamp / windowSeconds) (certificates: of t0). */
  readonly window: number;
  readonly timestampSeconds: number;
  readonly number: number;
  /** The task that the record belongs to; for an announcement its own id. */
  readonly taskId: string;
}

/** A stored member with its envelope, as the storage returns it. */
export interface StoredMember {
  readonly entry: MemberEntry;
  readonly envelope: Uint8Array;
}

/** Count and digest of one window's members (protocol.md, "State of a window"). */
export interface WindowState {
  readonly strand: string;
  readonly window: number;
  readonly count: number;
  readonly state: string;
}

/** A vote or alert, or the state of an own member in a vote, kept beside the set. Bounded by the engine. */
export interface KeptEntry {
  readonly kind: "vote" | "alert" | "voting";
  /** Unique within its kind. */
  readonly key: string;
}

export type StoreWrite =
  | { readonly kind: "put_record"; readonly entry: MemberEntry; readonly envelope: Uint8Array }
  | { readonly kind: "drop_record"; readonly entry: MemberEntry }
  | { readonly kind: "put_window"; readonly window: WindowState }
  | { readonly kind: "drop_window"; readonly strand: string; readonly window: number }
  | { readonly kind: "put_body"; readonly hash: string; readonly taskId: string; readonly bytes: Uint8Array }
  /** Another task refers to a stored body: the body stays when the first task leaves. */
  | { readonly kind: "refer_body"; readonly hash: string; readonly taskId: string }
  | { readonly kind: "drop_body"; readonly hash: string; readonly taskId: string }
  /** All records of a task in one value (`src/engine/checkpoints`). Empty: the records have to be read. */
  | { readonly kind: "put_checkpoint"; readonly taskId: string; readonly bytes: Uint8Array }
  | { readonly kind: "drop_checkpoint"; readonly taskId: string }
  | { readonly kind: "put_event"; readonly event: StoredEvent }
  | { readonly kind: "drop_events"; readonly below: number }
  | { readonly kind: "put_kept"; readonly entry: KeptEntry; readonly envelope: Uint8Array }
  | { readonly kind: "drop_kept"; readonly entry: KeptEntry }
  | { readonly kind: "put_meta"; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: "drop_meta"; readonly key: string };
