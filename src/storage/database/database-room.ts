import { rm } from "node:fs/promises";
import { join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { freeBytes, replacePrivateFile, showBytes } from "../files/index.js";

/** Disk space for the write buffers of either database and a log. */
const ROOM_BYTES = 32 * 1024 * 1024;

/** Rejects without disk space for the log and a copy of `copyBytes`, or if the disk refuses a file. */
export async function checkRoom(directory: string, copyBytes: number): Promise<void> {
  const free = await freeBytes(directory);
  const needed = ROOM_BYTES + copyBytes;
  if (free < needed) {
    const what = copyBytes === 0 ? directory : `to be rebuilt without the damaged parts, ${directory}`;
    throw new NetworkError(
      "storage_full",
      `${what} needs ${showBytes(needed)} free on its file system, which has ${showBytes(free)}`,
    );
  }
  const probe = join(directory, "room");
  await replacePrivateFile(probe, new Uint8Array(1));
  await rm(probe);
}
