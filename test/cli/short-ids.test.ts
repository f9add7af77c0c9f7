import { expect, test } from "vitest";
import { NetworkError } from "../../src/protocol/errors.js";
import { TASK } from "../support/control/fake-control.js";
import { fakeNode } from "../support/run-cli.js";

test("the first digits of an id stand for it, and an id that begins several others is refused with these", async () => {
  const { cli, control } = await fakeNode();
  const whole = await cli(["task", "show", TASK]);
  expect(await cli(["task", "show", TASK.slice(0, 6).toUpperCase()])).toEqual(whole);
  expect(await cli(["task", "show", "abc"])).toMatchObject({ code: 2, err: expect.stringContaining("at least 4") });
  expect(await cli(["task", "show", "0000"])).toMatchObject({ code: 4, out: "" });
  control.resolveId = () => {
    throw new NetworkError("ambiguous_id", "several", { details: { matches: [TASK] } });
  };
  const refused = await cli(["submit", "abcd", "--file", "-", "--json"], { stdin: "x" });
  expect(JSON.parse(refused.err)).toEqual({ error: { message: "several", code: "ambiguous_id", exit: 4 } });
  expect(control.drafts).toEqual([]);
});
