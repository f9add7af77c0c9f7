import type { SimGossip } from "./sim-gossip.js";

/** One message of gossip. All nodes share it, and what is known about it. */
export interface GossipMessage {
  readonly topic: string;
  readonly data: Uint8Array;
  /** Hex of the message id. */
  readonly id: string;
  /** The author of a message that claims one; this network has none. */
  readonly from?: Uint8Array;
  /** When each node got it first and told its mesh by IDONTWANT, µs; undefined for a message too small for that. */
  readonly gotUs: Map<SimGossip, number> | undefined;
}

export interface Control {
  readonly graft: readonly { readonly topicID: string }[];
  readonly prune: readonly { readonly topicID: string }[];
  readonly ihave: readonly { readonly topicID: string; readonly messageIDs: readonly string[] }[];
  readonly iwant: readonly { readonly messageIDs: readonly string[] }[];
  readonly idontwant: readonly never[];
}

/** A frame of gossip, in the place of its bytes. */
export interface Rpc {
  /** Its size on the wire, bytes. */
  readonly length: number;
  readonly subscriptions: readonly { readonly topic: string; readonly subscribe: boolean }[];
  readonly messages: readonly GossipMessage[];
  readonly control?: Control;
  /** Bytes that are no frame. */
  readonly garbage?: Uint8Array;
}

const NO_CONTROL: Control = { graft: [], prune: [], ihave: [], iwant: [], idontwant: [] };
/** Tags and lengths of one message in a frame. */
const MESSAGE_HEAD_BYTES = 16;
const ENTRY_BYTES = 32;
const ID_BYTES = 22;

export function messageRpc(messages: readonly GossipMessage[]): Rpc {
  let length = 0;
  for (const { data, topic } of messages) length += MESSAGE_HEAD_BYTES + topic.length + data.length;
  return { length, subscriptions: [], messages };
}

export function subscriptionRpc(topics: readonly string[]): Rpc {
  const subscriptions = topics.map((topic) => ({ topic, subscribe: true }));
  return { length: ENTRY_BYTES * topics.length, subscriptions, messages: [] };
}

export function controlRpc(part: Partial<Control>): Rpc {
  const control = { ...NO_CONTROL, ...part };
  let length = ENTRY_BYTES * (control.graft.length + control.prune.length);
  for (const { messageIDs } of control.ihave) length += ENTRY_BYTES + ID_BYTES * messageIDs.length;
  for (const { messageIDs } of control.iwant) length += ENTRY_BYTES + ID_BYTES * messageIDs.length;
  return { length, subscriptions: [], messages: [], control };
}

export function garbageRpc(garbage: Uint8Array): Rpc {
  return { length: garbage.length, subscriptions: [], messages: [], garbage };
}
