import { UsageError } from "../exit-codes.js";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A date. The time and the zone are optional. */
const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * Unix seconds of a date. Without a zone the date is UTC, not the machine's zone. NaN for a date that does not exist.
 */
function momentOf(text: string): number {
  const [, day, time = "00:00", zone = "Z"] = DATE.exec(text) ?? [];
  if (day === undefined) return Number.NaN;
  // Date.parse reads 30 February as 2 March.
  const exists = new Date(`${day}T00:00Z`).getTime();
  if (Number.isNaN(exists) || new Date(exists).toISOString().slice(0, 10) !== day) return Number.NaN;
  return Date.parse(`${day}T${time}${zone}`) / 1000;
}

/**
 * `90s`, `30m`, `2h`, `3d` are seconds from publication. Unix seconds or an ISO date (UTC without a zone) are a moment.
 */
export function parseDeadline(text: string): { readonly duration_seconds: number } | { readonly deadline: number } {
  const [, amount, unit] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return { duration_seconds: Number(amount) * (UNITS[unit] ?? 1) };
  if (/^\d{9,12}$/.test(text)) return { deadline: Number(text) };
  const moment = momentOf(text);
  if (Number.isNaN(moment)) {
    throw new UsageError(
      "--deadline is a duration (90s, 30m, 2h, 3d), unix seconds, or a date such as 2026-12-01T12:00 (UTC) or " +
        "2026-12-01T12:00+02:00",
    );
  }
  return { deadline: moment };
}

/** `1 d 2 h`, `5 m 3 s`: the two largest units. */
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
