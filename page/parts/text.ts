/** Control and format characters, those of text direction included. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
/** A person reads no more at once. */
export const TEXT_MAX = 20_000;

/** Makes foreign text harmless to read: what is not visible or turns the text is shown by its number. */
export function visible(text: string, kept = "\n\t"): string {
  return text.replace(UNPRINTABLE, (found) => {
    if (kept.includes(found)) return found;
    const number = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `\u2329U+${number}\u232a`;
  });
}

/** Like {@link visible}, on one line. */
export function visibleLine(text: string): string {
  return visible(text, "");
}

/** Hex digits of an id that tell the ids of a screen apart. */
export function shortId(id: string): string {
  return id.length > 16 ? `${id.slice(0, 8)}\u2026${id.slice(-4)}` : id;
}

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export function showNumber(value: number): string {
  return NUMBER.format(value);
}

/** A score of 0 to 1. */
export function showScore(score: number): string {
  return score.toFixed(2);
}

export function showRate(perSecond: number): string {
  return `${NUMBER.format(perSecond)}/s`;
}

export function showBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${NUMBER.format(bytes / 1024 ** power)} ${units[power]}`;
}

export function showDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** A time in the browser's zone, to the second. */
export function showTime(seconds: number): string {
  const at = new Date(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Words of a name such as `in_progress`. */
export function words(name: string): string {
  return visibleLine(name).replaceAll("_", " ");
}

/** nanoTOS as decimal text, without rounding. */
export function showAmount(nano: string): string {
  const digits = nano.padStart(10, "0");
  const rest = digits.slice(-9).replace(/0+$/, "");
  return `${digits.slice(0, -9)}${rest === "" ? "" : `.${rest}`} TOS`;
}
