import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { scratchDirectory } from "../support/scratch.js";

const ROOT = join(import.meta.dirname, "../..");
/** The time for a build of some tens of crates on a busy machine. */
const BUILD_TIMEOUT_MS = 600_000;

interface Block {
  readonly language: string;
  /** The line before the block, if it names a file. */
  readonly file: string | undefined;
  readonly text: string;
}

/** The fenced blocks of a section, in order. */
function blocksOf(markdown: string, section: string): readonly Block[] {
  const [, after = ""] = markdown.split(`\n## ${section}\n`);
  const [body = ""] = after.split("\n## ");
  return [...body.matchAll(/(?:^`([^`\n]+)`\n\n)?^```(\w+)\n(.*?)^```$/gms)].map(
    ([, file, language = "", text = ""]) => ({
      language,
      file,
      text,
    }),
  );
}

async function sh(
  script: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly out: string; readonly all: string }> {
  const child = spawn("sh", ["-e", "-c", script], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let all = "";
  child.stdout.on("data", (text) => {
    out += text;
    all += text;
  });
  child.stderr.on("data", (text) => {
    all += text;
  });
  const [code] = await once(child, "close");
  return { code, out, all };
}

let folder: string;

beforeEach(async () => {
  folder = await scratchDirectory();
  await symlink(ROOT, join(folder, "tos-ai-sync"));
});

describe("docs/embedding.md, followed to the letter", () => {
  it(
    "the steps make an empty project that runs the plugin and prints the plugin's output",
    async () => {
      const blocks = blocksOf(await readFile(join(ROOT, "docs/embedding.md"), "utf8"), "In an empty project");
      expect(blocks.map(({ language, file }) => file ?? language)).toEqual([
        "sh",
        "my-node/Cargo.toml",
        "my-node/src/main.rs",
        "sh",
        "text",
      ]);
      const [create, manifest, main, run, printed] = blocks;
      // The build works offline with the crates that this repository has fetched, in a target folder that is kept.
      const env = {
        CARGO_NET_OFFLINE: "true",
        CARGO_TARGET_DIR: join(ROOT, "target/embedding"),
        CARGO_TERM_COLOR: "never",
      };

      const created = await sh(create?.text ?? "", folder, env);
      expect(created.code, created.all).toBe(0);
      for (const file of [manifest, main]) await writeFile(join(folder, file?.file ?? ""), file?.text ?? "");
      let ran = await sh(run?.text ?? "", folder, env);
      // The empty project has no lock file, and its newest crates may differ from those of this repository.
      if (ran.code !== 0) ran = await sh(run?.text ?? "", folder, { ...env, CARGO_NET_OFFLINE: "false" });
      expect(ran.code, ran.all).toBe(0);

      const pattern = (printed?.text ?? "").replace(/[.*+?^$()[\]\\{}|]/g, "\\$&").replaceAll("…", "[0-9a-z]+");
      expect(ran.out).toMatch(new RegExp(`^${pattern}$`));
    },
    BUILD_TIMEOUT_MS,
  );
});
