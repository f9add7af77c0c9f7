export type LogLevel = "debug" | "info" | "warn" | "error";
export type Log = (level: LogLevel, text: string, fields?: Readonly<Record<string, string | number>>) => void;
