import type { Log, LogLevel } from "../manager/index.js";

/** A logger of pino's shape: each level takes fields and a text. */
export type Logger = {
  readonly [Level in LogLevel]: (fields: Readonly<Record<string, string | number>>, text: string) => void;
};

/** The function that the parts of a node log with. */
export function logOf(log: Log | Logger | undefined): Log | undefined {
  if (log === undefined || typeof log === "function") return log;
  return (level, text, fields = {}) => log[level](fields, text);
}
