import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * Calls a function of a built module with one argument in a process whose files can't grow, as on a full disk. Returns
 * the message of its failure.
 */
export async function callWithoutRoom(module: string, name: string, argument: string): Promise<string> {
  const path = fileURLToPath(new URL(`../../dist/${module}`, import.meta.url));
  const script = `const { ${name} } = await import(${JSON.stringify(path)});
    await ${name}(${JSON.stringify(argument)}, () => new Uint8Array(10)).catch((error) => console.log(error.code));`;
  const limited = ["-c", 'ulimit -f 0; exec "$0" --input-type=module -e "$1"', process.execPath, script];
  const { stdout } = await promisify(execFile)("sh", limited);
  return stdout.trim();
}
