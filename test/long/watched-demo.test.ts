import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { CHROMIUM, openBrowser, WatchedPage } from "../page/browser.js";
import { projectRoot } from "../support/project.js";
import { RunningDemo } from "./demo.js";

const run = promisify(execFile);
const MAIN = join(projectRoot, "dist/cli/main.js");
const FIVE_MINUTES = 300_000;
/** Of nine nodes the publisher has at least so many as peers, before the last one joins. */
const PEERS = 7;

// Skipped because the test needs an installed Chromium.
describe.skipIf(CHROMIUM === undefined)("the demo of nine nodes on the page", () => {
  it("the page of a demo shows the peers, the caught equivocator with its proof, and final tasks", {
    timeout: FIVE_MINUTES,
  }, async () => {
    const demo = new RunningDemo();
    const directory = await demo.publisher();
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
    await demo.during(expect.poll(listed).toBe("listed"));
    await page.goto(`${address}#/events`);
    // The vote of the cheater has no score that could be struck through.
    const task = page
      .locator("table", { hasText: "Proofs of equivocation" })
      .locator("tr", { hasText: /two records/ })
      .locator("a")
      .first();
    await demo.during(task.waitFor({ timeout: FIVE_MINUTES }));
    await task.click();
    await page
      .locator("summary", { hasText: /, [1-9]\d* excluded/ })
      .first()
      .click();
    await page.locator("details[open] del").first().waitFor();
    expect(await page.locator("details[open] .proof .id").count()).toBeGreaterThanOrEqual(2);
    // The page of a task follows its events; the list of tasks is read every few seconds.
    await page.getByText("Completed, final").first().waitFor({ timeout: FIVE_MINUTES });
    expect(await demo.result()).toMatchObject({ ok: true, nodes: 9, excluded_validators: 1 });
    await page.getByText("the node does not answer").waitFor();
    expect(faults).toEqual([]);
  });
});
