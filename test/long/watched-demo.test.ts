import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { CHROMIUM, openBrowser, WatchedPage } from "../page/browser.js";
import { projectRoot } from "../support/project.js";

const run = promisify(execFile);
const MAIN = join(projectRoot, "dist/cli/main.js");
const DEMO = join(projectRoot, "examples/demo/nine.mjs");
/** The node of the publisher, which runs from the start to the end. */
const PUBLISHER = "petra";
const FIVE_MINUTES = 300_000;
/** Of nine nodes the publisher has at least so many as peers, before the last one joins. */
const PEERS = 7;

/** The directory of the publisher's node, as soon as the node runs. */
async function publisherOf(pid: number | undefined): Promise<string> {
  const find = async (): Promise<string | undefined> => {
    const name = (await readdir(tmpdir())).find((one) => one.startsWith(`tos-ai-sync-demo-${pid}-`));
    const directory = join(tmpdir(), name ?? "none", PUBLISHER);
    return access(join(directory, "ai/dev/api.json")).then(
      () => directory,
      () => undefined,
    );
  };
  let found: string | undefined;
  const look = async (): Promise<string | undefined> => {
    found = await find();
    return found;
  };
  await expect.poll(look).toBeDefined();
  return found ?? "";
}

// Skipped because the test needs an installed Chromium.
describe.skipIf(CHROMIUM === undefined)("the demo of nine nodes on the page", () => {
  it("the page of a demo shows the peers, the caught equivocator with its proof, and final tasks", {
    timeout: FIVE_MINUTES,
  }, async () => {
    const demo = spawn(process.execPath, [DEMO, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void demo.kill());
    const ended = once(demo, "close");
    let printed = "";
    demo.stdout.on("data", (text) => {
      printed += text;
    });
    // A demo that ends before its network was watched has failed, and nothing that is awaited would come.
    const during = <T>(work: Promise<T>): Promise<T> =>
      Promise.race([work, ended.then(() => Promise.reject(new Error(`the demo ended early: ${printed}`)))]);
    const directory = await during(publisherOf(demo.pid));
    const { stdout } = await run(process.execPath, [MAIN, "dashboard", "--dir-path", directory]);
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const { page, faults } = await WatchedPage.open(await browser.newContext(), stdout.trim());
    const [address] = page.url().split("#");
    await page.goto(`${address}#/network`);
    const listed = async (): Promise<string> => {
      const count = await page.getByRole("button", { name: /^tst1/ }).count();
      return count >= PEERS ? "listed" : `${count} peers of: ${await page.locator("body").textContent()}`;
    };
    await during(expect.poll(listed).toBe("listed"));
    await page.goto(`${address}#/events`);
    // The vote of the cheater has no score that could be struck through.
    const task = page
      .locator("table", { hasText: "Proofs of equivocation" })
      .locator("tr", { hasText: /two records/ })
      .locator("a")
      .first();
    await during(task.waitFor({ timeout: FIVE_MINUTES }));
    await task.click();
    await page
      .locator("summary", { hasText: /, [1-9]\d* excluded/ })
      .first()
      .click();
    await page.locator("details[open] del").first().waitFor();
    expect(await page.locator("details[open] .proof .id").count()).toBeGreaterThanOrEqual(2);
    // The page of a task follows its events; the list of tasks is read every few seconds.
    await page.getByText("Completed, final").first().waitFor({ timeout: FIVE_MINUTES });
    await ended;
    expect(JSON.parse(printed)).toMatchObject({ ok: true, nodes: 9, excluded_validators: 1 });
    await page.getByText("the node does not answer").waitFor();
    expect(faults).toEqual([]);
  });
});
