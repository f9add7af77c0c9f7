import type { MemberEntry, StoredMember } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import { decodeEnvelope, type EnvelopeLimits, headOf, recordId } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import { decodePayload, isRecordPayload } from "../../protocol/message.js";
import type { NetworkIdentity } from "../../protocol/rules.js";
import type { SigningIntent } from "../../protocol/signing.js";
import { isNumbered, type OwnRecord, SigningStore, type StoppedKey, type StopReason } from "../../storage/index.js";
import type { Keyring } from "./keyring.js";
import { signingSubject } from "./own-drafts.js";
import type { SigningAuthor } from "./publisher.js";

interface OpenAuthor extends SigningAuthor {
  readonly name: string;
  readonly store: SigningStore;
}

/** An author key that signs no more. */
export interface StoppedAuthor extends StoppedKey {
  readonly name: string;
  readonly key: string;
}

/** The signing stores of all author keys, open for as long as the node runs. */
export class AuthorStores {
  readonly #byKey: ReadonlyMap<string, OpenAuthor>;
  readonly #byName: ReadonlyMap<string, OpenAuthor>;

  readonly #limits: EnvelopeLimits;

  private constructor(authors: readonly OpenAuthor[], identity: NetworkIdentity) {
    this.#limits = { network: identity.network, payloadLimits: identity.rules.payloadLimits };
    this.#byKey = new Map(authors.map((author) => [author.key, author]));
    this.#byName = new Map(authors.map((author) => [author.name, author]));
  }

  /** `onState` hears why an author's log can't be written, and undefined when it can again. */
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
        opened.push({ name, key, signer, store });
      }
    } catch (error) {
      for (const { store } of opened) await store.close();
      throw error;
    }
    return new AuthorStores(opened, identity);
  }

  byKey(key: string): SigningAuthor | undefined {
    return this.#byKey.get(key);
  }

  /** By the name or the key that a caller gave; the first key where it gave none. */
  named(name: string | undefined): SigningAuthor {
    const author =
      name === undefined ? [...this.#byName.values()][0] : (this.#byName.get(name) ?? this.#byKey.get(name));
    if (author !== undefined) return author;
    throw new NetworkError(
      "unknown_key",
      `this node has no author key called ${name}: make it with key new, then restart`,
    );
  }

  /** Tasks, submissions and validations that a key may still sign today; zeros for a key that is not here. */
  left(key: string, quotas: NetworkIdentity["rules"]["quotas"], nowSeconds: number): readonly [number, number, number] {
    return this.#byKey.get(key)?.store.left(quotas, nowSeconds) ?? [0, 0, 0];
  }

  /** Requests that wait for the disk, of the key that has most. */
  get waiting(): number {
    return Math.max(0, ...[...this.#byKey.values()].map(({ store }) => store.sizes.waiting));
  }

  /** Author keys of this node. */
  get count(): number {
    return this.#byKey.size;
  }

  /** Keys that sign no more. */
  stopped(): readonly StoppedAuthor[] {
    return [...this.#byKey.values()].flatMap(({ name, key, store }) =>
      store.stopped === undefined ? [] : [{ ...store.stopped, name, key }],
    );
  }

  /** Keys whose clock is not there yet, and from when on they sign, unix seconds. */
  behind(nowSeconds: number, aheadSeconds: number): readonly { readonly name: string; readonly fromSeconds: number }[] {
    return [...this.#byKey.values()]
      .map(({ name, store }) => ({ name, fromSeconds: store.signsFrom(aheadSeconds) }))
      .filter(({ fromSeconds }) => fromSeconds > nowSeconds);
  }

  /** Two records contradict each other; no-op for the key of somebody else. */
  async stop(key: string, reason: StopReason, records: readonly string[], nowSeconds: number): Promise<void> {
    await this.#byKey.get(key)?.store.stop(reason, records, nowSeconds);
  }

  /** Intents on disk that never became a record (protocol.md, Signing): to be signed with the same bytes. */
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
   * Members of the set: the numbers, times and subjects of own authors among them count as used, whoever signed them. A
   * record that its key's log does not know stops that key (protocol.md, Signing).
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
    for (const { store } of this.#byKey.values()) await store.close();
  }
}
