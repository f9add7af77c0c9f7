import type { Random } from "../world/random.js";
import type { Schedule } from "../world/schedule.js";
import { type Counts, count, type DiskSettings } from "./disk-settings.js";
import { MemoryDisk, type Names } from "./memory-disk.js";
import type { SimDirectory } from "./name-changes.js";

/** Paths of the simulator are `/sim/<node>/...`. */
const ROOT = "sim";

/** A disk and a place on it. */
export interface DiskPlace {
  readonly disk: MemoryDisk;
  readonly names: Names;
}

/** The state of a disk at one moment. */
export interface DiskSnapshot {
  readonly root: SimDirectory;
}

/** Worlds so far in this thread. The product's modules keep the real paths of an earlier world. */
let worlds = 0;

/** The disks of all nodes, by name. A path `/sim/<node>/...` is on the disk of that node. */
export class MemoryDisks {
  /** What happened, by name. */
  readonly counts: Counts = new Map();
  readonly schedule: Schedule;
  readonly #random: Random;
  readonly #world = worlds++;
  readonly #disks = new Map<string, MemoryDisk>();

  constructor(schedule: Schedule, random: Random) {
    this.schedule = schedule;
    this.#random = random;
  }

  /** Adds the empty disk of a node. */
  add(name: string): MemoryDisk {
    if (this.#disks.has(name)) throw new Error(`there is a disk ${name} already`);
    const disk = new MemoryDisk(() => this.schedule.nowMs, this.#random.fork(name), this.counts);
    this.#disks.set(name, disk);
    return disk;
  }

  disk(name: string): MemoryDisk {
    const disk = this.#disks.get(name);
    if (disk === undefined) throw new Error(`there is no disk ${name}`);
    return disk;
  }

  settings(name: string): DiskSettings {
    return this.disk(name).settings;
  }

  /**
   * The place of an absolute path. `/sim/<node>@<world>.<incarnation>` is another name of `/sim/<node>`: {@link
   * realPath} gives it, so that a directory which a dead process holds open is another one for the next process.
   */
  place(path: string): DiskPlace {
    const [before, root, node, ...names] = path.split("/");
    if (before !== "" || root !== ROOT || node === undefined || node === "" || names.includes("..")) {
      throw new Error(`the simulator has no disk for ${path}`);
    }
    const [name = node] = node.split("@");
    return { disk: this.disk(name), names: names.filter((part) => part !== "" && part !== ".") };
  }

  /** Whether a path is the directory of all disks. Processes may pass it and not read it. */
  isAboveDisks(path: string): boolean {
    return path === `/${ROOT}`;
  }

  /** The real path of an existing place, for one process of the node. */
  realPath(path: string): string {
    const { disk, names } = this.place(path);
    const [node = ""] = (path.split("/")[2] ?? "").split("@");
    return ["", ROOT, `${node}@${this.#world}.${disk.incarnation}`, ...names].join("/");
  }

  /** The loss of power of a node: unsynced changes are kept, lost or torn, by random. Its open handles are dead. */
  crash(name: string, random: Random = this.#random): void {
    count(this.counts, "crash");
    this.disk(name).crash(random);
  }

  /** The end of a node's process: what it has written stays. Its open handles are dead. */
  kill(name: string): void {
    this.disk(name).closeHandles();
  }

  /** Flips one bit of a synced file, by random. Returns its path below the root of the disk; undefined without one. */
  corrupt(
    name: string,
    random: Random = this.#random,
    accepts: (path: string) => boolean = () => true,
  ): string | undefined {
    const files = this.disk(name)
      .files()
      .filter(([path, { content }]) => content.size > 0 && content.isSynced && accepts(path));
    if (files.length === 0) return undefined;
    const [path, { content }] = random.pick(files);
    content.flip(random.below(content.size), random.below(8));
    count(this.counts, "bit flip");
    return path;
  }

  snapshot(name: string): DiskSnapshot {
    return { root: this.disk(name).snapshot() };
  }

  /** Replaces the content of a disk. The node does not run. */
  restore(name: string, { root }: DiskSnapshot): void {
    count(this.counts, "restore");
    this.disk(name).restore(root);
  }

  /** Replaces the content of the disk `to` by that of the disk `from`. The node of `to` does not run. */
  copy(from: string, to: string): void {
    count(this.counts, "copy");
    this.disk(to).restore(this.disk(from).snapshot());
  }
}
