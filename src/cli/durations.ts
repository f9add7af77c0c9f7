import { UsageError } from "./exit-codes.js";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `30m`, `2h`, `3d` as seconds from publication; unix seconds or an ISO date as the moment. */
export function parseDeadline(text: string): { readonly duration_seconds: number } | { readonly deadline: number } {
  const [, amount, unit] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return { duration_seconds: Number(amount) * (UNITS[unit] ?? 1) };
  if (/^\d{9,12}$/.test(text)) return { deadline: Number(text) };
  const moment = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) {
    throw new UsageError(
      "--deadline is a duration (90s, 30m, 2h, 3d), unix seconds, or a date such as 2026-12-01T12:00Z",
    );
  }
  return { deadline: Math.floor(moment / 1000) };
}

/** `1 d 2 h`, `5 m 3 s`: the two largest parts. */
export function showDuration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [Math.floor(seconds) % 60, "s"],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(([amount, unit]) => `${amount} ${unit}`).join(" ");
}

/** A moment for a person, in UTC. */
export function showTime(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  return Number.isNaN(date.getTime())
    ? String(unixSeconds)
    : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
