/** Width of the drawing in its own units. */
export const WIDTH = 1200;
/** Left end of the time axis; names of rows are left of it. */
export const LEFT = 96;
const RIGHT = 1152;
/** A label closer than this to the right end would touch that of the last column. */
const LABEL_ROOM = 24;
/** A column right of the axis shows the last sample. */
export const END_COLUMN = { x: RIGHT + 6, width: 14 } as const;

const STEPS_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
const TICKS_MAX = 12;

/** Maps simulated seconds to the drawing. */
export class Axis {
  readonly endSeconds: number;

  constructor(endSeconds: number) {
    this.endSeconds = Math.max(1, endSeconds);
  }

  /** Within the axis, whatever the time. */
  x(seconds: number): number {
    return LEFT + (RIGHT - LEFT) * Math.min(1, Math.max(0, seconds / this.endSeconds));
  }

  ticks(): number[] {
    const last = STEPS_SECONDS.at(-1) as number;
    const step =
      STEPS_SECONDS.find((seconds) => this.endSeconds / seconds <= TICKS_MAX) ??
      last * Math.ceil(this.endSeconds / last / TICKS_MAX);
    const all = Array.from({ length: Math.floor(this.endSeconds / step) + 1 }, (_, i) => i * step);
    return all.filter((seconds) => this.x(seconds) <= RIGHT - LABEL_ROOM);
  }
}

/** "1:05", "12:00", "1:00:00": a time since the start of the run. */
export function clockText(seconds: number): string {
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, "0");
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, "0")}:${rest}`;
}
