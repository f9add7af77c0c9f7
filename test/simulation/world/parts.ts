import type { LoadedKernel } from "../../../src/kernel/index.js";
import type { KeyStore } from "../../../src/storage/types.js";
import type { FaultWorld } from "../faults/fault-world.js";
import { MockKernels } from "../kernel/mock-kernels.js";
import { RealKernel } from "../kernel/real-kernel.js";
import { type LinkSettings, SimNet } from "../network/index.js";
import type { Platform } from "../platform/ambient.js";
import { healthyDisk } from "../platform/disk-settings.js";
import { type DiskSnapshot, MemoryDisks } from "../platform/memory-disks.js";
import { KeyContents, type KeySnapshot } from "../storage/key-contents.js";
import { MemoryKeyStore } from "../storage/memory-key-store.js";
import { SharedValues } from "../storage/shared-values.js";
import type { Random } from "./random.js";
import type { Life, Schedule } from "./schedule.js";

/** Free space of a disk that counts as full. */
const NO_BYTES = 0;
const PORT = 2140;

/** A copy of what a node has stored. */
export interface NodeBackup {
  readonly disk: DiskSnapshot;
  readonly database: KeySnapshot;
}

/** The environment of all nodes: network, disks, databases and kernels, by the names of nodes. */
export class Parts {
  readonly platform: Platform;
  readonly network: FaultWorld["network"];
  readonly disks: FaultWorld["disks"];
  readonly kernels: FaultWorld["kernels"];
  readonly net: SimNet;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #disks: MemoryDisks;
  readonly #kernels: MockKernels;
  readonly #realKernel: LoadedKernel | undefined;
  readonly #contents = new Map<string, KeyContents>();
  readonly #ips = new Map<string, string>();
  /** Nodes whose database lost values, or is that of a backup. */
  readonly #damaged = new Set<string>();

  /** `realKernel`: runs in place of the mock kernels. */
  constructor(
    schedule: Schedule,
    random: Random,
    names: readonly string[],
    links: LinkSettings,
    realKernel: LoadedKernel | undefined,
  ) {
    this.#schedule = schedule;
    this.#realKernel = realKernel;
    this.#random = random.fork("stores");
    this.net = new SimNet(schedule, random.fork("net"), links);
    this.#disks = new MemoryDisks(schedule, random.fork("disks"));
    this.#kernels = new MockKernels(schedule, random.fork("kernels"));
    this.platform = { schedule, random: random.fork("node:crypto"), disks: this.#disks, net: this.net };
    const shared = new SharedValues();
    names.forEach((name, index) => {
      this.#disks.add(name);
      this.#contents.set(name, new KeyContents(shared));
      this.#ips.set(name, `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
      this.net.place(name, this.ip(name));
    });
    this.network = this.net;
    this.disks = this.#diskFaults();
    this.kernels = this.#kernels;
  }

  ip(name: string): string {
    return known(this.#ips, name);
  }

  multiaddr(name: string): string {
    return `/ip4/${this.ip(name)}/tcp/${PORT}`;
  }

  kernel(name: string): LoadedKernel {
    if (this.#realKernel === undefined) return this.#kernels.load(name);
    const { kernel } = this.#realKernel;
    return { kernel: new RealKernel({ schedule: this.#schedule, random: this.#random, kernel }), skipped: [] };
  }

  keyStore(name: string, life: Life): KeyStore {
    return new MemoryKeyStore({
      contents: known(this.#contents, name),
      schedule: this.#schedule,
      life,
      random: this.#random,
      settings: this.#disks.settings(name),
      counts: this.#disks.counts,
    });
  }

  /** The peers that a node dialled and that are ready, and since when. */
  dialled(name: string): readonly { readonly name: string; readonly readyMs: number }[] {
    return this.net.readyPeers(name).filter(({ dialed }) => dialed);
  }

  /** Whether the database of the node lost values, or is an older copy: it may then lack what it had acknowledged. */
  isDamaged(name: string): boolean {
    return this.#damaged.has(name);
  }

  /** The life of the node is over. `silent`: its machine is off, too. */
  lifeEnded(name: string, silent: boolean): void {
    this.net.crashed(name, silent);
    if (silent) {
      this.#disks.crash(name);
      known(this.#contents, name).crash(this.#random, this.#disks.counts);
      return;
    }
    this.#disks.kill(name);
    known(this.#contents, name).kill(this.#random, this.#disks.counts);
  }

  /** The directory and the database of a node, as they are now. */
  backup(name: string): NodeBackup {
    return { disk: this.#disks.snapshot(name), database: known(this.#contents, name).snapshot() };
  }

  /** Replaces directory and database. The node does not run. */
  restore(name: string, { disk, database }: NodeBackup): void {
    this.#disks.restore(name, disk);
    known(this.#contents, name).restore(database);
    this.#damaged.add(name);
  }

  /** Removes the libp2p key: the next start makes another. */
  forgetPeerId(name: string): void {
    this.#disks.disk(name).unlink(["libp2p.key"]);
  }

  /** Ends what faults left behind. */
  heal(): void {
    this.net.heal();
    this.#kernels.heal();
  }

  /** Counters of the environment, by name. */
  counts(): Map<string, number> {
    const out = new Map<string, number>();
    for (const [name, count] of Object.entries(this.net.counts)) out.set(`network ${name}`, Number(count));
    for (const [name, count] of this.#disks.counts) out.set(`disk ${name}`, count);
    for (const [name, count] of this.#kernels.counts) out.set(name, count);
    return out;
  }

  stop(): void {
    this.net.stop();
  }

  #diskFaults(): FaultWorld["disks"] {
    const changed = (name: string, change: Partial<ReturnType<typeof healthyDisk>>): (() => void) => {
      const settings = this.#disks.settings(name);
      const before = Object.fromEntries(Object.keys(change).map((key) => [key, Reflect.get(healthyDisk(), key)]));
      Object.assign(settings, change);
      return () => Object.assign(settings, before);
    };
    return {
      fill: (name) => {
        const settings = this.#disks.settings(name);
        const { freeBytes } = settings;
        settings.freeBytes = NO_BYTES;
        return () => {
          settings.freeBytes += freeBytes;
        };
      },
      slow: (name, meanMs) => changed(name, { slow: 0.5, slowMs: meanMs }),
      fail: (name, probability) => changed(name, { readErrors: probability, writeErrors: probability }),
      damage: (name) => {
        this.#damaged.add(name);
        known(this.#contents, name).corrupt(this.#random);
      },
    };
  }
}

function known<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new Error(`there is no node ${name}`);
  return found;
}
