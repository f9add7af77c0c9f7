import { fstatSync, readFileSync } from "node:fs";

/**
 * Where the next write to a descriptor belongs; null: at its own offset. A log rotation that copies a file and truncates it
 * (`copytruncate` of logrotate) leaves a descriptor without O_APPEND at its old offset: a write there begins the file with a
 * hole of zeros as long as all that was written before. Such a write goes to the end of the file. Null, too, where the
 * system does not tell the offset (it does on Linux).
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
