import { defineConfig } from "vitest/config";

const SHORT = "test/**/*.test.ts";
const LONG = "test/long/**/*.test.ts";

/** `--mode long` runs only what takes minutes, `--mode all` everything, any other mode everything else. */
export default defineConfig(({ mode }) => ({
  test: {
    environment: "node",
    include: mode === "long" ? [LONG] : [SHORT],
    exclude: mode === "long" || mode === "all" ? [] : [LONG],
    setupFiles: ["test/setup/polyfill.ts"],
    reporters: ["default", "./test/setup/count-reporter.ts"],
    // Native addons and databases belong to one process each: a crash then takes down one file, not the run.
    pool: "forks",
    // Network tests wait for real sockets; more files at once than two cores can serve would make deadlines lie.
    maxWorkers: 2,
    testTimeout: 30_000,
    // A wait for a condition fails by the test's own limit, not by a second of a busy machine.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
  },
}));
