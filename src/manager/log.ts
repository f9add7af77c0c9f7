import type { LogLevel } from "../engine/index.js";

export type { LogLevel } from "../engine/index.js";

export type Log = (level: LogLevel, text: string, fields?: Readonly<Record<string, string | number>>) => void;
