// Writes the records of a file as a node does: `node bench/scale/disk.mjs FILE RECORDS DIRECTORY`. Prints one JSON
// object: bytes of the tables and the greatest size of the log.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ThreadStore } from "../../dist/storage/index.js";
import { bundlesOf, Receiver } from "./receiver.mjs";
import { IDENTITY } from "./shape.mjs";

/** Bundles between two readings of the size of the log. */
const BUNDLES_A_READING = 64;
const BUNDLES_A_TICK = 16;

async function bytesOf(path, ending) {
  const names = (await readdir(path)).filter((name) => ending.test(name));
  const sizes = names.map(async (name) => (await stat(join(path, name)).catch(() => undefined))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const [, , file, count, dir] = process.argv;
const options = { dir: `${dir}/`, network: IDENTITY.network, genesis: IDENTITY.genesis, nowMs: Date.now() };
const open = () => ThreadStore.open(options);
const receiver = await Receiver.open({ keeps: true });
const { store, path, close } = await open();
const database = join(path, "db");
let logBytes = 0;
let bundles = 0;
let storeUs = 0;
for await (const bundle of bundlesOf(file)) {
  receiver.take(bundle);
  if (++bundles % BUNDLES_A_TICK === 0) receiver.tick();
  const writes = receiver.takeWrites();
  const began = process.hrtime.bigint();
  const done = store.apply(writes, { sync: false });
  storeUs += Number(process.hrtime.bigint() - began) / 1000;
  await done;
  if (bundles % BUNDLES_A_READING === 0) logBytes = Math.max(logBytes, await bytesOf(database, /\.log$/));
  if (receiver.engine.recordCount >= Number(count)) break;
}
// As a node that stops.
await store.apply([...receiver.takeWrites(), ...receiver.engine.lastWrites()], { sync: true });
const held = receiver.engine.recordCount;
await receiver.close();
await close();
// An opening writes the log into tables.
await (await open()).close();
console.log(
  JSON.stringify({ held, storeUs: storeUs / held, tableBytes: await bytesOf(database, /\.(sst|ldb)$/), logBytes }),
);
