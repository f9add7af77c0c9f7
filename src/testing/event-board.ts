import { isList, isObject, type Json, writeJson } from "./daemon-json.js";
import type { ChainEventBody, EventGroups } from "./fake-chain.js";
import { type Quirks, STRAY_ID } from "./quirks.js";
import { type RequestId, resultText } from "./rpc-envelope.js";
import { FAULT_CODES, invalidParams, RpcFault } from "./rpc-fault.js";
import type { Seeded } from "./seeded.js";
import type { WsSession } from "./ws-session.js";

const PLAIN_EVENTS = [
  "new_block",
  "block_ordered",
  "block_orphaned",
  "stable_height_changed",
  "stable_topo_height_changed",
  "transaction_orphaned",
  "transaction_added_in_mempool",
  "transaction_executed",
  "invoke_contract",
  "contract_transfer",
  "contract_event",
  "deploy_contract",
  "new_asset",
  "peer_connected",
  "peer_disconnected",
  "peer_peer_list_updated",
  "peer_state_updated",
  "peer_peer_disconnected",
  "new_block_template",
];

/** The event of a subscribe or unsubscribe call, as the JSON text that `WsSession.subscriptions` keeps. */
export function readNotify(params: Json | undefined): string {
  if (params === undefined || params === null) {
    throw new RpcFault(FAULT_CODES.params, "Expected parameters for this method but was not present");
  }
  const notify = isList(params) ? params[0] : isObject(params) ? params.notify : undefined;
  if (notify === undefined) throw invalidParams("missing field `notify`");
  const name = isObject(notify) ? Object.keys(notify)[0] : notify;
  if (typeof name !== "string") throw invalidParams("invalid type: sequence, expected string or map");
  if (!PLAIN_EVENTS.includes(name)) {
    const known = PLAIN_EVENTS.map((event) => `\`${event}\``).join(", ");
    throw invalidParams(`unknown variant \`${name}\`, expected one of ${known}`);
  }
  return writeJson(notify);
}

/** Subscribes or unsubscribes a client. A second subscription and an unknown one are errors. */
export function changeSubscription(session: WsSession, method: string, event: string, id: RequestId): void {
  const { subscriptions } = session;
  if (method === "subscribe") {
    if (subscriptions.has(event)) throw new RpcFault(FAULT_CODES.alreadySubscribed, "Event is already subscribed");
    subscriptions.set(event, id);
  } else if (!subscriptions.delete(event)) {
    throw new RpcFault(FAULT_CODES.notSubscribed, "Event is not subscribed");
  }
}

export interface BoardPorts {
  readonly quirks: Quirks;
  /** Draws the order of events; independent of the chain's draws. */
  readonly seeded: Seeded;
  sessions(): Iterable<WsSession>;
  later(delayMs: number, run: () => void): void;
  /** Called at every publication, before or after it is sent. */
  changed(): void;
}

/**
 * Sends events to the clients, each with the id of its subscription. The groups of one change are sent in a random
 * order.
 */
export class EventBoard {
  readonly #ports: BoardPorts;
  #gathered: EventGroups[] = [];

  constructor(ports: BoardPorts) {
    this.#ports = ports;
  }

  publish(groups: EventGroups): void {
    const { quirks, seeded } = this.#ports;
    this.#gathered.push(groups);
    this.#ports.changed();
    if (this.#gathered.length < quirks.shuffledBlocks) return;
    const events = seeded.shuffled(this.#gathered.splice(0).flat()).flat();
    const cut = quirks.spreadMs > 0 ? seeded.integer(events.length + 1) : events.length;
    this.#report(events.slice(0, cut));
    if (cut < events.length) this.#ports.later(quirks.spreadMs, () => this.#report(events.slice(cut)));
  }

  #report(events: readonly ChainEventBody[]): void {
    const { quirks } = this.#ports;
    const sessions = [...this.#ports.sessions()];
    for (const { event, body } of events) {
      const key = writeJson(event);
      const listeners = sessions.filter((session) => session.subscriptions.has(key));
      if (listeners.length === 0) continue;
      const text = writeJson({ ...body, event });
      for (const session of listeners) {
        const reported = resultText(session.subscriptions.get(key) ?? null, text);
        session.sendText(reported);
        if (quirks.duplicates) session.sendText(reported);
        if (quirks.strayIds) session.sendText(resultText(STRAY_ID, text));
      }
    }
  }
}
