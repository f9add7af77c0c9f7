// Loaded into the plugin's process before its own code. It prints at the places where a library may print, as soon as
// that code runs.
import { Readable } from "node:stream";
import { Worker } from "node:worker_threads";

/** The plugin takes over standard output before it loads any library. Until then no library can print. */
const before = process.stdout.write;
const waiting = setInterval(() => {
  if (process.stdout.write === before) return;
  clearInterval(waiting);
  print();
}, 1);
waiting.unref();

function print() {
  const dripping = new Readable({ read() {} });
  dripping.pipe(process.stdout);
  new Worker("setInterval(() => console.log('stray worker'), 5)", { eval: true }).unref();
  setInterval(() => {
    console.log("stray log");
    console.info("stray %s", "info");
    console.table([{ stray: "table" }]);
    process.stdout.write("stray write\n");
    dripping.push("stray pipe\n");
  }, 5).unref();
}
