import { expect, test } from "vitest";
import { fakeNode } from "../support/run-cli.js";

test("dashboard prints one login link, alone on its line in a pipe, and with its end as JSON", async () => {
  const { cli, api } = await fakeNode();
  const link = new RegExp(`^${api.url}/dashboard#login=[0-9a-f]{64}\n$`);
  const [first, second] = [await cli(["dashboard"]), await cli(["dashboard"])];
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toMatch(link);
  expect(second.out).not.toBe(first.out);
  const shown = await cli(["dashboard"], { terminal: 100 });
  expect(shown.out).toContain("It works once");
  const json = JSON.parse((await cli(["dashboard", "--json"])).out);
  expect(json.expires_at).toBeGreaterThan(Date.now() / 1000);
});
