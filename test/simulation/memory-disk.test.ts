import { afterEach, describe, expect, test } from "vitest";
import { setPlatform } from "./platform/ambient.js";
import { diskWorld } from "./platform/disk-world.js";
import type { SimFileHandle } from "./platform/file-handle.js";
import * as simulated from "./platform/fs-promises.js";
import { Random } from "./world/random.js";
import { Life } from "./world/schedule.js";

const text = new TextEncoder();
afterEach(() => setPlatform(undefined));

const NAMES = ["a", "b", "c"];

/** The text of a file; undefined if it does not exist. */
async function content(path: string): Promise<string | undefined> {
  return simulated.readFile(path, "utf8").then(String, () => undefined);
}

/** Writes a whole file without a sync. */
async function put(path: string, bytes: string): Promise<SimFileHandle> {
  const handle = await simulated.open(path, "w", 0o600);
  await handle.writeFile(bytes);
  return handle;
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await simulated.open(path, "r");
  await handle.sync();
  await handle.close();
}

describe("a crash of a simulated disk", () => {
  test("keeps what was synced, and of the rest a part of each write", async () => {
    const kept = new Set<string | undefined>();
    for (let seed = 0; seed < 60; seed++) {
      const { settle, disks } = diskWorld(seed);
      await settle(async () => {
        const handle = await put("/sim/n/log", "synced ");
        await handle.sync();
        await syncDirectory("/sim/n");
        await handle.write(text.encode("first "));
        await handle.write(text.encode("second"));
      });
      disks.crash("n");
      kept.add(await settle(() => content("/sim/n/log")));
    }
    for (const found of kept) expect(found).toMatch(/^synced /);
    expect(kept).toContain("synced ");
    expect(kept).toContain("synced first ");
    expect(kept).toContain("synced first second");
    expect(kept).toContain("synced \0\0\0\0\0\0second");
    expect([...kept].some((found) => /^synced (f|fi|fir|firs)$/.test(found ?? ""))).toBe(true);
  });

  test("sets the size of a lost write if the settings say so", async () => {
    const { settle, disks, settings } = diskWorld(1);
    Object.assign(settings, { keepWrite: 0, tearWrite: 0, zeroTail: 1 });
    await settle(async () => {
      const handle = await put("/sim/n/log", "synced");
      await handle.sync();
      await syncDirectory("/sim/n");
      await handle.write(text.encode("lost"));
    });
    disks.crash("n");
    expect(await settle(() => content("/sim/n/log"))).toBe("synced\0\0\0\0");
  });

  test("may lose a rename until the directory is synced, and never after", async () => {
    const kept = new Set<string | undefined>();
    for (let seed = 0; seed < 40; seed++) {
      const { settle, disks } = diskWorld(seed);
      const synced = seed % 2 === 0;
      await settle(async () => {
        for (const [name, bytes] of [["file", "old"] as const, ["file.tmp", "new"] as const]) {
          const handle = await put(`/sim/n/${name}`, bytes);
          await handle.sync();
          await syncDirectory("/sim/n");
        }
        await simulated.rename("/sim/n/file.tmp", "/sim/n/file");
        if (synced) await syncDirectory("/sim/n");
      });
      disks.crash("n");
      const [file, temporary] = await settle(async () => [
        await content("/sim/n/file"),
        await content("/sim/n/file.tmp"),
      ]);
      if (synced) expect([file, temporary]).toEqual(["new", undefined]);
      else expect([["old", "new"].join(), ["new", undefined].join()]).toContain([file, temporary].join());
      if (!synced) kept.add(file);
    }
    expect([...kept].sort()).toEqual(["new", "old"]);
  });

  test("never loses a synced file under random changes of names", async () => {
    for (let seed = 0; seed < 60; seed++) {
      const { settle, disks, random } = diskWorld(seed);
      await settle(async () => {
        const handle = await put("/sim/n/kept", "kept");
        await handle.sync();
        await simulated.mkdir("/sim/n/d");
        await syncDirectory("/sim/n");
        for (let step = 0; step < 20; step++) {
          const [from, to] = [random.pick(NAMES), random.pick(NAMES)];
          await [
            async () => (await put(`/sim/n/d/${from}`, from)).close(),
            () => simulated.rename(`/sim/n/d/${from}`, `/sim/n/d/${to}`),
            () => simulated.link(`/sim/n/d/${from}`, `/sim/n/d/${to}`),
            () => simulated.rm(`/sim/n/d/${from}`, { force: true }),
            () => syncDirectory("/sim/n/d"),
          ]
            [random.below(5)]?.()
            .catch(() => undefined);
        }
      });
      disks.crash("n");
      expect(await settle(() => content("/sim/n/kept"))).toBe("kept");
      const names = await settle(() => simulated.readdir("/sim/n/d"));
      for (const name of names) {
        const { nlink } = await settle(() => simulated.stat(`/sim/n/d/${name}`));
        expect(nlink).toBeLessThanOrEqual(names.length);
      }
    }
  });

  test("ends the calls and handles of the dead life, and gives the directory another real path", async () => {
    const { settle, schedule, disks } = diskWorld(3);
    const life = new Life("n");
    const handle = await settle(() => put("/sim/n/log", "x"), life);
    const before = await settle(() => simulated.realpath("/sim/n"));
    let settled = false;
    void schedule
      .within(life, () => handle.write(text.encode("y")))
      .finally(() => {
        settled = true;
      });
    life.alive = false;
    disks.crash("n");
    void handle.sync().finally(() => {
      settled = true;
    });
    await schedule.run(schedule.nowMs + 60_000);
    expect(settled).toBe(false);
    const after = await settle(() => simulated.realpath("/sim/n"));
    expect(after).not.toBe(before);
    expect(await settle(() => simulated.readdir(after))).toEqual(await settle(() => simulated.readdir("/sim/n")));
  });

  test("is the same for the same seed", async () => {
    const run = async (): Promise<unknown> => {
      const { settle, disks, schedule } = diskWorld(11);
      await settle(async () => {
        for (const name of NAMES) await put(`/sim/n/${name}`, name.repeat(100));
      });
      disks.crash("n");
      const contents = await settle(() => Promise.all(NAMES.map((name) => content(`/sim/n/${name}`))));
      return [contents, schedule.nowUs, [...disks.counts]];
    };
    expect(await run()).toEqual(await run());
  });
});

describe("faults of a simulated disk", () => {
  test("a full disk writes what fits, then refuses, and takes writes again after a removal", async () => {
    const { settle, settings } = diskWorld(1);
    settings.freeBytes = 10;
    await settle(async () => {
      const handle = await put("/sim/n/a", "12345678");
      expect((await handle.write(text.encode("abc"))).bytesWritten).toBe(2);
      await expect(handle.write(text.encode("c"))).rejects.toMatchObject({
        code: "ENOSPC",
        errno: -28,
        syscall: "write",
      });
      await expect(simulated.open("/sim/n/b", "wx")).rejects.toMatchObject({ code: "ENOSPC" });
      await handle.close();
      await simulated.rm("/sim/n/a");
      expect(settings.freeBytes).toBe(10);
      settings.freeBytes = 3 * 4096 + 1;
      expect(await simulated.statfs("/sim/n")).toMatchObject({ bsize: 4096, bavail: 3 });
    });
  });

  test("loses unsynced data at a failed sync, and later syncs do not bring it back", async () => {
    const { settle, settings, disks } = diskWorld(2);
    await settle(async () => {
      const handle = await put("/sim/n/a", "ab");
      await handle.sync();
      await syncDirectory("/sim/n");
      await handle.write(text.encode("cd"));
      Object.assign(settings, { writeErrors: 1, syncDrops: 1 });
      await expect(handle.sync()).rejects.toMatchObject({ code: "EIO", syscall: "fsync" });
      settings.writeErrors = 0;
      await handle.sync();
    });
    disks.crash("n");
    expect(await settle(() => content("/sim/n/a"))).toBe("ab\0\0");
    expect(disks.counts.get("sync drops")).toBe(1);
  });

  test("flips one bit of a synced file that the filter accepts", async () => {
    const { settle, disks } = diskWorld(4);
    await settle(async () => {
      for (const name of NAMES) await (await put(`/sim/n/${name}`, "aaaa")).sync();
    });
    expect(disks.corrupt("n", new Random(1), (path) => path === "b")).toBe("b");
    expect(await settle(() => content("/sim/n/a"))).toBe("aaaa");
    expect(await settle(() => content("/sim/n/b"))).not.toBe("aaaa");
    expect(disks.corrupt("n", new Random(1), () => false)).toBeUndefined();
  });

  test("copies and restores a disk", async () => {
    const { settle, disks } = diskWorld(5);
    disks.add("m");
    await settle(async () => {
      await simulated.mkdir("/sim/n/keys", { mode: 0o700 });
      await put("/sim/n/keys/log", "one");
    });
    const backup = disks.snapshot("n");
    disks.copy("n", "m");
    await settle(async () => {
      await put("/sim/n/keys/log", "two");
      await put("/sim/m/keys/log", "three");
    });
    expect(await settle(() => content("/sim/n/keys/log"))).toBe("two");
    const free = disks.settings("n").freeBytes;
    disks.restore("n", backup);
    expect(disks.settings("n").freeBytes).toBe(free);
    expect(await settle(() => content("/sim/n/keys/log"))).toBe("one");
    expect(await settle(() => content("/sim/m/keys/log"))).toBe("three");
  });
});
