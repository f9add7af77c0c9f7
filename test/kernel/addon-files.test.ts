import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { missingAddon } from "../../src/kernel/addon-files.js";

test("the cure for a missing addon is an existing command, in a checkout and in a dependency", () => {
  const checkout = join(tmpdir(), "no-such-checkout");
  expect(missingAddon(checkout).cure).toBe("run `npm run build:addon`");
  expect(missingAddon(join(checkout, "node_modules", "tos-ai-sync")).cure).toBe(
    "run `npm explore tos-ai-sync -- cargo build --release --locked --package tos-ai-addon`",
  );
});
