// Calls every export of an addon with valid and invalid arguments, on buffers of every alignment and at the end of
// their memory, so that a memory checker sees bad accesses. Arguments: the addon, a file of packed signatures
// (packItems), the number of rounds.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const [path, itemsFile, rounds] = process.argv.slice(2);
const addon = createRequire(import.meta.url)(path);
// The copy has its own memory. A small file lies in memory that Buffer shares, where a checker detects no access past
// its end.
const items = new Uint8Array(await readFile(itemsFile));
const called = new Set();

function call(name, ...parameters) {
  called.add(name);
  try {
    return addon[name](...parameters);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
}

for (let round = 0; round < Number(rounds); round++) {
  const size = (round * 37) % 5000;
  const memory = new ArrayBuffer(size + 64);
  const input = new Uint8Array(memory, 0, size);
  call("hash", input, new Uint8Array(memory, size + 32));
  call("hash", input, new Uint8Array(memory, round % (size + 33), 32));
  call("hash", input, new Uint8Array(31));
  const hasher = call("hasher");
  call("hasherUpdate", hasher, input);
  call("hasherDigest", hasher, new Uint8Array(memory, size + 32));
  call("hasherDigest", hasher, new Uint8Array(33));
  // The garbage collector frees every third hasher. A freed hasher must not be used again.
  if (round % 3 > 0) call("hasherFree", hasher);
  if (round % 3 > 1) call("hasherUpdate", hasher, input);
  call("scan", input, new Uint8Array(round % 200));
  call("verifyPlain", new Uint8Array(32).fill(round), input, new Uint8Array(64));
  call("consensus", input);
  const key = new Uint8Array(32).fill(1);
  call("publicKey", key);
  const signature = call("sign", key, input);
  call("verifyPlain", key, input, signature.subarray(0, 64));
  // The caller's bytes change while the task runs, so the task must have its own copy.
  const own = items.slice(0, items.length - (round % 3));
  const asked = call("verifyMessages", own);
  own.fill(round);
  await asked?.catch(() => undefined);
  await call("verify", input, new Uint8Array(round % 7), new Uint8Array(1), new Uint8Array(8))?.catch(() => undefined);
}
for (const name of ["version", "sourceDigest"]) call(name);
const missed = Object.keys(addon).filter((name) => !called.has(name));
console.log(missed.length === 0 ? "every export" : `not called: ${missed.join(", ")}`);
