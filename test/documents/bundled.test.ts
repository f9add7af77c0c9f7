import { readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { DependentProject, projectRoot } from "../support/project.js";

/** A node in a program, its database in the thread, its records signed by the kernel. */
const PROGRAM = `
import { AINetworkSyncManager, openStandalone, taskDraft } from "tos-ai-sync";
const parts = await openStandalone({ dirPath: "./data/", listen: ["/ip4/127.0.0.1/tcp/0"] });
const node = new AINetworkSyncManager(parts.options);
await node.start();
const task = { task_type: { CodeAnalysis: { language: "Rust" } }, description: "d", data: "x" };
const { taskId } = await node.control.publishTask(taskDraft({ ...task, reward_amount: 5, duration_seconds: 3600 }));
console.log(taskId.length, node.control.info().kernel.backend !== "reference");
await node.stop();
await parts.close();
`;

it("a program that embeds a node runs as one ES module of esbuild, with the externals of the page", async () => {
  const page = await readFile(join(projectRoot, "docs/embedding-typescript.md"), "utf8");
  const external = [...page.matchAll(/--external:(\S+)/g)].map(([, name = ""]) => name.replace(/`.*$/, ""));
  expect(external.length).toBeGreaterThan(0);
  const project = await DependentProject.make();
  const modules = join(project.path, "node_modules");
  for (const name of external) {
    const scope = name.startsWith("@") ? (name.split("/")[0] ?? "") : name;
    await symlink(join(projectRoot, "node_modules", scope), join(modules, scope));
  }
  await project.write("program.mjs", PROGRAM);
  await project.write("package.json", '{ "type": "module" }');
  await build({
    absWorkingDir: project.path,
    entryPoints: ["program.mjs"],
    outfile: "out/program.mjs",
    bundle: true,
    platform: "node",
    format: "esm",
    external,
    logLevel: "error",
  });
  expect(await readdir(join(project.path, "out"))).toEqual(["program.mjs"]);
  expect(await project.node("out/program.mjs")).toBe("64 true\n");
});
