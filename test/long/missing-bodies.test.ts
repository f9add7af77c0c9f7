import { test } from "vitest";
import { catchUp } from "../support/fetching.js";

test("50,000 bodies arrive, over a restart, from peers that lack bodies, do not answer, or leave", () => {
  const seed = Number(process.env.SIM_SEED ?? Date.now() % 100_000);
  console.info(`SIM_SEED=${seed}`);
  catchUp(50_000, seed);
}, 300_000);
