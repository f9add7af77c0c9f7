import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** The files of a database with this ending, the largest first. */
export async function filesOf(directory: string, ending: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(ending));
  const sized = await Promise.all(
    names.map(async (name) => ({ path: join(directory, name), size: (await stat(join(directory, name))).size })),
  );
  return sized.sort((a, b) => b.size - a.size).map(({ path }) => path);
}

/** Overwrites a part of a file; `at` is a fraction of its length, in thousandths. */
export async function overwrite(path: string, at: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, "r+");
  try {
    const { size } = await handle.stat();
    await handle.write(bytes, 0, bytes.length, Math.floor((size * at) / 1000));
    await handle.sync();
  } finally {
    await handle.close();
  }
}
