import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { missingAddon } from "../../src/kernel/addon-files.js";

test("an addon that was not built is built by a command that is there, in a checkout and where it is a dependency", () => {
  const checkout = join(tmpdir(), "no-such-checkout");
  expect(missingAddon(checkout).cure).toBe("run `npm run build:addon`");
  expect(missingAddon(join(checkout, "node_modules", "tos-ai-sync")).cure).toBe(
    "run `npm explore tos-ai-sync -- npm run build:addon`",
  );
});
