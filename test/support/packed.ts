import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "./project.js";

/** Path of the tarball that npm makes of the package in `folder`. No script runs: what is packed was built before. */
export async function packInto(folder: string): Promise<string> {
  const parameters = ["pack", "--ignore-scripts", "--json", `--pack-destination=${folder}`];
  const { stdout } = await promisify(execFile)("npm", parameters, { cwd: projectRoot });
  const [packed]: readonly { readonly filename: string }[] = JSON.parse(stdout);
  if (packed === undefined) throw new Error("npm packed nothing");
  return join(folder, packed.filename);
}
