import { NodeRefusal } from "../../src/api/node-client/errors.js";
import type { ReceivedEvent } from "../../src/api/node-client/index.js";

/** What the node sends on a WebSocket. */
export type Message =
  | { readonly kind: "result"; readonly id: number; readonly result: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: NodeRefusal }
  | { readonly kind: "event"; readonly id: number; readonly event: ReceivedEvent };

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** A newer node may send events that this page does not know. */
function isEvent(value: unknown): value is ReceivedEvent {
  return isObject(value) && typeof value.event === "string" && typeof value.sequence === "number";
}

/** Reads a message; undefined if it is none of this page's. */
export function readMessage(text: string): Message | undefined {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || typeof value.id !== "number") return undefined;
  const { id, result, error } = value;
  if (isObject(error)) {
    const data = isObject(error.data) ? error.data : {};
    return { kind: "error", id, error: new NodeRefusal(String(error.message), Number(error.code), data) };
  }
  return isEvent(result) ? { kind: "event", id, event: result } : { kind: "result", id, result };
}
