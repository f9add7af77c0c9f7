import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { FaultSink } from "../../api/index.js";
import type { NetworkError } from "../../protocol/errors.js";

const MIB = 1024 * 1024;
/** Below this the disk counts as full: the next write fails. */
const FULL_BYTES = MIB;
/** Below this the node warns: the database alone needs 32 MiB to recover from a full disk. */
export const LOW_BYTES = 256 * MIB;
/** Free space that the cure for a full disk asks for. */
const NEEDED_BYTES = 32 * MIB;
/** Time between two readings of the free space: at 50 MB/s 256 MiB fill up in this time. */
const SPACE_EVERY_MS = 5000;
/** Time between test writes; each syncs the database's log once. They show an idle node whether it can write. */
const PROBE_EVERY_MS = 30_000;
/** A write that takes longer counts as unanswered: the file server is away, or the drive fails. */
const SILENT_MS = 30_000;

export interface DiskHealthPorts {
  /** Directories that the node writes to. */
  readonly paths: readonly string[];
  readonly faults: FaultSink;
  /** Default: read from the file system. */
  readonly freeBytes?: (path: string) => Promise<number>;
}

/** Bytes that this user may still write at a path. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** The directories that a node with its keys in `keysPath` writes to. Keys may be on another file system. */
export function writtenPaths(keysPath: string): readonly string[] {
  return [dirname(keysPath), keysPath];
}

/** "3 MiB", "700 KiB". */
export function showBytes(bytes: number): string {
  return bytes >= MIB ? `${Math.floor(bytes / MIB)} MiB` : `${Math.floor(bytes / 1024)} KiB`;
}

/**
 * Reports whether this node can write to its disks. It takes refusals of the database and the signing logs, reads the
 * free space, and probes the database, so that an idle node notices a failing disk, too.
 */
export class DiskHealth {
  readonly #ports: DiskHealthPorts;
  #database: NetworkError | undefined;
  /** By author key: why its log can't be written. */
  readonly #signing = new Map<string, NetworkError>();
  #free: { readonly path: string; readonly bytes: number } | undefined;
  /** The query for free space under way, and its start. */
  #reading: { path: string; sinceMs: number } | undefined;
  #timers: NodeJS.Timeout[] = [];
  #probing: (() => Promise<void>) | undefined;
  /** Start of the probe under way, by a monotonic clock. */
  #probedMs: number | undefined;

  constructor(ports: DiskHealthPorts) {
    this.#ports = ports;
  }

  /**
   * Starts the checks; the result stops them. `probe` writes to the database and waits for the disk. A refusal of the
   * write comes through {@link DiskHealth.database}.
   */
  start(probe: () => Promise<void>): () => void {
    this.#probing = probe;
    void this.#readSpace();
    this.#timers = [
      setInterval(() => void this.#readSpace(), SPACE_EVERY_MS),
      setInterval(() => this.#probe(), PROBE_EVERY_MS),
    ];
    for (const timer of this.#timers) timer.unref();
    return () => {
      for (const timer of this.#timers) clearInterval(timer);
      this.#timers = [];
      this.#probing = undefined;
    };
  }

  /** Takes the reason why the database refuses writes; undefined: it takes writes. */
  database(refusal: NetworkError | undefined): void {
    this.#database = refusal;
    this.#report();
    if (refusal === undefined) void this.#readSpace();
  }

  /** Takes the reason why the signing log of an author refuses entries; undefined: it takes entries. */
  signing(author: string, refusal: NetworkError | undefined): void {
    if (refusal === undefined) this.#signing.delete(author);
    else this.#signing.set(author, refusal);
    this.#report();
    void this.#readSpace();
    // The database is likely on the same file system. A probe shows it now and not at the next record.
    if (refusal !== undefined) this.#probe();
  }

  #probe(): void {
    // A refusal comes through `database`; refusals after the stop are not reported.
    if (this.#database !== undefined || this.#probing === undefined || this.#probedMs !== undefined) return;
    this.#probedMs = performance.now();
    const ended = (): void => {
      this.#probedMs = undefined;
      this.#report();
    };
    this.#probing().then(ended, ended);
  }

  async #readSpace(): Promise<void> {
    // An unanswered query occupies one of the four threads of libuv's pool: no second one.
    if (this.#reading !== undefined) {
      this.#report();
      return;
    }
    const { paths, freeBytes: read = freeBytes } = this.#ports;
    let least: { path: string; bytes: number } | undefined;
    for (const path of paths) {
      this.#reading = { path, sinceMs: performance.now() };
      const bytes = await read(path).catch(() => undefined);
      if (bytes !== undefined && (least === undefined || bytes < least.bytes)) least = { path, bytes };
    }
    this.#reading = undefined;
    this.#free = least;
    this.#report();
  }

  /** The operation without an answer for `SILENT_MS`. */
  get #silent(): string | undefined {
    const longAgo = performance.now() - SILENT_MS;
    if (this.#probedMs !== undefined && this.#probedMs <= longAgo) return "a write";
    const { path, sinceMs } = this.#reading ?? {};
    return sinceMs !== undefined && sinceMs <= longAgo ? `a query for the free space of ${path}` : undefined;
  }

  #report(): void {
    const { faults } = this.#ports;
    const refusals = [...this.#signing.values(), ...(this.#database === undefined ? [] : [this.#database])];
    const free = this.#free;
    const left = free === undefined ? "" : `, ${showBytes(free.bytes)} free in ${free.path}`;
    const full =
      refusals.some(({ code }) => code === "storage_full") || (free !== undefined && free.bytes < FULL_BYTES);
    // With more space free than that, the refused write needs more: it is a copy of the database.
    const large = full && free !== undefined && free.bytes >= NEEDED_BYTES ? this.#database : undefined;
    if (large?.code === "storage_full") {
      const text = `the disk is too full${left}: ${large.message}`;
      const cure = "make so much room; the node then continues by itself";
      faults.raise({ component: "storage", code: "disk_full", text, cure });
    } else if (full) faults.raise({ component: "storage", code: "disk_full", text: `the disk is full${left}` });
    else faults.clear("storage", "disk_full");

    if (!full && free !== undefined && free.bytes < LOW_BYTES) {
      faults.raise({ component: "storage", code: "low_space", text: `the disk is nearly full${left}` });
    } else faults.clear("storage", "low_space");

    if (this.#database !== undefined && this.#database.code !== "storage_full") {
      const text = `the disk refuses writes: ${this.#database.message}`;
      faults.raise({ component: "storage", code: "write_failed", text });
    } else if (this.#database === undefined && this.#silent !== undefined) {
      const text = `the disk has not answered ${this.#silent} for ${SILENT_MS / 1000} s`;
      const cure =
        "check whether its file system answers (a file server, a failing drive), and the errors in the system log";
      faults.raise({ component: "storage", code: "write_failed", text, cure });
    } else faults.clear("storage", "write_failed");

    const [author, refusal] = [...this.#signing][0] ?? [];
    if (author === undefined || refusal === undefined) {
      faults.clear("signing", "store_refused");
      return;
    }
    const more = this.#signing.size === 1 ? "" : ` and ${this.#signing.size - 1} more`;
    const text = `own records are refused, author ${author.slice(0, 16)}${more}: ${refusal.message}`;
    faults.raise({
      component: "signing",
      code: "store_refused",
      text,
      ...(full
        ? {}
        : { cure: "check the file system of the keys' directory: read-only, owner, errors in the system log" }),
    });
  }
}
