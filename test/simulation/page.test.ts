import { describe, expect, test } from "vitest";
import { ALONE, setColours } from "./page/agreement.js";
import { picture } from "./page/chart.js";
import { escapeText, html } from "./page/markup.js";
import { page } from "./page/page.js";
import { type Column, type SampledNode, Timeline } from "./page/timeline.js";
import type { RunResult } from "./run/result.js";

const HOSTILE = '<script>alert("1")</script>&\u0000';

const RESULT: RunResult = {
  seed: 7,
  ok: true,
  options: { seed: 7, nodes: 2, minutes: 1, scenario: "swarm", recordsPerSecond: 1, healSeconds: 60 },
  settings: {
    links: { minMs: 1, meanMs: 10, loss: 0, duplicates: 0, reorder: 0 },
    faults: {} as RunResult["settings"]["faults"],
    chain: undefined,
    late: 0,
  },
  events: 12_345,
  digest: "00".repeat(32),
  records: 3,
  checks: {} as RunResult["checks"],
  faults: {},
  faultPairs: [],
  byzantine: [],
  acts: {},
  counters: {},
  healSeconds: 4,
  failure: undefined,
  trace: [],
  replay: "npm run -s sim -- --seed 7",
  wallMs: 1,
};

function column(groups: readonly number[]): Column {
  return { atSeconds: 0, records: 1, held: groups.map(() => 1), groups, inSync: groups.map(() => true) };
}

/** A timeline of two nodes, whose time the test sets. */
function timeline(sample: () => readonly SampledNode[] = () => []) {
  const time = { seconds: 0 };
  const recorder = new Timeline(
    ["n0", "n1"],
    () => time.seconds,
    () => ({ records: 4, nodes: sample() }),
  );
  return { time, recorder };
}

test("the drawing alone is one SVG with its own colours, and no script", () => {
  const { recorder } = timeline();
  const svg = picture(recorder.data(), { ...RESULT, options: { ...RESULT.options, nodes: 2 } });
  expect(svg).toMatch(
    /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 1200 \d+" width="1200" height="\d+" role="img" /,
  );
  expect(svg).toContain("<title id=");
  expect(svg.trimEnd().endsWith("</svg>")).toBe(true);
  expect(svg).not.toMatch(/var\(|<script|href/);
  expect(svg).toContain(".s-up{fill:#9fd3b4}");
});

describe("markup", () => {
  test("escapes text in elements and in attributes", () => {
    expect(escapeText(HOSTILE)).toBe("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;\ufffd");
    expect(html`<p title="${`"'`}">${"<b>"}</p>`.text).toBe('<p title="&quot;&#39;">&lt;b&gt;</p>');
  });

  test("replaces a lone surrogate", () => {
    expect(escapeText("a\ud800")).toBe("a\ufffd");
  });
});

describe("agreement", () => {
  test("gives nodes with equal sets equal colours, and a lone set its own", () => {
    const [colours] = setColours([column([0, 1, 0, 2, 1])]);
    expect(colours?.[0]).toBe(colours?.[2]);
    expect(colours?.[1]).toBe(colours?.[4]);
    expect(colours?.[0]).not.toBe(colours?.[1]);
    expect(colours?.[3]).toBe(ALONE);
  });

  test("keeps the colour of a side while the sides change in size", () => {
    const [first, second] = setColours([column([0, 0, 0, 1, 1]), column([0, 0, 1, 1, 1])]);
    expect(second?.slice(3)).toEqual(first?.slice(3));
    expect(second?.slice(0, 2)).toEqual(first?.slice(0, 2));
  });

  test("has one colour for a network that agrees, whatever came before", () => {
    const colours = setColours([column([0, 0, 1, 1, 1]), column([0, -1, 0, 0, 0])]);
    expect(colours[1]).toEqual([0, -1, 0, 0, 0]);
  });
});

describe("timeline", () => {
  test("never keeps more than its columns, and spreads them over the run", () => {
    const { time, recorder } = timeline();
    for (time.seconds = 0; time.seconds < 10_000; time.seconds++) recorder.tick();
    const { columns } = recorder.data();
    expect(columns.length).toBeLessThanOrEqual(601);
    expect(columns.length).toBeGreaterThan(250);
    const steps = columns.slice(1, -1).map(({ atSeconds }, i) => atSeconds - (columns[i]?.atSeconds ?? 0));
    expect(new Set(steps).size).toBe(1);
  });

  test("gives equal sets of running nodes one number", () => {
    const node: SampledNode = { state: "up", held: 4, root: "a", inSync: true };
    const { recorder } = timeline(() => [node, { ...node, state: "down" }, { ...node, root: "b" }, node]);
    expect(recorder.data().columns[0]?.groups).toEqual([0, -1, 1, 0]);
  });

  test("keeps a fault from its beginning to its end", () => {
    const { time, recorder } = timeline();
    time.seconds = 5;
    const end = recorder.begin("partition", ["n1"]);
    time.seconds = 9;
    end();
    expect(recorder.data().faults).toEqual([{ kind: "partition", nodes: ["n1"], fromSeconds: 5, toSeconds: 9 }]);
  });

  test("counts the faults that it does not keep", () => {
    const { recorder } = timeline();
    for (let i = 0; i < 5000; i++) recorder.begin("clog", ["n0"]);
    const { faults, dropped } = recorder.data();
    expect(faults.length + dropped).toBe(5000);
    expect(dropped).toBeGreaterThan(0);
  });
});

describe("page", () => {
  const node: SampledNode = { state: "up", held: 4, root: "a", inSync: true };

  function drawn(result: RunResult): string {
    const { time, recorder } = timeline(() => [node, { ...node, root: "b", held: 3 }]);
    for (const name of ["n0", "n1"]) recorder.changed(name, "up");
    recorder.begin("power_cut", ["n1"]);
    for (time.seconds = 0; time.seconds < 60; time.seconds++) recorder.tick();
    recorder.healed();
    time.seconds = 64;
    return page(recorder.data(), result);
  }

  test("shows the faults, the end of the faults and the convergence", () => {
    const text = drawn(RESULT);
    for (const part of ["power cut, 0:00 to the end: n1", "faults end", "converged after 4 s", "passed"]) {
      expect(text).toContain(part);
    }
  });

  test("makes no request and has no script", () => {
    const text = drawn(RESULT);
    expect(text).toContain("default-src &#39;none&#39;; style-src &#39;sha256-");
    expect(text).not.toMatch(/<script|javascript:|\bsrc=|\bhref=|url\(|@import|https?:|\son[a-z]+=|\sstyle=/);
  });

  test("shows a failure with its nodes and lines, all of it escaped", () => {
    const failed: RunResult = {
      ...RESULT,
      ok: false,
      healSeconds: undefined,
      failure: { check: "convergence", text: HOSTILE, nodes: ["n1"], atSeconds: 64 },
      trace: [{ atSeconds: 3.5, node: "n1", text: `error ${HOSTILE}` }],
    };
    const text = drawn(failed);
    expect(text).not.toContain("<script");
    expect(text).toContain("convergence fails");
    expect(text).toMatch(/class="row failed"[^>]*>n1</);
    expect(text).toMatch(/<tr class="error"><td class="number">3\.500<\/td><td>n1<\/td>/);
  });
});
