import { DiskError } from "./disk-error.js";
import type { DiskOperations } from "./disk-operations.js";
import type { MemoryDisk, OpenMode } from "./memory-disk.js";
import type { SimEntry, SimFile } from "./name-changes.js";
import { SimStats } from "./sim-stats.js";

/** Node.js writes a file in pieces of this size. */
const WRITE_BYTES = 512 * 1024;

/** The `FileHandle` of an open file or directory of a simulated disk. */
export class SimFileHandle {
  readonly fd: number;
  readonly #operations: DiskOperations;
  readonly #disk: MemoryDisk;
  readonly #entry: SimEntry;
  readonly #mode: OpenMode;
  readonly #incarnation: number;
  #position = 0;
  #isClosed = false;

  constructor(operations: DiskOperations, fd: number, disk: MemoryDisk, entry: SimEntry, mode: OpenMode) {
    this.#operations = operations;
    this.fd = fd;
    this.#disk = disk;
    this.#entry = entry;
    this.#mode = mode;
    this.#incarnation = disk.incarnation;
  }

  read<B extends Uint8Array>(
    buffer: B,
    offset = 0,
    length = buffer.byteLength - offset,
    position: number | null = null,
  ): Promise<{ bytesRead: number; buffer: B }> {
    return this.#run("read", "read", () => {
      // Node.js does not call the system for nothing.
      if (length === 0) return { bytesRead: 0, buffer };
      const from = position ?? this.#position;
      const found = this.#readable().content.view(from, from + length);
      buffer.set(found, offset);
      if (position === null) this.#position += found.length;
      return { bytesRead: found.length, buffer };
    });
  }

  readFile(encoding?: "utf8" | { readonly encoding: "utf8" }): Promise<Buffer | string> {
    return this.#run("read", "read", () => {
      const bytes = Buffer.from(this.#readable().content.view(this.#position));
      this.#position += bytes.length;
      return encoding === undefined ? bytes : bytes.toString("utf8");
    });
  }

  write<B extends Uint8Array>(
    buffer: B,
    offset = 0,
    length = buffer.byteLength - offset,
    position: number | null = null,
  ): Promise<{ bytesWritten: number; buffer: B }> {
    return this.#run("write", "write", () => {
      if (buffer.byteLength === 0) return { bytesWritten: 0, buffer };
      const bytesWritten = this.#write(buffer.subarray(offset, offset + length), position);
      return { bytesWritten, buffer };
    });
  }

  writev<B extends readonly Uint8Array[]>(
    buffers: B,
    position: number | null = null,
  ): Promise<{ bytesWritten: number; buffers: B }> {
    return this.#run("write", "write", () => {
      const bytesWritten = this.#write(Buffer.concat(buffers), position);
      return { bytesWritten, buffers };
    });
  }

  async writeFile(data: Uint8Array | string): Promise<void> {
    let left = typeof data === "string" ? Buffer.from(data) : data;
    do {
      const { bytesWritten } = await this.write(left, 0, Math.min(WRITE_BYTES, left.length));
      left = left.subarray(bytesWritten);
    } while (left.length > 0);
  }

  appendFile(data: Uint8Array | string): Promise<void> {
    return this.writeFile(data);
  }

  truncate(size = 0): Promise<void> {
    return this.#run("write", "ftruncate", () => {
      if (this.#entry.kind === "directory" || !this.#mode.writes) throw new DiskError("EINVAL");
      this.#disk.truncate(this.#entry, size);
    });
  }

  stat(): Promise<SimStats> {
    return this.#run("read", "fstat", () => new SimStats(this.#entry));
  }

  chmod(mode: number): Promise<void> {
    return this.#run("write", "fchmod", () => {
      this.#entry.mode = mode & 0o7777;
    });
  }

  sync(): Promise<void> {
    return this.#run("sync", "fsync", () => this.#disk.sync(this.#entry));
  }

  datasync(): Promise<void> {
    return this.#run("sync", "fdatasync", () => this.#disk.sync(this.#entry));
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    const closed = this.#run("close", "close", () => this.#disk.release(this.#entry));
    this.#isClosed = true;
    return closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #readable(): SimFile {
    if (!this.#mode.reads) throw new DiskError("EBADF");
    if (this.#entry.kind === "directory") throw new DiskError("EISDIR");
    return this.#entry;
  }

  #write(bytes: Uint8Array, position: number | null): number {
    if (!this.#mode.writes || this.#entry.kind === "directory") throw new DiskError("EBADF");
    const { content } = this.#entry;
    const at = this.#mode.appends ? content.size : (position ?? this.#position);
    const written = this.#disk.write(this.#entry, at, bytes);
    if (position === null) this.#position = at + written;
    return written;
  }

  #run<T>(work: "read" | "write" | "sync" | "close", syscall: string, effect: () => T): Promise<T> {
    if (this.#isClosed) return Promise.reject(Object.assign(new Error("file closed"), { code: "EBADF", syscall }));
    // The process that opened it is dead.
    if (this.#incarnation !== this.#disk.incarnation) return new Promise(() => undefined);
    return this.#operations.run(
      this.#disk,
      work,
      { syscall },
      () => {
        if (this.#incarnation === this.#disk.incarnation) return effect();
        throw new Error("a dead process uses a file");
      },
      this.#entry,
    );
  }
}
