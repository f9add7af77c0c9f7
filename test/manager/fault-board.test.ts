import { describe, expect, it } from "vitest";
import { FAULT_ROWS, type FaultReport } from "../../src/api/facts/fault-codes.js";
import { FaultBoard } from "../../src/manager/faults/fault-board.js";

function rig() {
  const lines: string[] = [];
  const counts: string[] = [];
  const clock = { nowMs: 1_000_000 };
  const board = new FaultBoard({
    nowMs: () => clock.nowMs,
    log: (level, text, { code } = {}) => lines.push(`${level} ${code} ${text}`),
    count: (name, label) => counts.push(`${name} ${label}`),
  });
  return { board, lines, counts, clock };
}

const FULL = { component: "storage", code: "disk_full" } as const;

describe("the fault board", () => {
  it("Health shows a fault with cure and begin until it is cleared; the worst fault gives the status.", () => {
    const { board, clock } = rig();
    expect(board.health()).toMatchObject({ status: "ok", faults: [] });
    board.raise({ component: "storage", code: "low_space", text: "12 MiB are free" });
    clock.nowMs += 60_000;
    board.raise(FULL);
    const { status, components, faults } = board.health();
    expect(status).toBe("failed");
    expect(components[0]).toMatchObject({ name: "storage", status: "failed", reason: expect.stringMatching(/1 more/) });
    expect(components.filter((one) => one.status === "ok").map(({ name }) => name)).toContain("network");
    expect(faults.map(({ code, sinceSeconds }) => [code, sinceSeconds])).toEqual([
      ["disk_full", 1060],
      ["low_space", 1000],
    ]);
    expect(faults[0]?.cure).toContain("free at least 32 MiB");
    expect(faults[1]?.text).toBe("12 MiB are free");
    board.clear("storage", "disk_full");
    expect(board.health()).toMatchObject({ status: "degraded", faults: [{ code: "low_space" }] });
    board.clear("storage", "low_space");
    expect(board.health().status).toBe("ok");
  });

  it("The log has a line for begin, change and end of a fault; the metric counts the begin.", () => {
    const { board, lines, counts, clock } = rig();
    board.raise(FULL);
    board.raise(FULL);
    board.raise({ ...FULL, status: "degraded", text: "some writes are refused" });
    clock.nowMs += 5000;
    board.clear("storage", "disk_full");
    board.clear("storage", "disk_full");
    expect(lines).toEqual([
      "error disk_full fault: the disk is full: nothing can be stored",
      "warn disk_full fault changed: some writes are refused",
      "warn disk_full fault over: some writes are refused",
    ]);
    expect(counts).toEqual(["standing_faults storage_disk_full"]);
  });

  it("A fault that comes and goes does not fill the log, and the last line shows its present state.", () => {
    const { board, lines, counts, clock } = rig();
    for (let i = 0; i < 3600; i++) {
      board.raise(FULL);
      clock.nowMs += 500;
      board.check();
      board.clear("storage", "disk_full");
      clock.nowMs += 500;
      board.check();
    }
    expect(counts).toHaveLength(3600);
    expect(lines.length).toBeLessThanOrEqual(6 + 36);
    board.raise(FULL);
    clock.nowMs += 200_000;
    board.check();
    expect(lines.at(-1)).toContain("fault: ");
    board.clear("storage", "disk_full");
    clock.nowMs += 200_000;
    board.check();
    expect(lines.at(-1)).toContain("fault over");
  });

  it("A changed text of a fault is logged at most once a minute, the newest text last.", () => {
    const { board, lines, clock } = rig();
    for (let left = 100; left > 0; left--) {
      board.raise({ component: "sync", code: "bodies_missing", text: `${left} bodies are missing` });
      clock.nowMs += 1000;
      board.check();
    }
    expect(lines).toEqual(["warn bodies_missing fault: 41 bodies are missing"]);
    clock.nowMs += 60_000;
    board.check();
    expect(lines.at(-1)).toBe("warn bodies_missing fault changed: 1 bodies are missing");
  });

  it("A fault that ends within its grace time is in health and not in the log.", () => {
    const { board, lines, counts, clock } = rig();
    board.raise({ component: "chain", code: "unreachable" });
    clock.nowMs += 2999;
    expect(board.health().status).toBe("degraded");
    board.clear("chain", "unreachable");
    expect(lines).toEqual([]);
    expect(counts).toEqual(["standing_faults chain_unreachable"]);
    board.raise({ component: "chain", code: "unreachable" });
    clock.nowMs += 3000;
    board.check();
    expect(lines).toHaveLength(1);
  });

  it("The board reads watched conditions at each check.", () => {
    const { board } = rig();
    let full = false;
    board.watch({ component: "task_processing", code: "set_full", active: () => full });
    board.watch({
      component: "api",
      code: "connections_full",
      active: () => (full ? { text: "256 of 256" } : undefined),
    });
    expect(board.health().status).toBe("ok");
    full = true;
    expect(board.health().faults.map(({ code, text }) => [code, text])).toEqual([
      ["set_full", "the record budget is used up: no new record is admitted"],
      ["connections_full", "256 of 256"],
    ]);
    full = false;
    expect(board.health().faults).toEqual([]);
  });

  it("The board has one entry for each code of the table, cuts long texts and refuses other codes.", () => {
    const { board } = rig();
    for (let i = 0; i < 3; i++) {
      for (const [component, code] of FAULT_ROWS)
        board.raise({ component, code, text: "x".repeat(1e5) } as FaultReport);
    }
    const { faults } = board.health();
    expect(faults).toHaveLength(FAULT_ROWS.length);
    expect(faults.every(({ text }) => text.length === 500)).toBe(true);
    const unknown = { component: "storage", code: "unknown" };
    expect(() => Reflect.apply(board.raise, board, [unknown])).toThrow(RangeError);
  });

  it("The board works on when the clock is set back.", () => {
    const { board, lines, clock } = rig();
    for (let i = 0; i < 20; i++) {
      board.raise(FULL);
      board.clear("storage", "disk_full");
    }
    expect(lines).toHaveLength(6);
    clock.nowMs -= 500_000;
    board.raise(FULL);
    board.check();
    clock.nowMs += 100_000;
    board.check();
    expect(lines.at(-1)).toContain("error disk_full");
  });
});

describe("a fault that is known by single failures", () => {
  it("A fault with a time limit ends when no further failure comes.", () => {
    const { board, lines, clock } = rig();
    const failing = { component: "kernel", code: "failing", lastsMs: 60_000 } as const;
    board.raise(failing);
    clock.nowMs += 59_000;
    board.raise(failing);
    clock.nowMs += 59_000;
    expect(board.health().status).toBe("failed");
    clock.nowMs += 1000;
    expect(board.health().status).toBe("ok");
    expect(lines).toHaveLength(2);
  });
});
