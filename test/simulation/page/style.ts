import { FAMILIES } from "./families.js";

/** Colours by name: light, then dark. */
const COLOURS: Readonly<Record<string, readonly [string, string]>> & { readonly paper: readonly [string, string] } = {
  paper: ["#ffffff", "#14171c"],
  panel: ["#f5f6f8", "#1c2027"],
  ink: ["#1b1f26", "#e4e7ec"],
  dim: ["#667080", "#8d97a6"],
  grid: ["#e3e6eb", "#2a2f38"],
  tint: ["#fdeaea", "#33191c"],
  good: ["#1a7f4b", "#4fc38a"],
  bad: ["#c62f3a", "#ff6b74"],
  up: ["#9fd3b4", "#2f6b4a"],
  starting: ["#f0c04a", "#d9a531"],
  waiting: ["#e58a3c", "#e08a45"],
  down: ["#b9bfc9", "#454c58"],
  network: ["#e8883a", "#d97b2e"],
  process: ["#d1495b", "#d95468"],
  disk: ["#8565c4", "#9a7bdb"],
  clock: ["#1f9aa8", "#2fb0bf"],
  kernel: ["#c254a0", "#d069b1"],
  chain: ["#7a9a2f", "#93b344"],
  other: ["#7d8794", "#8d97a6"],
  set0: ["#3f7fd0", "#4b8bdc"],
  set1: ["#f09a3e", "#e9953c"],
  set2: ["#35a883", "#3bb78f"],
  set3: ["#b565c2", "#c277cf"],
  set4: ["#c9b12f", "#cdb640"],
  set5: ["#d0605e", "#dc6e6c"],
  alone: ["#cfd4db", "#3b424e"],
  held0: ["#fde3dd", "#4a2622"],
  held1: ["#fbc9b8", "#6e3a2c"],
  held2: ["#f6c98e", "#86602b"],
  held3: ["#e4d58f", "#7a7430"],
  held4: ["#b5d7b0", "#4f7a49"],
  held5: ["#7cc3a7", "#3c8d70"],
  held6: ["#2f9c85", "#43c1a5"],
};

const MODES = ["light", "dark"] as const;

function variables(mode: 0 | 1): string {
  const all = Object.entries(COLOURS).map(([name, values]) => `--${name}:${values[mode]}`);
  return `:root{color-scheme:${MODES[mode]};${all.join(";")}}`;
}

const numbered = (prefix: string, name: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `.${prefix}${i}{fill:var(--${name}${i})}`).join("");
const named = (prefix: string, names: readonly string[]): string =>
  names.map((name) => `.${prefix}-${name}{fill:var(--${name})}`).join("");

/** The rules for the drawing. */
const DRAWING = `text{fill:var(--ink)}
.heading{font-size:13px;font-weight:600}
.legend,.tick{fill:var(--dim)}
.row{font-size:10.5px;fill:var(--dim)}.row.failed{fill:var(--bad);font-weight:700}
.inside{font-size:8.5px;fill:#fff}
.grid{stroke:var(--grid);stroke-width:1}
.tint{fill:var(--tint)}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}
.l-up{stroke:var(--down)}.l-equal{stroke:var(--set0)}.l-sync{stroke:var(--good)}
.f-up{fill:var(--down)}.f-equal{fill:var(--set0)}.f-sync{fill:var(--good)}
${["up", "starting", "waiting", "down"].map((state) => `.s-${state}{fill:var(--${state})}`).join("")}
${named("f", FAMILIES)}
.band{opacity:.9}.strip{opacity:.85}
.mark{stroke:var(--paper);stroke-width:.8}
.m-crash{fill:var(--bad)}.m-power_cut{fill:var(--ink)}.m-restart{fill:var(--dim)}
${numbered("h", "held", 7)}
${numbered("c", "set", 6)}.c6{fill:var(--alone)}
.claim{fill:var(--good)}
.moment{stroke-width:1.4;stroke-dasharray:4 3;fill:none}
.moment-text{font-weight:600}
line.heal{stroke:var(--ink)}text.heal{fill:var(--ink)}
line.converged{stroke:var(--good)}text.converged{fill:var(--good)}
line.failure{stroke:var(--bad)}text.failure{fill:var(--bad)}`;

/** The rules for the drawing alone, in light colours. */
export const DRAWING_STYLE = `svg{font:11px system-ui,"DejaVu Sans",sans-serif}
${DRAWING.replace(/var\(--(\w+)\)/g, (_, name: string) => COLOURS[name]?.[0] ?? "")}`;
/** Its background. */
export const PAPER = COLOURS.paper[0];

/** The style sheet of the page. It needs no font and no file. */
export const STYLE = `${variables(0)}
@media (prefers-color-scheme:dark){${variables(1)}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,"DejaVu Sans",sans-serif}
main{max-width:1280px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:24px;line-height:1.2;margin:0;display:flex;gap:14px;align-items:center;flex-wrap:wrap}
h2{font-size:16px;margin:0 0 6px}
section{margin-top:28px}
p{margin:0 0 6px}
code{font:12.5px/1.5 ui-monospace,"DejaVu Sans Mono",monospace;background:var(--panel);padding:3px 8px;border-radius:5px;overflow-wrap:anywhere}
.note,.sub{color:var(--dim);margin:6px 0}
.state{font-size:13px;font-weight:600;padding:3px 12px;border-radius:99px;border:1.5px solid currentColor}
.ok{color:var(--good)}.fails{color:var(--bad)}
.figures{display:flex;flex-wrap:wrap;gap:10px;margin:18px 0 20px}
.figures div{background:var(--panel);border-radius:8px;padding:8px 16px;min-width:104px}
dt{color:var(--dim);font-size:12px}
dd{margin:0;font-size:19px;font-weight:600;font-variant-numeric:tabular-nums}
.failure{margin:0 0 20px;padding:12px 16px;border-left:4px solid var(--bad);background:var(--tint);border-radius:0 8px 8px 0;overflow-wrap:anywhere;white-space:pre-wrap}
.failure h2{color:var(--bad)}
.scroll{overflow-x:auto}
svg{display:block;width:100%;min-width:900px;height:auto;font-size:11px}
${DRAWING}
table{border-collapse:collapse;font-size:12.5px;font-variant-numeric:tabular-nums}
th{text-align:left;color:var(--dim);font-weight:500}
td,th{padding:3px 14px 3px 0;vertical-align:top;border-bottom:1px solid var(--grid)}
.number{text-align:right}
.trace{width:100%;font:11.5px/1.45 ui-monospace,"DejaVu Sans Mono",monospace}
.trace td:last-child{width:100%;overflow-wrap:anywhere}
tr.warn td:last-child{color:var(--waiting)}tr.error td:last-child{color:var(--bad)}
.details{display:flex;flex-wrap:wrap;gap:8px 28px;align-items:flex-start}
summary{cursor:pointer;font-weight:600;padding:4px 0}`;
