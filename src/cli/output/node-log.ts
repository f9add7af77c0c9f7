import type { LostLines } from "../../api/index.js";
import type { Log } from "../../manager/index.js";
import { withFlags } from "./flag-names.js";
import { type CliIo, plainJson, plainLine } from "./terminal.js";

/** The part of CliIo that a log needs. */
type LogIo = Pick<CliIo, "err" | "nowMs">;

const LOST = "lines of this log could not be written and are lost";

/**
 * The node's log on standard error: JSON lines by pino for a program, short lines for a person. The levels `debug` and
 * `info` are written only if `verbose`.
 */
export async function nodeLog(io: LogIo, options: { readonly json: boolean; readonly verbose: boolean }): Promise<Log> {
  const { json, verbose } = options;
  io.err.losses?.setNotice(json ? jsonNotice(io) : plainNotice(io));
  const log = json ? await jsonLog(io, verbose) : plainLog(io, verbose);
  return (level, text, fields = {}) => log(level, text, flagged(fields));
}

/** The fields of a line with the flags of the command line in place of the options of the library. */
function flagged(fields: Readonly<Record<string, string | number>>): Readonly<Record<string, string | number>> {
  const texts = Object.entries(fields).map(([name, value]) => {
    return [name, typeof value === "string" ? withFlags(value) : value] as const;
  });
  return Object.fromEntries(texts);
}

async function jsonLog(io: LogIo, verbose: boolean): Promise<Log> {
  const { pino } = await import("pino");
  const logger = pino(
    {
      level: verbose ? "debug" : "warn",
      base: null,
      messageKey: "text",
      timestamp: () => `,"time":"${new Date(io.nowMs()).toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line) => io.err.write(`${plainJson(line.trimEnd())}\n`) },
  );
  return (level, text, fields = {}) => logger[level](fields, text);
}

/** Lines for people. pino needs another package for these. */
function plainLog(io: LogIo, verbose: boolean): Log {
  return (level, text, fields = {}) => {
    if (!verbose && (level === "debug" || level === "info")) return;
    const time = new Date(io.nowMs()).toISOString().slice(11, 19);
    const logged = Object.entries(fields).map(([name, value]) => ` ${name}=${plainLine(String(value))}`);
    io.err.write(`${time} ${level.padEnd(5)} ${plainLine(text)}${logged.join("")}\n`);
  };
}

function jsonNotice(io: LogIo): (lost: LostLines) => string {
  return (lost) => {
    const time = new Date(io.nowMs()).toISOString();
    return `${JSON.stringify({ level: "warn", time, ...lost, text: LOST })}\n`;
  };
}

function plainNotice(io: LogIo): (lost: LostLines) => string {
  return (lost) => {
    const time = new Date(io.nowMs()).toISOString().slice(11, 19);
    const logged = Object.entries(lost).map(([loss, lines]) => ` ${loss}=${lines}`);
    return `${time} warn  ${LOST}${logged.join("")}\n`;
  };
}
