import type { Connection } from "@libp2p/interface";
import type { DialReason } from "../protocol/dial-reasons.js";
import type { HelloRest } from "../protocol/hello.js";
import {
  AddressBook,
  addressGroup,
  addressScope,
  claimedAddresses,
  type DialAddress,
  eachFamily,
  hostAddresses,
  knownFor,
  ObservedAddresses,
  OwnAddresses,
  parseAddress,
  seenAt,
  systemResolver,
  usableBy,
} from "./addresses/index.js";
import { ADDRESSES_PER_PEER, HOSTS_MAX, P2P_PORT } from "./constants.js";
import { Dialing, dialAny, logAnnounce } from "./dial/index.js";
import type { Libp2pNode } from "./libp2p-node.js";
import { Reach } from "./reach/index.js";
import type { Session } from "./sessions/index.js";
import { steadyMs } from "./steady-clock.js";
import type { NetworkOptions } from "./types.js";

export interface ContactsOptions
  extends Pick<
    NetworkOptions,
    "announce" | "resolver" | "listen" | "bootstrap" | "addressStore" | "handlers" | "libp2pKeyIsNew"
  > {
  readonly libp2p: Libp2pNode["libp2p"];
  readonly listening: Libp2pNode["listening"];
  readonly isConnected: (peer: string) => boolean;
  readonly readyPeers: () => number;
  /** Closes the connection to a peer that is no longer wanted. */
  readonly release: (peer: string) => void;
  readonly stopping: AbortSignal;
}

/** A copy in random order. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** The address book, the dials, the addresses of this node, and the addresses that are advertised to peers. */
export class Contacts {
  readonly reach: Reach;
  readonly own: OwnAddresses;
  readonly #options: ContactsOptions;
  readonly #book: AddressBook;
  readonly #dialing: Dialing;
  readonly #observed = new ObservedAddresses();

  constructor(options: ContactsOptions) {
    const { libp2p, handlers, listen, bootstrap, isConnected, readyPeers, release, stopping } = options;
    const { announce = [], resolver = systemResolver, libp2pKeyIsNew = false } = options;
    const ownPeer = libp2p.peerId.toString();
    const nowMs = steadyMs;
    this.#options = options;
    this.#book = new AddressBook(options.addressStore, () =>
      handlers.log("warn", "the address book can't be read or written; known peers are kept in memory only", {}),
    );
    this.#dialing = new Dialing({
      ...{ bootstrap, resolver, handlers, stopping, ownPeer, isConnected, release, nowMs },
      dial: (addresses) => this.dial(addresses),
      connectedCount: () => libp2p.getPeers().length,
      random: Math.random,
    });
    this.own = new OwnAddresses({
      ...{ ownPeer, announce, resolver, nowMs },
      listening: options.listening,
      failed: (report, before) => logAnnounce(handlers.log, report, before),
    });
    this.reach = new Reach({
      ...{ own: this.own, readyPeers, bootstrap, listen, announce, libp2pKeyIsNew, nowMs },
      dials: () => this.#dialing.reports(),
      observed: (own) => this.#observed.hints(own),
    });
  }

  async load(): Promise<void> {
    await this.#book.load();
    this.#dialing.redial.addKnown(this.#book.latest());
  }

  /** Starts the dials and resolutions that are due. Call it every TICK_MS. */
  tick(): void {
    this.#dialing.tick();
    this.own.tick();
    this.reach.tick();
  }

  /** The peer's hello has succeeded. */
  ready({ peer, connection, dialed, facts }: Session, rest: HelloRest): void {
    const remote = parseAddress(connection.remoteAddr.toString());
    const claimed = claimedAddresses(peer, rest.addresses, remote?.scope ?? "none");
    const reachedAt = dialed && remote !== undefined ? [`${remote.bare}/p2p/${peer}`] : [];
    const addresses = eachFamily([...new Set([...reachedAt, ...claimed])], ADDRESSES_PER_PEER);
    this.#book.reached(peer, addresses, Date.now());
    this.#dialing.redial.reached(
      peer,
      addresses.map(parseAddress).filter((address) => address !== undefined),
    );
    this.hints(connection, rest.known);
    if (facts !== undefined) {
      this.#observed.note(facts.addressGroup, rest.observed);
      this.reach.doubledPeerIds.accepted(peer, facts.addressGroup);
    }
    this.reach.peerReady();
  }

  /** Addresses that a peer sent. */
  hints(connection: Connection, known: readonly string[]): void {
    this.#dialing.redial.addHints(known, addressScope(connection.remoteAddr.toString()));
  }

  /** The last connection to a peer ended. */
  closed({ peer, openedMs, facts, refusal }: Session): void {
    const { redial } = this.#dialing;
    if (facts !== undefined) redial.lost(peer, steadyMs() - openedMs);
    else redial.refused(peer, refusal ?? "hello_failed");
  }

  /**
   * A hello was refused. `refuser` is the peer that refused this node because another node with the same id is
   * connected to it.
   */
  refused(reason: DialReason, refuser: Session | undefined): void {
    this.reach.refused(reason);
    if (refuser === undefined) return;
    const { peer, connection } = refuser;
    this.reach.doubledPeerIds.refused(peer, addressGroup(connection.remoteAddr.toString()), steadyMs());
  }

  avoid(peer: string): void {
    this.#dialing.redial.avoid(peer);
  }

  isConfigured(peer: string): boolean {
    return this.#dialing.redial.isConfigured(peer);
  }

  isExtra(peer: string): boolean {
    return this.#dialing.redial.isExtra(peer);
  }

  /** IP addresses of machines that run the chain. */
  hosts(hosts: readonly string[]): void {
    this.#dialing.redial.addHosts(hostAddresses(hosts.slice(0, HOSTS_MAX), P2P_PORT, this.own.listening()));
  }

  /**
   * Resolves with the peer that answered. Throws the errors of the transport, and `own_peer_id` for this node itself.
   */
  dial(addresses: readonly DialAddress[]): Promise<string> {
    const { libp2p, stopping, bootstrap, handlers } = this.#options;
    return dialAny(libp2p, addresses, stopping, (address) => {
      const isBootstrap = bootstrap.some((given) => parseAddress(given)?.bare === address);
      const isOwn = this.own.listening().some((own) => parseAddress(own)?.bare === address);
      // This node listens on each loopback address that leads here. Another address may lead here by a forwarded port.
      if (!isOwn && addressScope(address) === "loopback") {
        this.reach.doubledPeerIds.foundAt(address, steadyMs());
        return "peer_id_in_use";
      }
      const other = isOwn ? "" : ", or to another node with a copy of its libp2p.key";
      const text = `an address leads to this node itself${other}; remove it from the bootstrap list`;
      handlers.log(isBootstrap ? "warn" : "debug", text, { address });
      return "own_peer_id";
    });
  }

  /** The address fields of this node's hello: only addresses that the other end can use. */
  restFor(connection: Connection): Pick<HelloRest, "addresses" | "known" | "observed"> {
    const remote = connection.remoteAddr.toString();
    return {
      addresses: usableBy(addressScope(remote), this.own.advertised()),
      known: this.knownFor(connection),
      observed: seenAt(remote),
    };
  }

  /**
   * Addresses of recently reached peers that the other end can use: first those that are connected, in random order, so
   * that newcomers spread. Peers whose last dials failed are left out.
   */
  knownFor(connection: Connection): string[] {
    const failing = this.#dialing.redial.failing();
    const reached = this.#book.latest().filter(({ peer }) => !failing.has(peer));
    const { isConnected } = this.#options;
    const connected = shuffled(reached.filter(({ peer }) => isConnected(peer)));
    const answering = [...connected, ...reached.filter(({ peer }) => !isConnected(peer))];
    return knownFor(answering, connection.remotePeer.toString(), connection.remoteAddr.toString());
  }

  sizes(): Record<string, number> {
    const { size, restingHints } = this.#dialing.redial;
    return { addressBook: this.#book.size, redialTargets: size, restingHints, observers: this.#observed.size };
  }

  stop(): Promise<void> {
    return this.#book.stop();
  }
}
