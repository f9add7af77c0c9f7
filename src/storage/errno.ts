/** Causes of an error that are searched. A chain has two or three, and might be circular. */
const MAX_CAUSES = 8;

/** Messages of the databases that stand for a code of the operating system. */
const IN_WORDS: readonly (readonly [RegExp, string])[] = [
  [/no space left/i, "ENOSPC"],
  [/quota exceeded/i, "EDQUOT"],
  [/read-only file system/i, "EROFS"],
  [/input\/output error/i, "EIO"],
  [/too many open files/i, "EMFILE"],
  [/permission denied/i, "EACCES"],
  [/operation not permitted/i, "EPERM"],
  [/not a directory/i, "ENOTDIR"],
  [/is a directory/i, "EISDIR"],
  [/stale file handle/i, "ESTALE"],
  [/cannot allocate memory/i, "ENOMEM"],
];

interface ErrnoRow {
  /** Whether the fault may pass without a change to the directory or the command line. */
  readonly passing: boolean;
  readonly cure: string;
}

const OTHER_DIRECTORY = "choose another directory with the option dirPath";
const DISK_ERRORS = "look for disk errors in the system log";
const LIMIT = "raise the limit of open files (ulimit -n, LimitNOFILE of a unit)";
const OWNER = `give it to the user that runs the node (chown, chmod), or ${OTHER_DIRECTORY}`;
const MIXED = "there is a file in the place of a directory, or a directory in the place of a file: move it away";

const ROWS: Readonly<Record<string, ErrnoRow>> = {
  ENOSPC: { passing: true, cure: "make room on its file system" },
  EDQUOT: { passing: true, cure: "make room, or raise the quota of the user that runs the node" },
  EROFS: { passing: true, cure: `mount its file system for writing, or ${OTHER_DIRECTORY}` },
  EIO: { passing: true, cure: DISK_ERRORS },
  ESTALE: { passing: true, cure: "check that its file system is still mounted" },
  ENOTCONN: { passing: true, cure: "check that its file system is still mounted" },
  EMFILE: { passing: true, cure: LIMIT },
  ENFILE: { passing: true, cure: "raise the limit of open files of the system (fs.file-max)" },
  ENOMEM: { passing: true, cure: "free memory, or give the node more" },
  EAGAIN: { passing: true, cure: "try again" },
  EBUSY: { passing: true, cure: "find the program that uses it" },
  ETIMEDOUT: { passing: true, cure: "check that its file system answers" },
  EACCES: { passing: false, cure: OWNER },
  EPERM: { passing: false, cure: `${OWNER}; an immutable file is freed with chattr -i` },
  EISDIR: { passing: false, cure: MIXED },
  ENOTDIR: { passing: false, cure: MIXED },
  ELOOP: { passing: false, cure: "remove the links that lead to themselves" },
  ENAMETOOLONG: { passing: false, cure: `the path is too long: ${OTHER_DIRECTORY}` },
  ENOENT: { passing: false, cure: `restore it from a backup, or ${OTHER_DIRECTORY}` },
};

/** The code of the operating system in a failure or its causes, such as `ENOSPC`; undefined without one. */
export function errnoOf(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth++) {
    if ("code" in current && typeof current.code === "string" && /^E[A-Z0-9]{2,}$/.test(current.code)) {
      return current.code;
    }
    const { message } = current;
    const inWords = /\b(E[A-Z]{3,15}): /.exec(message)?.[1] ?? IN_WORDS.find(([words]) => words.test(message))?.[1];
    if (inWords !== undefined) return inWords;
    current = current.cause;
  }
  return undefined;
}

/** `passing`: a later attempt may succeed. `lasting`: a person has to change something. */
export function errnoClass(errno: string | undefined): "passing" | "lasting" | "unknown" {
  const row = errno === undefined ? undefined : ROWS[errno];
  return row === undefined ? "unknown" : row.passing ? "passing" : "lasting";
}

/** What a person can do about an error of the operating system; undefined for unknown codes. */
export function errnoCure(errno: string | undefined): string | undefined {
  return errno === undefined ? undefined : ROWS[errno]?.cure;
}
