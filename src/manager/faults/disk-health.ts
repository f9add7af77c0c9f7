import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { FaultSink } from "../../api/index.js";
import type { NetworkError } from "../../protocol/errors.js";

const MIB = 1024 * 1024;
/** Less than this, and the next write fails: a full disk of a few blocks. */
const FULL_BYTES = MIB;
/** Less than this is told before it is too late: the database alone needs 32 MiB to heal after a full disk. */
export const LOW_BYTES = 256 * MIB;
/** What the cure of a full disk asks for. */
const NEEDED_BYTES = 32 * MIB;
const SPACE_EVERY_MS = 5000;
/** A node that has nothing to write finds out so often whether it could. One sync of the database's log each. */
const PROBE_EVERY_MS = 30_000;
/** A write that takes longer waits for a disk that does not answer: a file server that is away, a drive that is failing. */
const SILENT_MS = 30_000;

export interface DiskHealthPorts {
  /** Directories that are written to. */
  readonly paths: readonly string[];
  readonly faults: FaultSink;
  /** Default: what the file system says. */
  readonly freeBytes?: (path: string) => Promise<number>;
}

/** Bytes that this user may still write at a path. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** The directories of a node whose keys lie in `keysPath`: keys may be on a file system of their own. */
export function writtenPaths(keysPath: string): readonly string[] {
  return [dirname(keysPath), keysPath];
}

/** "3 MiB", "700 KiB". */
export function showBytes(bytes: number): string {
  return bytes >= MIB ? `${Math.floor(bytes / MIB)} MiB` : `${Math.floor(bytes / 1024)} KiB`;
}

/**
 * Whether this node can write: the one reporter of a full or failing disk. It hears of refusals by the database and the
 * signing logs, reads the free space, and probes the database where nothing is written, so that an idle node does not call
 * itself whole.
 */
export class DiskHealth {
  readonly #ports: DiskHealthPorts;
  #database: NetworkError | undefined;
  /** By author key: those whose log can't be written. */
  readonly #signing = new Map<string, NetworkError>();
  #free: { readonly path: string; readonly bytes: number } | undefined;
  /** The path whose free space is being read, and since when. */
  #reading: { path: string; sinceMs: number } | undefined;
  #timers: NodeJS.Timeout[] = [];
  #probing: (() => Promise<void>) | undefined;
  /** When the probe under way began, of a clock that only goes forward. */
  #probedMs: number | undefined;

  constructor(ports: DiskHealthPorts) {
    this.#ports = ports;
  }

  /**
   * `probe` writes something small to the database and waits for the disk; its outcome comes back as
   * {@link DiskHealth.database}. The answer ends it.
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

  /** Why the database refuses writes; undefined: it takes them. */
  database(refusal: NetworkError | undefined): void {
    this.#database = refusal;
    this.#report();
    if (refusal === undefined) void this.#readSpace();
  }

  /** Why the signing log of an author refuses; undefined: it takes entries. */
  signing(author: string, refusal: NetworkError | undefined): void {
    if (refusal === undefined) this.#signing.delete(author);
    else this.#signing.set(author, refusal);
    this.#report();
    void this.#readSpace();
    // What one file can't be given another is likely refused, too: better known now than at the next record.
    if (refusal !== undefined) this.#probe();
  }

  #probe(): void {
    // A refusal is reported through `database`, and what is refused at the stop nobody needs to know.
    if (this.#database !== undefined || this.#probing === undefined || this.#probedMs !== undefined) return;
    this.#probedMs = performance.now();
    const ended = (): void => {
      this.#probedMs = undefined;
      this.#report();
    };
    this.#probing().then(ended, ended);
  }

  async #readSpace(): Promise<void> {
    // Each that is not answered holds a thread, of which the node has four.
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

  /** What has had no answer for too long. */
  get #silent(): string | undefined {
    const longAgo = performance.now() - SILENT_MS;
    if (this.#probedMs !== undefined && this.#probedMs <= longAgo) return "a write";
    const { path, sinceMs } = this.#reading ?? {};
    return sinceMs !== undefined && sinceMs <= longAgo ? `the question for the free space of ${path}` : undefined;
  }

  #report(): void {
    const { faults } = this.#ports;
    const refusals = [...this.#signing.values(), ...(this.#database === undefined ? [] : [this.#database])];
    const free = this.#free;
    const left = free === undefined ? "" : `, ${showBytes(free.bytes)} free in ${free.path}`;
    const full =
      refusals.some(({ code }) => code === "storage_full") || (free !== undefined && free.bytes < FULL_BYTES);
    // With more than that free, what is refused needs more: a copy of the database.
    const large = full && free !== undefined && free.bytes >= NEEDED_BYTES ? this.#database : undefined;
    if (large?.code === "storage_full") {
      const text = `the disk is too full${left}: ${large.message}`;
      const cure = "make so much room; the node goes on by itself then";
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
        "see whether its file system answers (a file server, a failing drive) and the errors in the system log";
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
        : { cure: "see the file system of the keys' directory: read-only, owner, errors in the system log" }),
    });
  }
}
