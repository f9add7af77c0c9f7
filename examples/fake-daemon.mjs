// A fake daemon as a process of its own, to start, stop, kill and freeze from outside: see USAGE.
// Prints one line of JSON when it is ready, and ends on SIGTERM, SIGINT, or the end of its input with
// --stop-with-stdin.
import { parseArgs } from "node:util";
import { FakeDaemon, NO_QUIRKS } from "../dist/testing/index.js";

const USAGE = `usage: npm run -s fake-daemon -- [--port 0] [--block-ms 1000] [--network devnet] [--profile ai|plain]
    [--seed text] [--blocks 20] [--quirk duplicates --quirk slowMs=50 ...] [--stop-with-stdin]`;

function refuse(message) {
  console.error(message);
  process.exit(64);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: "0" },
        "block-ms": { type: "string" },
        blocks: { type: "string", default: "0" },
        network: { type: "string", default: "devnet" },
        profile: { type: "string", default: "ai" },
        seed: { type: "string" },
        quirk: { type: "string", multiple: true, default: [] },
        "stop-with-stdin": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    return refuse(`${error.message}\n${USAGE}`);
  }
}

const values = readOptions();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

function number(name, text) {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value) || value < 0) refuse(`--${name} takes a number, not "${text}"`);
  return value;
}

function oneOf(name, known) {
  if (!known.includes(values[name])) refuse(`--${name} is one of ${known.join(", ")}`);
  return values[name];
}

function readQuirks(wanted) {
  const quirks = {};
  for (const text of wanted) {
    const [name, value] = text.split("=");
    if (!Object.hasOwn(NO_QUIRKS, name)) refuse(`--quirk is one of ${Object.keys(NO_QUIRKS).join(", ")}`);
    const isSwitch = typeof NO_QUIRKS[name] === "boolean";
    if (isSwitch !== (value === undefined)) refuse(`--quirk ${name}${isSwitch ? " takes no value" : "=<number>"}`);
    quirks[name] = isSwitch ? true : number("quirk", value);
  }
  return quirks;
}

const daemon = new FakeDaemon({
  port: number("port", values.port),
  network: oneOf("network", ["mainnet", "testnet", "stagenet", "devnet"]),
  profile: oneOf("profile", ["ai", "plain"]),
  quirks: readQuirks(values.quirk),
  ...(values["block-ms"] === undefined ? {} : { blockMs: number("block-ms", values["block-ms"]) }),
  ...(values.seed === undefined ? {} : { seed: values.seed }),
});
daemon.mine(number("blocks", values.blocks));
await daemon.start();

const stop = () => void daemon.stop().then(() => process.exit(0));
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
if (values["stop-with-stdin"]) process.stdin.once("end", stop).once("error", stop).resume();

// Without its port it lives on, as the daemon does; without anything to do it would not.
if (!daemon.listening) {
  console.error(`port ${daemon.port} is taken: it runs on without its RPC, as a daemon does`);
  setInterval(() => {}, 60_000);
}
console.log(
  JSON.stringify({
    url: daemon.listening ? daemon.url : null,
    http: daemon.listening ? daemon.httpUrl : null,
    port: daemon.port,
    pid: process.pid,
    genesis: daemon.chain.at(0).hash,
  }),
);
