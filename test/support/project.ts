import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { scratchDirectory } from "./scratch.js";

/** The root of the checkout. */
export const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

/** A project that depends on this package, as in another program. */
export class DependentProject {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<DependentProject> {
    const path = await scratchDirectory();
    await mkdir(join(path, "node_modules"));
    await symlink(projectRoot, join(path, "node_modules", "tos-ai-sync"));
    return new DependentProject(path);
  }

  async write(file: string, content: string): Promise<void> {
    await writeFile(join(this.path, file), content);
  }

  /** Runs Node in the project. Returns its standard output; rejects on any exit code but 0. */
  async node(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: this.path });
    return stdout;
  }
}

/** The code blocks of one language in a document, in order. */
export function codeBlocks(document: string, language: string): string[] {
  return [...document.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    ([, code]) => code ?? "",
  );
}
