import { expect, test } from "vitest";
import { ReferenceKernel } from "../../src/kernel/index.js";
import { packItems } from "../../src/protocol/table.js";
import { RealKernel } from "./kernel/real-kernel.js";
import { Random } from "./world/random.js";
import { Life, Schedule } from "./world/schedule.js";

const key = new Uint8Array(32).fill(3);

test("a real kernel works while simulated time stands still, and answers after its simulated time", async () => {
  const schedule = new Schedule(0);
  const real = new ReferenceKernel("0");
  const kernel = new RealKernel({ schedule, random: new Random(1), kernel: real });
  const message = Uint8Array.of(1, 2, 3);
  const good = { publicKey: kernel.publicKey(key), message, signature: kernel.sign(key, message) };
  const answers: string[] = [];
  const ask = (life: Life, count: number): void => {
    const items = packItems(Array.from({ length: count }, () => good));
    schedule.after(1, life, () => {
      void kernel.verifyMessages(items).then((verdicts) => answers.push(`${life.name} ${verdicts} ${schedule.nowUs}`));
    });
  };
  // The first call takes the most real time; its place in the schedule is before the others.
  ask(new Life("a"), 3);
  ask(new Life("b"), 1);
  schedule.after(1.1, undefined, () => answers.push("between"));
  await schedule.run(10);
  expect(answers).toEqual(["between", "a 0,0,0 1240", "b 0 1240"]);
});

test("a real kernel keeps its reason codes", async () => {
  const schedule = new Schedule(0);
  const foreign = Object.assign(new Error("the private scalar is zero"), { code: "bad_scalar" });
  const broken = new ReferenceKernel("0");
  broken.sign = () => {
    throw foreign;
  };
  broken.verifyMessages = () => Promise.reject(foreign);
  const kernel = new RealKernel({ schedule, random: new Random(1), kernel: broken });
  expect(() => kernel.sign(key, key)).toThrow(expect.objectContaining({ name: "NetworkError", code: "bad_scalar" }));
  const refused = expect(kernel.verifyMessages(new Uint8Array())).rejects.toMatchObject({ name: "NetworkError" });
  await schedule.run(10);
  await refused;
});

test("held work ends in any order without a change of the calls after it", async () => {
  const schedule = new Schedule(0);
  const ends: (() => void)[] = [];
  schedule.after(1, undefined, () => {
    for (let i = 0; i < 2; i++) schedule.hold(new Promise<void>((resolve) => ends.push(resolve)));
  });
  let ran = false;
  schedule.after(1, undefined, () => {
    ran = true;
  });
  const run = schedule.run(5);
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 200; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  await turns();
  ends[1]?.();
  await turns();
  expect(ran).toBe(false);
  ends[0]?.();
  await run;
  expect(ran).toBe(true);
  expect(schedule.nowMs).toBe(5);
});
