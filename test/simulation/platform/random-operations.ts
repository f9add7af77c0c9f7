import type { Random } from "../world/random.js";
import type { SimFileHandle } from "./file-handle.js";
import type * as simulated from "./fs-promises.js";
import type { SimDirent, SimStats } from "./sim-stats.js";

/** What the property compares of one implementation. */
export type Files = Pick<typeof simulated, "mkdir" | "mkdtemp" | "link" | "rename" | "rmdir" | "rm" | "access"> & {
  open(path: string, flags: string, mode: number): Promise<SimFileHandle>;
  stat(path: string): Promise<SimStats>;
  lstat(path: string): Promise<SimStats>;
  readFile(path: string): Promise<Buffer | string>;
  readdir(path: string, options: { withFileTypes: true }): Promise<SimDirent[]>;
};

function aboutStats(stats: SimStats) {
  const { mode, size, nlink } = stats;
  return stats.isFile() ? { mode, size, nlink } : { mode };
}

const TAIL = new TextEncoder().encode("tail");
const PLACES = ["a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "d/e/f", "missing/a"];
const FLAGS = ["r", "r", "r+", "r+", "w", "wx", "wx+", "w+", "a", "a+", "ax"];

/** One operation on handles and paths below `root`. The same random numbers give the same operation. */
export function operation(
  random: Random,
  files: Files,
  root: string,
  handles: SimFileHandle[],
): () => Promise<unknown> {
  const kind = random.below(20);
  const path = `${root}/${random.pick(PLACES)}`;
  const dest = `${root}/${random.pick(PLACES)}`;
  const flags = random.pick(FLAGS);
  const [size, at] = [random.below(50), random.below(60)];
  const bytes = random.bytes(size);
  const position = random.chance(0.5) ? at : null;
  const handle = handles.length === 0 ? undefined : random.pick(handles);
  const buffer = new Uint8Array(size);
  switch (kind) {
    case 0:
    case 1:
    case 2:
      return async () => void handles.push(await files.open(path, flags, random.chance(0.5) ? 0o600 : 0o666));
    case 3:
    case 4:
      return async () => (await handle?.write(bytes, 0, size, position))?.bytesWritten;
    case 5:
      return async () => [(await handle?.read(buffer, 0, size, position))?.bytesRead, buffer];
    case 6:
      return async () => handle?.readFile();
    case 7:
      return async () => handle?.truncate(at);
    case 8:
      return async () => handle && aboutStats(await handle.stat());
    case 9:
      // A real sync takes long.
      if (random.chance(0.9)) return async () => handle?.chmod(0o600);
      return async () => [await handle?.sync(), await handle?.datasync()];
    case 10:
      return async () => (await handle?.writev([bytes, TAIL]))?.bytesWritten;
    case 11:
      return async () => handle?.writeFile(bytes);
    case 12:
      return async () => handle?.close();
    case 13:
    case 14:
      return () => files.mkdir(path, { mode: 0o700 });
    case 15:
      return random.chance(0.5) ? () => files.rmdir(path) : () => files.link(path, dest);
    case 16:
    case 17:
      return () => files.rename(path, dest);
    case 18:
      return () => files.rm(path, { force: random.chance(0.5), recursive: random.chance(0.5) });
    default:
      return async () => [
        aboutStats(await files.lstat(path)),
        await files.access(path),
        aboutStats(await files.stat(path)).mode,
        await (random.chance(0.5)
          ? files.readFile(path)
          : files
              .readdir(path, { withFileTypes: true })
              .then((list) => list.map((entry) => [entry.name, entry.isDirectory(), entry.isFile()].join()).sort())),
      ];
  }
}

/** The answer of one operation. */
export interface Outcome {
  /** The operation, for the message of a difference. */
  readonly text: string;
  readonly value?: unknown;
  readonly code?: string;
  readonly errno?: number;
  readonly syscall?: string;
  readonly path?: string;
  readonly dest?: string;
}

export async function outcome(root: string, work: () => Promise<unknown>): Promise<Outcome> {
  const text = String(work);
  try {
    const value = await work();
    return { text, value: value instanceof Uint8Array ? [...value] : value };
  } catch (error) {
    const { code, errno, syscall, path, dest, message } = error as NodeJS.ErrnoException & { dest?: string };
    if (code === undefined) throw error;
    // The names of the calls in this error differ.
    if (message === "file closed") return { text, code };
    return {
      text,
      code,
      ...(errno === undefined ? {} : { errno }),
      ...(syscall === undefined ? {} : { syscall }),
      ...(path === undefined ? {} : { path: path.replace(root, "") }),
      ...(dest === undefined ? {} : { dest: dest.replace(root, "") }),
    };
  }
}
