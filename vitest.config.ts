import { defineConfig } from "vitest/config";

const LONG = "test/long/**/*.test.ts";
/** Folders whose files change nothing that lives as long as a process, such as a prototype or a closed kernel. */
const FOLDERS = "api|chain|checks|cli|documents|engine|kernel|manager|protocol|storage|testing";
/** Files of these folders that count the timers and sockets of their whole process. */
const COUNTING = [
  "test/api/access.test.ts",
  "test/chain/daemon/daemon-gone.test.ts",
  "test/testing/fake-daemon-lives.test.ts",
];
const SHARED = `test/@(${FOLDERS})/**/*.test.ts`;
/** All others, so that a new folder is among them. */
const ISOLATED = [...COUNTING, `test/!(${FOLDERS}|long)/**/*.test.ts`];

/** `--mode long` runs only what takes minutes, `--mode all` everything, any other mode everything else. */
export default defineConfig(({ mode }) => ({
  test: {
    reporters: ["default", "./test/setup/count-reporter.ts"],
    // Network tests wait for real sockets; more files at once than two cores can serve would make deadlines lie.
    maxWorkers: 2,
    teardownTimeout: 10_000,
    projects: [
      // A process runs many files and loads the libraries once.
      {
        extends: true,
        test: { name: "shared", isolate: false, include: mode === "long" ? [] : [SHARED], exclude: COUNTING },
      },
      // A process for each file: a crash of one that runs nodes takes down no other.
      {
        extends: true,
        test: {
          name: "isolated",
          include: mode === "long" ? [LONG] : mode === "all" ? [...ISOLATED, LONG] : ISOLATED,
        },
      },
    ],
    environment: "node",
    setupFiles: ["test/setup/polyfill.ts"],
    pool: "forks",
    // These limits only end a hang. What a test asserts about time it measures against a control of the same run, so that
    // a machine with other work to do makes a test slower and not red.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Before the limit of the test, so that the failure names the condition.
    expect: { poll: { timeout: 120_000 } },
  },
}));
