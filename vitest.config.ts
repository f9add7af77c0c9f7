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
    // These limits only end a hang. What a test asserts about time it measures against a control of the same run, so that
    // a machine with other work to do makes a test slower and not red.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Before the limit of the test, so that the failure names the condition.
    expect: { poll: { timeout: 120_000 } },
    teardownTimeout: 10_000,
  },
}));
