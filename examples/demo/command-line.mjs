import { parseArgs } from "node:util";

/** The options of a demo. What it does not know, and --help, end it with how it is called. */
export function readCommandLine(usage, options) {
  let values;
  try {
    values = parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } } }).values;
  } catch (error) {
    console.error(`${error.message}\nusage: ${usage}`);
    process.exit(64);
  }
  if (!values.help) return values;
  console.log(`usage: ${usage}`);
  process.exit(0);
}
