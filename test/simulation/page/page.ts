import { createHash } from "node:crypto";
import type { RunResult } from "../run/result.js";
import { chart } from "./chart.js";
import { html, Markup } from "./markup.js";
import { STYLE } from "./style.js";
import { details, failureBox, figures, trace } from "./tables.js";
import type { TimelineData } from "./timeline.js";

/** The digest of the style sheet allows it; everything else is refused: scripts, files, requests, forms. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'`;

/** One self-contained page about one run. It has no script and makes no request. */
export function page(data: TimelineData, result: RunResult): string {
  const { ok, seed, options } = result;
  const { scenario, minutes, recordsPerSecond, healSeconds } = options;
  const title = `Simulation, seed ${seed}`;
  const state = ok ? html`<span class="state ok">passed</span>` : html`<span class="state fails">failed</span>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>${title} ${state}</h1>
<p class="sub">Scenario ${scenario}: ${minutes} simulated minutes with faults at ${recordsPerSecond} records a second, then at most ${healSeconds} seconds to converge.</p>
<p><code>${result.replay}</code></p>
${figures(data, result)}
${failureBox(result)}
${chart(data, result)}
${details(result)}
${trace(result)}
<p class="note">Digest ${result.digest}</p>
</main>
</body>
</html>
`.text;
}
