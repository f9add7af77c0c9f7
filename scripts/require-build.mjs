// Preloaded by `npm start` and its kin: says what to do when there is nothing built to run.
import { existsSync } from "node:fs";

if (!existsSync(new URL("../dist/cli/main.js", import.meta.url))) {
  console.error("tos-ai-sync is not built (npm was told to ignore scripts). Run: npm run prepare");
  process.exit(1);
}
