import type { Reading } from "./reading.js";

type Stats = Reading["stats"];

function total(counts: Readonly<Record<string, number>> | undefined): number {
  return Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
}

function perSecond(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}/s`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

/** Rates since an earlier reading, or the counts since the start where there is none. */
export function rates(now: Stats, before: Stats | undefined): string[] {
  const seconds = before === undefined ? 0 : (now.at_ms - before.at_ms) / 1000;
  const show = (count: number, earlier: number): string =>
    seconds > 0 ? perSecond(Math.max(0, count - earlier) / seconds) : String(count);
  const one = (name: string, label: string): string =>
    show(now.counters[name]?.[label] ?? 0, before?.counters[name]?.[label] ?? 0);
  const all = (name: string): string => show(total(now.counters[name]), total(before?.counters[name]));
  const { load } = now;
  const cpu =
    before === undefined || seconds <= 0
      ? `${Math.round(load.cpu_seconds)} s`
      : `${Math.round((100 * Math.max(0, load.cpu_seconds - before.load.cpu_seconds)) / seconds)} %`;
  const delay = load.loop_delay === null ? "unknown" : `${load.loop_delay.p99_ms.toFixed(1)} ms`;
  return [
    `bundles  accepted ${one("bundles_in", "accept")}   ignored ${one("bundles_in", "ignore")}   rejected ${one("bundles_in", "reject")}`,
    `judged   records ${all("records_in")}   other messages ${all("messages_in")}   verified ${all("signatures_checked")}`,
    `process  cpu ${cpu}   memory ${mebibytes(load.resident_bytes)}   event loop late by ${delay} (99 %)`,
  ];
}
