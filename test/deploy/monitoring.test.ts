import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ApiMetrics } from "../../src/api/metrics/index.js";
import { FakeControl } from "../support/control/fake-control.js";
import { scratchDirectory } from "../support/scratch.js";

const run = promisify(execFile);
const DEPLOY = fileURLToPath(new URL("../../deploy/", import.meta.url));
const RULE_TESTS = fileURLToPath(new URL("alerts.test.yaml", import.meta.url));
const RULES = await readFile(join(DEPLOY, "prometheus/alerts.yaml"), "utf8");
const DASHBOARD = await readFile(join(DEPLOY, "grafana/dashboard.json"), "utf8");

/** The names of the metrics in a text. A histogram has series with its name and an ending. */
function namesIn(text: string): Set<string> {
  const found = text.match(/\b(?:tos_ai_sync|ai)_[a-z_]+\b/g) ?? [];
  return new Set(found.map((name) => name.replace(/_bucket$/, "")));
}

async function exposed(): Promise<{ readonly text: string; readonly names: ReadonlySet<string> }> {
  const text = await new ApiMetrics().text(new FakeControl());
  return { text, names: new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? "")) };
}

/** Whether promtool is installed. */
const hasPromtool = await run("promtool", ["--version"]).then(
  () => true,
  () => false,
);
if (!hasPromtool) console.log("The checks by promtool are skipped: it is not installed (Debian's package prometheus).");

describe("the files for Prometheus and Grafana", () => {
  it("every metric that an alert or a panel names is in /metrics", async () => {
    const { names } = await exposed();
    for (const text of [RULES, DASHBOARD]) {
      const missing = [...namesIn(text)].filter((name) => !names.has(name));
      expect(missing.filter((name) => name !== "ai_sync")).toEqual([]);
    }
  });

  it("every series whose increase is an alert is in /metrics before its first count", async () => {
    const { text } = await exposed();
    const watched = [...RULES.matchAll(/increase\((\w+)(?:\{(\w+="\w+")\})?\[/g)];
    expect(watched.length).toBeGreaterThan(4);
    for (const [, name = "", label = ""] of watched) {
      const lines = text.split("\n").filter((line) => line.startsWith(name) && line.includes(label));
      expect(
        lines.map((line) => line.split(" ").at(-1)),
        `${name} ${label}`,
      ).toContain("0");
    }
  });

  it("every alert has a severity, a summary and a line that says what to do", () => {
    const alerts = RULES.split(/^ {6}- alert: /m).slice(1);
    expect(alerts.length).toBeGreaterThan(15);
    for (const alert of alerts) {
      expect(alert).toMatch(/severity: (critical|warning|info)/);
      expect(alert).toMatch(/summary: .{10,}/);
      expect(alert).toMatch(/runbook: .{20,}/);
    }
  });

  it("every panel has a place of its own and asks the chosen instances", () => {
    const { panels } = JSON.parse(DASHBOARD);
    const places = panels.map(({ gridPos }: { gridPos: { x: number; y: number } }) => `${gridPos.x} ${gridPos.y}`);
    expect(new Set(places).size).toBe(panels.length);
    for (const { targets } of panels) for (const { expr } of targets) expect(expr).toContain('instance=~"$instance"');
  });

  // Skipped because promtool is not installed everywhere.
  it.skipIf(!hasPromtool)(
    "promtool accepts the rules, the configuration and the exposition, and the rules fire",
    async () => {
      const directory = await scratchDirectory();
      await cp(join(DEPLOY, "prometheus"), directory, { recursive: true });
      await cp(RULE_TESTS, join(directory, "alerts.test.yaml"));
      await writeFile(join(directory, "metrics.txt"), (await exposed()).text);
      const promtool = (...args: string[]) => run("promtool", args, { cwd: directory });
      await promtool("check", "rules", "alerts.yaml");
      await promtool("check", "config", "--syntax-only", "prometheus.yaml");
      await promtool("test", "rules", "alerts.test.yaml");
      // Its advice about names is not an error; a text that can't be read is.
      const checked = run("sh", ["-c", "promtool check metrics < metrics.txt"], { cwd: directory });
      await checked.catch(({ stderr }: { stderr: string }) => expect(stderr).not.toContain("error while linting"));
    },
  );
});
