import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { multiaddr } from "@multiformats/multiaddr";
import type { DialReason } from "../../protocol/dial-reasons.js";
import { ANNOUNCED_PER_NAME, ANNOUNCED_REFRESH_MS, INTERFACES_READ_MS } from "../constants.js";
import { addressScope, parseAddress } from "./address-scope.js";
import { dialReason } from "./dial-failure.js";
import { waitAfter } from "./dial-target.js";
import type { NameResolver } from "./name-resolver.js";

export interface OwnAddressesOptions {
  readonly ownPeer: string;
  /** Addresses of the listeners as the transport names them, with /p2p/. */
  readonly listening: () => readonly string[];
  /** Announced addresses as they were given, checked. */
  readonly announce: readonly string[];
  readonly resolver: NameResolver;
  /** A name to announce does not resolve; `before` is the reason of the time before. */
  readonly failed: (report: AnnounceReport, before: DialReason | undefined) => void;
  readonly nowMs: () => number;
  /** IP addresses of the interfaces of this machine that are up. Default: those of the system. */
  readonly hosts?: () => readonly string[];
}

/** An announced address, the addresses that are advertised for it, and why its name does not resolve. */
export interface AnnounceReport {
  readonly address: string;
  readonly advertised: readonly string[];
  readonly reason: DialReason | undefined;
}

interface Announced {
  readonly address: string;
  /** Of a DNS name: its family, 0 for both; undefined for an IP address. */
  readonly family: 0 | 4 | 6 | undefined;
  readonly host: string;
  readonly port: string;
  advertised: readonly string[];
  reason: DialReason | undefined;
  attempts: number;
  dueMs: number;
  resolving: boolean;
}

/** A listening address. */
interface Listened {
  readonly text: string;
  /** A loopback address is always up, an unreadable one never; undefined: as the interfaces say. */
  readonly isUp: boolean | undefined;
  /** Of its host. */
  readonly bytes: string;
}

const FAMILIES: Readonly<Record<string, 0 | 4 | 6>> = { dns: 0, dns4: 4, dns6: 6 };

function systemHosts(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((entries) => entries?.map(({ address }) => address) ?? []);
}

/** An IP address as hex. One IPv6 address has several texts, and the system and the transport write different ones. */
function ipBytes(host: string): string {
  const family = isIP(host);
  return family === 0 ? host : Buffer.from(multiaddr(`/ip${family}/${host}`).bytes).toString("hex");
}

function listened(text: string): Listened {
  const address = parseAddress(text);
  if (address === undefined) return { text, isUp: false, bytes: "" };
  return { text, isUp: address.scope === "loopback" ? true : undefined, bytes: ipBytes(address.host) };
}

/**
 * The addresses that this node advertises. Announced addresses replace the listen addresses, except on loopback:
 * loopback addresses are sent to peers on this machine only. A DNS name is advertised as its IP addresses, since peers
 * refuse names from peers. A listen address that has left the machine is not advertised.
 */
export class OwnAddresses {
  readonly #options: OwnAddressesOptions;
  readonly #announced: readonly Announced[];
  /** The listening addresses at the last look, parsed; they change seldom. */
  #listened: readonly Listened[] = [];
  #hosts: ReadonlySet<string> = new Set();
  #hostsMs = Number.NEGATIVE_INFINITY;

  constructor(options: OwnAddressesOptions) {
    this.#options = options;
    this.#announced = options.announce.map((text): Announced => {
      const [, kind = "", host = "", , port = ""] = text.split("/");
      const family = FAMILIES[kind];
      const advertised = family === undefined ? [`/${kind}/${host}/tcp/${port}/p2p/${options.ownPeer}`] : [];
      return {
        address: text,
        family,
        host,
        port,
        advertised,
        reason: undefined,
        attempts: 0,
        dueMs: 0,
        resolving: false,
      };
    });
  }

  /** The addresses that it listens on and that are up. */
  listening(): string[] {
    return this.#split(true);
  }

  /** The addresses that it listened on and that have left this machine. */
  gone(): string[] {
    return this.#split(false);
  }

  /** The addresses to advertise. Each peer gets those that it can use. */
  advertised(): string[] {
    const listening = this.listening();
    if (this.#announced.length === 0) return listening;
    const advertised = this.#announced.flatMap((announced) => announced.advertised);
    return [...new Set([...advertised, ...listening.filter((text) => addressScope(text) === "loopback")])];
  }

  announced(): AnnounceReport[] {
    return this.#announced.map(({ address, advertised, reason }) => ({ address, advertised, reason }));
  }

  /** Starts to resolve the names that are due. Call it every TICK_MS. */
  tick(): void {
    for (const announced of this.#announced) {
      if (announced.family === undefined || announced.resolving || announced.dueMs > this.#options.nowMs()) continue;
      void this.#resolve(announced, announced.family);
    }
  }

  async #resolve(announced: Announced, family: 0 | 4 | 6): Promise<void> {
    const { resolver, failed, nowMs, ownPeer } = this.#options;
    announced.resolving = true;
    try {
      const hosts = await resolver.addresses(announced.host, family);
      announced.advertised = hosts
        .map((host) => `/${host.includes(":") ? "ip6" : "ip4"}/${host}/tcp/${announced.port}`)
        .filter((text) => addressScope(text) !== "none")
        .slice(0, ANNOUNCED_PER_NAME)
        .map((text) => `${text}/p2p/${ownPeer}`);
      announced.attempts = 0;
      announced.dueMs = nowMs() + ANNOUNCED_REFRESH_MS;
      const before = announced.reason;
      announced.reason = announced.advertised.length === 0 ? "name_not_resolved" : undefined;
      if (announced.reason !== undefined) failed(announced, before);
    } catch (error) {
      const before = announced.reason;
      const thrown = dialReason(error);
      announced.reason = thrown === "failed" ? "name_not_resolved" : thrown;
      announced.dueMs = nowMs() + waitAfter({ attempts: announced.attempts, foreign: 0 }, announced.reason);
      announced.attempts += 1;
      failed(announced, before);
    } finally {
      announced.resolving = false;
    }
  }

  #split(isUp: boolean): string[] {
    const texts = this.#options.listening();
    const known = this.#listened;
    if (texts.length !== known.length || texts.some((text, i) => text !== known[i]?.text)) {
      this.#listened = texts.map(listened);
    }
    return this.#listened.filter((one) => this.#isUp(one) === isUp).map(({ text }) => text);
  }

  #isUp({ isUp, bytes }: Listened): boolean {
    if (isUp !== undefined) return isUp;
    const nowMs = this.#options.nowMs();
    // A missing address may have come since the last read: the transport lists it at once.
    if (Math.abs(nowMs - this.#hostsMs) >= INTERFACES_READ_MS || !this.#hosts.has(bytes)) {
      this.#hosts = new Set((this.#options.hosts ?? systemHosts)().map(ipBytes));
      this.#hostsMs = nowMs;
    }
    return this.#hosts.has(bytes);
  }
}
