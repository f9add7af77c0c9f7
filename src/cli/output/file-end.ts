import { fstatSync, readFileSync } from "node:fs";

/**
 * The position of the next write to a descriptor; null for its own offset. A log rotation that copies a file and
 * truncates it (`copytruncate` of logrotate) leaves a descriptor without O_APPEND at its old offset: a write there
 * would make a hole of zeros before it. Such a write goes to the end of the file. Null also if the system does not
 * report the offset (Linux does).
 */
export function placeOfWrite(fd: number): number | null {
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return null;
    const offset = /^pos:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1];
    return offset === undefined || Number(offset) === stats.size ? null : stats.size;
  } catch {
    return null;
  }
}
