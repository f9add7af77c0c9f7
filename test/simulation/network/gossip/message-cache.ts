import type { GossipMessage } from "./rpc.js";

/** Windows whose ids are told by IHAVE. */
const GOSSIP_WINDOWS = 3;

interface Cached {
  readonly message: GossipMessage;
  validated: boolean;
  /** Peers that sent it too before the verdict; undefined before the first. */
  senders: Set<string> | undefined;
  /** How often each peer asked for it; undefined before the first. */
  asked: Map<string, number> | undefined;
}

const NOBODY: ReadonlySet<string> = new Set();

/** The messages of the last heartbeats: those that wait for a verdict, and those that peers may ask for. */
export class MessageCache {
  readonly #byId = new Map<string, Cached>();
  /** The newest first. */
  readonly #windows: GossipMessage[][];

  constructor(history: number) {
    this.#windows = Array.from({ length: history }, () => []);
  }

  put(message: GossipMessage, validated: boolean): void {
    if (this.#byId.has(message.id)) return;
    this.#byId.set(message.id, { message, validated, senders: undefined, asked: undefined });
    this.#windows[0]?.push(message);
  }

  observeDuplicate(id: string, peer: string): void {
    const entry = this.#byId.get(id);
    if (entry === undefined || entry.validated) return;
    entry.senders ??= new Set();
    entry.senders.add(peer);
  }

  /** The message may be forwarded; undefined where it is no longer kept. */
  validate(id: string): { readonly message: GossipMessage; readonly senders: ReadonlySet<string> } | undefined {
    const entry = this.#byId.get(id);
    if (entry === undefined) return undefined;
    const { message, senders = NOBODY } = entry;
    entry.validated = true;
    entry.senders = undefined;
    return { message, senders };
  }

  remove(id: string): { readonly message: GossipMessage; readonly senders: ReadonlySet<string> } | undefined {
    const entry = this.#byId.get(id);
    if (entry === undefined) return undefined;
    this.#byId.delete(id);
    return { message: entry.message, senders: entry.senders ?? NOBODY };
  }

  /** The message for a peer that asked, and how often it asked. */
  wanted(id: string, peer: string): { readonly message: GossipMessage; readonly count: number } | undefined {
    const entry = this.#byId.get(id);
    if (entry === undefined) return undefined;
    entry.asked ??= new Map();
    const count = (entry.asked.get(peer) ?? 0) + 1;
    entry.asked.set(peer, count);
    return { message: entry.message, count };
  }

  /** Ids of validated messages in the windows of IHAVE, by topic. */
  gossipIds(): Map<string, string[]> {
    const byTopic = new Map<string, string[]>();
    for (let i = 0; i < GOSSIP_WINDOWS; i++) {
      for (const { id, topic } of this.#windows[i] ?? []) {
        if (this.#byId.get(id)?.validated !== true) continue;
        const ids = byTopic.get(topic);
        if (ids === undefined) byTopic.set(topic, [id]);
        else ids.push(id);
      }
    }
    return byTopic;
  }

  /** Begins a new window and drops the oldest. */
  shift(): void {
    const oldest = this.#windows.pop() ?? [];
    for (const { id } of oldest) this.#byId.delete(id);
    oldest.length = 0;
    this.#windows.unshift(oldest);
  }
}
