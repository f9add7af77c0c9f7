import { describe, expect, test } from "vitest";
import { TASK } from "../support/control/fake-control.js";
import { fakeNode } from "../support/run-cli.js";

describe("status", () => {
  test("status computes the state digest only on demand", async () => {
    const { cli, control } = await fakeNode();
    const digest = control.stateDigest.bind(control);
    control.stateDigest = () => Promise.reject(new Error("nobody asked"));
    expect(JSON.parse((await cli(["--json", "status"])).out)).not.toHaveProperty("state_digest");
    expect((await cli(["status"])).code).toBe(0);
    control.stateDigest = digest;
    const asked = JSON.parse((await cli(["--json", "status", "--digest"])).out);
    expect(asked).toMatchObject({ state_digest: { at: 1_790_000_040 } });
    expect((await cli(["status", "--digest"])).out).toMatch(/state +0505/);
  });

  test("status shows missing records with a target and marks statuses of a partial set", async () => {
    const { cli, control } = await fakeNode();
    const whole = (await cli(["status"])).out;
    expect(whole).toContain("yes, but for bodies that no peer holds: 1");
    expect(whole).toContain("5 held, 1 missing (1 that no peer holds), 2 withheld until a deadline");
    control.catchingUp = {
      ...{ records: 7, targetRecords: 100, recordsPerSecond: 3 },
      ...{ bodies: 5, targetBodies: 50, bodiesPerSecond: 1, secondsLeft: 45 },
    };
    const catchingUp = (await cli(["status"])).out;
    expect(catchingUp).toContain("no, catching up: 7 of 100 records, 5 of 50 bodies");
    expect(catchingUp).toContain("[#-------------------] 8 %, 3 records/s, 1 bodies/s, 45 s left");
    for (const argv of [["status"], ["tasks"], ["task", "show", TASK]]) {
      expect((await cli(argv)).out).toContain("it holds a part of the records, and statuses may change");
    }
    expect(JSON.parse((await cli(["status", "--json"])).out).sync).toMatchObject({
      in_sync: false,
      set: "catching_up",
      catching_up: { records: 7, target_records: 100, bodies: 5, target_bodies: 50, seconds_left: 45 },
      bodies: { held: 5, missing: 1, unavailable: 1, withheld: 2 },
    });
  });
});
