import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import axe from "axe-core";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TaskStatus } from "../../src/engine/index.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { serve } from "../api/serve.js";
import { TASK, VIEW } from "../support/control/fake-control.js";
import { codeTask } from "../support/local-node.js";
import { CHROMIUM, openBrowser, WatchedPage } from "./browser.js";
import { World } from "./world.js";

const PAGE_MAX_BYTES = 150 * 1024;
const VIEWS = ["Overview", "Network", "Tasks", "Sync", "Node", "Events"];
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;

const BUILD = fileURLToPath(new URL("../../scripts/build-page.mjs", import.meta.url));
// What is tested is the page of this source, not of an earlier build.
beforeAll(() => promisify(execFile)(process.execPath, [BUILD]));

/** Runs axe in the page: each violation with its first element. */
const VIOLATIONS = "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))";

/** Goes to another view as soon as the first one is drawn. */
const LEAVE_AT_ONCE = `
  const drawn = new MutationObserver(() => {
    if (document.querySelector("h1") === null) return;
    drawn.disconnect();
    location.hash = "#/sync";
  });
  drawn.observe(document, { childList: true, subtree: true });
`;

test("the built page has at most 150 KiB after gzip and names no other host", async () => {
  const folder = new URL("../../dist/page/", import.meta.url);
  const files = await readdir(folder);
  expect(files.sort()).toEqual(["index.html", "page.css", "page.js"]);
  let bytes = 0;
  for (const file of files) {
    const text = await readFile(new URL(file, folder));
    bytes += gzipSync(text).length;
    // The names of the namespaces of SVG and MathML are no addresses.
    expect(text.toString().replaceAll(/http:\/\/www\.w3\.org\/\d+\/[\w/]+/g, "")).not.toMatch(/https?:\/\/[a-z]/);
  }
  expect(bytes).toBeLessThanOrEqual(PAGE_MAX_BYTES);
});

if (CHROMIUM === undefined) console.log("The tests of the page are skipped: no Chromium is installed (set CHROMIUM).");

// Skipped because these tests need an installed Chromium.
describe.skipIf(CHROMIUM === undefined)("the page in a browser", () => {
  let world: World;
  let browser: Browser;
  beforeAll(async () => {
    [world, browser] = await Promise.all([World.start(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  /** A page that is logged in and shows the node. */
  async function open(options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const context = await browser.newContext(options);
    const watched = await WatchedPage.open(context, world.link);
    await watched.shows("live");
    return watched;
  }

  async function visit({ page }: WatchedPage, path: string, heading: string): Promise<void> {
    await page.goto(`${world.watched.apiUrl}/dashboard#/${path}`);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  }

  test("a login link opens the page, leaves the address, and is refused the second time", async () => {
    const { link } = world;
    const context = await browser.newContext();
    const first = await WatchedPage.open(context, link);
    await first.shows("live");
    expect(first.page.url()).not.toContain("login");
    expect(await first.page.evaluate("document.cookie")).toBe("");
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
    const other = await WatchedPage.open(await browser.newContext(), link);
    await other.shows("This link was used before");
    await other.shows("tos-ai-sync dashboard");
    // The same browser needs no second link.
    const again = await WatchedPage.open(context, `${world.watched.apiUrl}/dashboard`);
    await again.shows("live");
    expect(first.faults).toEqual([]);
  });

  test("an address that changes right after the first drawing of the page is shown", async () => {
    const context = await browser.newContext();
    await context.addInitScript(LEAVE_AT_ONCE);
    const watched = await WatchedPage.open(context, world.link);
    await watched.page.getByRole("heading", { level: 1, name: "Sync" }).waitFor();
    await context.close();
  });

  test("the views show peers, tasks, strands, queues and the proof of the equivocator", async () => {
    const watched = await open();
    const { page } = watched;
    await visit(watched, "network", "Network");
    await expect.poll(() => page.getByRole("button", { name: /^tst1/ }).count()).toBe(5);
    await page.getByRole("button", { name: /^tst1/ }).first().click();
    await watched.shows("Responsiveness (0.3)");
    await visit(watched, "sync", "Sync");
    await watched.shows("nothing is missing");
    await visit(watched, "node", "Node");
    await watched.shows("disk write");
    await visit(watched, "events", "Events");
    await page
      .getByRole("link", { name: world.taskId.slice(0, 8) })
      .first()
      .click();
    await page.getByRole("img", { name: /2 scores, mean 75, standard deviation 3, .*reached; 2 excluded/ }).waitFor();
    await page.getByText("2 scores that count, 2 excluded").click();
    expect(await page.locator("del").getByText("99").count()).toBe(1);
    expect(await page.locator("td .proof .id").count()).toBeGreaterThanOrEqual(2);
    expect(watched.faults).toEqual([]);
  });

  test("a task that is published while the list is open appears by itself", async () => {
    const watched = await open();
    await visit(watched, "tasks", "Tasks");
    const { taskId } = await world.watched.manager.control.publishTask(codeTask("late"));
    await watched.shows(taskId.slice(0, 8));
    await visit(watched, "tasks/Completed", "Tasks");
    await watched.shows("No task of this status");
  });

  test("the hostile text of a task is only text", async () => {
    const watched = await open();
    const { page } = watched;
    await visit(watched, `tasks/${world.taskId}`, "Tasks");
    await watched.shows("<img src=x onerror=");
    await watched.shows("\u2329U+202E\u232aesrever\u2329U+202C\u232a\u2329U+001B\u232a[31m");
    expect(await page.title()).toBe("Tasks \u2013 tos-ai-sync");
    expect(await page.locator("main img, main script, main iframe").count()).toBe(0);
    expect(watched.faults).toEqual([]);
  });

  test("a page shows that its node is away, and goes on with the same session when it is back", async () => {
    const watched = await open();
    const start = await world.stopWatched();
    await watched.shows("the node does not answer");
    await start();
    await watched.shows("live");
    expect(watched.page.url()).not.toContain("login");
  });

  test("every view is reached by the keyboard alone", async () => {
    const { page } = await open();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toContain("Skip to the content");
    const seen: string[] = [];
    for (const view of VIEWS) {
      for (let i = 0; i < 12; i++) {
        await page.keyboard.press("Tab");
        const name = await page.evaluate("document.activeElement.textContent.trim()");
        if (name === view) break;
      }
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: view }).waitFor();
      await expect.poll(() => page.title()).toContain(view);
      seen.push(view);
      await page.getByRole("link", { name: view, exact: true }).first().focus();
    }
    expect(seen).toEqual(VIEWS);
  });

  test("1,000 peers and 100,000 tasks make a short document", async () => {
    const { api, control } = await serve();
    const [peer] = control.peers();
    if (peer === undefined) throw new Error("no peer");
    const key = (index: number): string => index.toString(16).padStart(64, "0");
    const crowd = Array.from({ length: 1000 }, (_, i) => ({ ...peer, peer: key(i), key: key(i), address: `tst1${i}` }));
    control.peers = () => crowd;
    control.listTasks = async ({ limit, after }) => {
      const first = after === undefined ? 0 : Number.parseInt(after, 16) + 1;
      const tasks = Array.from({ length: limit }, (_, i) => ({ ...VIEW, taskId: key(first + i) }));
      return { tasks, more: first + limit < 100_000, set: "whole" };
    };
    const context = await browser.newContext();
    const { page, faults } = await WatchedPage.open(context, api.loginLink()?.url ?? "");
    await page.goto(`${api.url}/dashboard#/network`);
    const list = page.getByRole("region", { name: "Peers, the best score first" });
    await list.waitFor();
    expect(await list.locator("tr").count()).toBeLessThan(50);
    await list.focus();
    await page.keyboard.press("End");
    await list.getByRole("button", { name: "tst1999", exact: true }).waitFor();
    expect(await list.locator("tr").count()).toBeLessThan(50);
    await page.goto(`${api.url}/dashboard#/tasks`);
    const row = (index: number) => page.locator(`a[href="#/tasks/${key(index)}"]`).waitFor();
    await row(49);
    await page.getByRole("button", { name: "Older" }).click();
    await row(99);
    expect(await page.locator("tbody tr").count()).toBe(50);
    await page.getByRole("button", { name: "Newer" }).click();
    await row(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  test("a task that changes right after it was read is read again", async () => {
    const { api, control } = await serve();
    const { taskDetails } = control;
    let status: TaskStatus = "UnderValidation";
    control.taskDetails = async (taskId) => {
      const details = await taskDetails.call(control, taskId);
      const view = { ...details.view, status };
      if (status !== "Completed") {
        status = "Completed";
        const body = { task_id: taskId, previous: "UnderValidation", status, final: false };
        control.emit("task_status_changed", body);
      }
      return { ...details, view };
    };
    const context = await browser.newContext();
    const { page } = await WatchedPage.open(context, api.loginLink()?.url ?? "");
    await page.goto(`${api.url}/dashboard#/tasks/${TASK}`);
    await page.getByText("Completed").first().waitFor();
    await context.close();
  });

  test("a task that comes to the node while its page is open is shown, and then followed", async () => {
    const { api, control } = await serve();
    const { taskDetails } = control;
    let isHeld = false;
    control.holdsTask = () => isHeld;
    let status: TaskStatus = "UnderValidation";
    control.taskDetails = async (taskId) => {
      if (!isHeld) throw new NetworkError("not_found", "the node holds no record of this task");
      const details = await taskDetails.call(control, taskId);
      return { ...details, view: { ...details.view, status } };
    };
    const context = await browser.newContext();
    const watched = await WatchedPage.open(context, api.loginLink()?.url ?? "");
    await watched.page.goto(`${api.url}/dashboard#/tasks/${TASK}`);
    await watched.shows("This node holds no record of the task.");
    isHeld = true;
    await watched.shows("UnderValidation");
    status = "Completed";
    const body = { task_id: TASK, previous: "UnderValidation", status, final: false };
    control.emit("task_status_changed", body);
    await watched.shows("Completed");
    await context.close();
  });

  test("the page shows the open votes on a submission and the weight that a certificate needs", async () => {
    const { api } = await serve();
    const context = await browser.newContext();
    const watched = await WatchedPage.open(context, api.loginLink()?.url ?? "");
    await watched.page.goto(`${api.url}/dashboard#/tasks/${TASK}`);
    await watched.page.getByText("Votes and certificates").first().click();
    await watched.shows("a certificate needs commits of weight 3 of 4 for one value");
    await watched.shows("a certificate needs commits of a weight that is unknown here");
    const table = watched.page.getByRole("table", { name: "Open votes of the members of the roster" }).first();
    const cells = await table.getByRole("row").nth(1).getByRole("cell").allInnerTexts();
    expect([cells[0], cells[1], cells[4]]).toEqual(["1", "prepare", "2"]);
    await context.close();
  });

  test("the page says why the node gives no certificates, or no task", async () => {
    const { api, control } = await serve();
    control.certificates = async () => {
      throw new NetworkError("storage_corrupt", "the disk lost certificates of this submission");
    };
    const context = await browser.newContext();
    const watched = await WatchedPage.open(context, api.loginLink()?.url ?? "");
    await watched.page.goto(`${api.url}/dashboard#/tasks/${TASK}`);
    await watched.page.getByText("Votes and certificates").first().click();
    await watched.shows("The certificates can't be shown: the disk lost certificates of this submission");
    control.taskDetails = async () => {
      throw new NetworkError("storage_failed", "the database can't be read");
    };
    await watched.page.goto(`${api.url}/dashboard#/tasks/${"7f".repeat(32)}`);
    await watched.shows("the database can't be read");
    await context.close();
  });

  test("no view breaks a rule of accessibility, light, dark or on a phone, and none is wider than the phone", async () => {
    for (const options of [{ colorScheme: "light" }, { colorScheme: "dark" }, PHONE] as const) {
      const watched = await open(options);
      const { page } = watched;
      await page.evaluate(axe.source);
      for (const [path, heading] of [
        ...VIEWS.map((view) => [view === "Overview" ? "" : view.toLowerCase(), view]),
        [`tasks/${world.taskId}`, "Tasks"],
      ] as [string, string][]) {
        await visit(watched, path, heading);
        await page.locator("main .card").first().waitFor();
        const violations = await page.evaluate(VIOLATIONS);
        expect(violations, heading).toEqual([]);
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(overflow, heading).toBeLessThanOrEqual(0);
      }
      await page.context().close();
      expect(watched.faults).toEqual([]);
    }
  });
});
