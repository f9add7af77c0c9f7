import type { MemberEntry, StoredMember } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import { decodeEnvelope, type EnvelopeLimits, headOf, recordId } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import { decodePayload, isRecordPayload } from "../../protocol/message.js";
import type { NetworkIdentity } from "../../protocol/rules.js";
import type { SigningIntent } from "../../protocol/signing.js";
import {
  isNumbered,
  type OwnRecord,
  SigningStore,
  type StoppedKey,
  type StopReason,
  VoteLog,
} from "../../storage/index.js";
import type { Keyring, Signer } from "./keyring.js";
import { signingSubject } from "./own-drafts.js";
import type { SigningAuthor } from "./publisher.js";

interface OpenAuthor extends SigningAuthor {
  readonly name: string;
  readonly store: SigningStore;
  readonly votes: VoteLog;
}

/** What an own member needs to vote. */
export interface VotingAuthor {
  readonly signer: Signer;
  readonly votes: Pick<VoteLog, "reserve">;
  /** Throws the reason why the key no longer signs. */
  readonly assertVotes: () => void;
}

/** An author key that no longer signs. */
export interface StoppedAuthor extends StoppedKey {
  readonly name: string;
  readonly key: string;
}

/** The signing stores of all author keys, open while the node runs. */
export class AuthorStores {
  readonly #byKey: ReadonlyMap<string, OpenAuthor>;
  readonly #byName: ReadonlyMap<string, OpenAuthor>;

  readonly #limits: EnvelopeLimits;

  private constructor(authors: readonly OpenAuthor[], identity: NetworkIdentity) {
    this.#limits = { network: identity.network, payloadLimits: identity.rules.payloadLimits };
    this.#byKey = new Map(authors.map((author) => [author.key, author]));
    this.#byName = new Map(authors.map((author) => [author.name, author]));
  }

  /** `onState` gets the reason when an author's log can't be written, and undefined when it can again. */
  static async open(
    keyring: Keyring,
    identity: NetworkIdentity,
    nowSeconds: number,
    onState: (author: string, refusal: NetworkError | undefined) => void = () => undefined,
  ): Promise<AuthorStores> {
    const { aheadSeconds, horizonDays, taskMaxAgeDays } = identity.rules;
    const opened: OpenAuthor[] = [];
    try {
      for (const { name, key, stored, signer } of keyring.authors) {
        const retention = { horizonDays, taskMaxAgeDays };
        const store = await SigningStore.open({
          key: stored,
          nowSeconds,
          aheadSeconds,
          retention,
          onState: (refusal) => onState(key, refusal),
        });
        const votes = await VoteLog.open({ key: stored, nowSeconds, aheadSeconds, retention }).catch(
          async (error: unknown) => {
            await store.close();
            throw error;
          },
        );
        opened.push({ name, key, signer, store, votes });
      }
    } catch (error) {
      for (const author of opened) await closeAuthor(author);
      throw error;
    }
    return new AuthorStores(opened, identity);
  }

  byKey(key: string): SigningAuthor | undefined {
    return this.#byKey.get(key);
  }

  /** The signer and the vote log of an own key. `unknown_key` for a key of another node. */
  voting(key: string): VotingAuthor {
    const author = this.#byKey.get(key);
    if (author === undefined) throw new NetworkError("unknown_key", "the voter's key is not one of this node's");
    const { signer, votes, store } = author;
    return { signer, votes, assertVotes: () => store.assertSigns() };
  }

  /** The author with this name or key; the first author if `name` is undefined. */
  named(name: string | undefined): SigningAuthor {
    const author =
      name === undefined ? [...this.#byName.values()][0] : (this.#byName.get(name) ?? this.#byKey.get(name));
    if (author !== undefined) return author;
    throw new NetworkError("unknown_key", `this node has no author key ${name}: make it with key new, then restart`);
  }

  /** Tasks, submissions and validations that a key may still sign today; zeros for an unknown key. */
  left(key: string, quotas: NetworkIdentity["rules"]["quotas"], nowSeconds: number): readonly [number, number, number] {
    return this.#byKey.get(key)?.store.left(quotas, nowSeconds) ?? [0, 0, 0];
  }

  /** The most requests of one key that wait for the disk. */
  get waiting(): number {
    return Math.max(0, ...[...this.#byKey.values()].map(({ store }) => store.sizes.waiting));
  }

  /** Author keys of this node. */
  get count(): number {
    return this.#byKey.size;
  }

  /** Keys that no longer sign. */
  stopped(): readonly StoppedAuthor[] {
    return [...this.#byKey.values()].flatMap(({ name, key, store }) =>
      store.stopped === undefined ? [] : [{ ...store.stopped, name, key }],
    );
  }

  /** Keys that do not sign yet, and from when on they do, unix seconds: their last record is dated later. */
  behind(nowSeconds: number, aheadSeconds: number): readonly { readonly name: string; readonly fromSeconds: number }[] {
    return [...this.#byKey.values()]
      .map(({ name, store }) => ({ name, fromSeconds: store.signsFrom(aheadSeconds) }))
      .filter(({ fromSeconds }) => fromSeconds > nowSeconds);
  }

  /** Stops a key for good; no-op for a key of another node. */
  async stop(key: string, reason: StopReason, records: readonly string[], nowSeconds: number): Promise<void> {
    await this.#byKey.get(key)?.store.stop(reason, records, nowSeconds);
  }

  /** Intents on disk without a record (protocol.md, Signing). Their bytes must be signed unchanged. */
  async unfinished(
    isMember: (recordId: string) => boolean,
    identity: NetworkIdentity,
    blake3: Blake3,
  ): Promise<{ readonly author: SigningAuthor; readonly intent: SigningIntent }[]> {
    const found: { author: SigningAuthor; intent: SigningIntent }[] = [];
    for (const author of this.#byKey.values()) {
      const intents = await author.store.unfinished(async (intent) =>
        isMember(toHex(recordId(blake3, identity.genesis, intent.head))),
      );
      for (const intent of intents) found.push({ author, intent });
    }
    return found;
  }

  /**
   * Takes members of the set. The numbers, times and subjects of own authors count as used. A record that is not in the
   * log of its key stops that key (protocol.md, Signing).
   */
  async learn(records: readonly StoredMember[], nowSeconds: number): Promise<void> {
    const learned = new Map<SigningStore, OwnRecord[]>();
    for (const { entry, envelope } of records) {
      const store = this.#byKey.get(entry.author)?.store;
      if (store === undefined || !isNumbered(entry.type)) continue;
      const own = learned.get(store) ?? [];
      own.push(this.#ownRecord(entry, entry.type, envelope));
      learned.set(store, own);
    }
    await Promise.all([...learned].map(([store, own]) => store.learn(own, nowSeconds)));
  }

  #ownRecord({ id, number, timestampSeconds }: MemberEntry, type: OwnRecord["type"], bytes: Uint8Array): OwnRecord {
    const envelope = decodeEnvelope(bytes, this.#limits);
    const payload = envelope.ok ? decodePayload(envelope.value.type, envelope.value.payload) : envelope;
    const subject = payload.ok && isRecordPayload(payload.value) ? signingSubject(payload.value) : undefined;
    return { id, head: headOf(bytes), type, number, timestampSeconds, ...(subject === undefined ? {} : { subject }) };
  }

  async close(): Promise<void> {
    for (const author of this.#byKey.values()) await closeAuthor(author);
  }
}

async function closeAuthor({ store, votes }: OpenAuthor): Promise<void> {
  await store.close();
  await votes.close();
}
