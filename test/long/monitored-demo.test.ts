import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../support/free-port.js";
import { projectRoot } from "../support/project.js";
import { scratchDirectory } from "../support/scratch.js";
import { RunningDemo } from "./demo.js";

const DEPLOY = join(projectRoot, "deploy");
/** Debian's package prometheus. */
const PROMETHEUS = "/usr/bin/prometheus";
const FIVE_MINUTES = 300_000;
/** Panels of what a node without a chain, and without troubles, does not count. */
const SILENT = [
  /^tos_ai_sync_chain_/,
  /_chain_(events|troubles)_/,
  /^tos_ai_sync_fault\{/,
  /\(tos_ai_sync_dropped_total/,
];

const hasPrometheus = await access(PROMETHEUS).then(
  () => true,
  () => false,
);
if (!hasPrometheus)
  console.log("The demo is not monitored: Prometheus is not installed (Debian's package prometheus).");

/** A Prometheus with the files of `deploy`, which scrapes one node each second. */
class Monitor {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async start(nodeDirectory: string): Promise<Monitor> {
    const directory = await scratchDirectory();
    await cp(join(DEPLOY, "prometheus"), directory, { recursive: true });
    const data = join(nodeDirectory, "ai/dev");
    const { url } = JSON.parse(await readFile(join(data, "api.json"), "utf8"));
    const config = (await readFile(join(directory, "prometheus.yaml"), "utf8"))
      .replace("scrape_interval: 15s", "scrape_interval: 1s\n  evaluation_interval: 1s")
      .replace("/etc/prometheus/tos-ai-sync.token", join(data, "api.token"))
      .replace("127.0.0.1:8135", new URL(url).host);
    await writeFile(join(directory, "prometheus.yaml"), config);
    const port = await freePort();
    const args = ["--config.file=prometheus.yaml", "--storage.tsdb.path=data", "--log.level=error"];
    const child = spawn(PROMETHEUS, [...args, `--web.listen-address=127.0.0.1:${port}`], {
      cwd: directory,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const ended = once(child, "close");
    onTestFinished(async () => {
      child.kill();
      await ended;
    });
    return new Monitor(`http://127.0.0.1:${port}`);
  }

  /** Number of series that an expression gives now. */
  async series(expression: string): Promise<number> {
    const answer = await this.#ask(`query?query=${encodeURIComponent(expression)}`);
    return (answer as { readonly result: readonly unknown[] }).result.length;
  }

  async rules(): Promise<readonly { readonly name: string; readonly health: string; readonly state: string }[]> {
    const answer = await this.#ask("rules");
    return (answer as { readonly groups: readonly { readonly rules: never[] }[] }).groups.flatMap(({ rules }) => rules);
  }

  async #ask(path: string): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/v1/${path}`);
    const answer = (await response.json()) as { status: string; error?: string; data: unknown };
    if (answer.status !== "success") throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }
}

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

async function panelQueries(): Promise<string[]> {
  const dashboard: Dashboard = JSON.parse(await readFile(join(DEPLOY, "grafana/dashboard.json"), "utf8"));
  return dashboard.panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => expr.replaceAll("$instance", ".*").replaceAll("$__rate_interval", "30s")),
  );
}

// Skipped because the test needs an installed Prometheus.
describe.skipIf(!hasPrometheus)("the demo of nine nodes in Prometheus", () => {
  it("a node of the demo fills the panels, no rule fails, and the caught equivocator is an alert", {
    timeout: FIVE_MINUTES,
  }, async () => {
    const demo = new RunningDemo();
    const monitor = await Monitor.start(await demo.publisher());
    // Prometheus takes a moment to answer.
    const count = (expression: string): Promise<number> => monitor.series(expression).catch(() => 0);
    await demo.during(expect.poll(() => count("up == 1")).toBe(1));
    const caught = 'ALERTS{alertname="TosAiSyncEquivocatorCaught",alertstate="firing"}';
    await demo.during(expect.poll(() => count(caught)).toBe(1));
    const empty: string[] = [];
    for (const query of await panelQueries()) if ((await monitor.series(query)) === 0) empty.push(query);
    const unexpected = empty.filter((query) => !SILENT.some((silent) => silent.test(query)));
    expect(unexpected).toEqual([]);
    const rules = await monitor.rules();
    expect(rules.length).toBeGreaterThan(15);
    expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
    const firing = rules.filter(({ state }) => state === "firing").map(({ name }) => name);
    expect(firing).toEqual(["TosAiSyncEquivocatorCaught"]);
    expect(await demo.result()).toMatchObject({ ok: true });
  });
});
