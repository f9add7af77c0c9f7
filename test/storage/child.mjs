// Runs from the built files, in a process of its own that a test may kill: child.mjs <task> <directory> <engine>
import { encodeHead, joinEnvelope } from "../../dist/protocol/envelope.js";
import { openDataDirectory } from "../../dist/storage/directory/data-directory.js";
import { DiskRecordStore } from "../../dist/storage/records/record-store.js";

const [task, dir, engine] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${line}\n`);
const hex = (n) => n.toString(16).padStart(64, "0");

/** 400 bytes with the head of an entry. */
function envelopeOf(n) {
  const head = { type: 0, network: 3, timestampSeconds: n, number: 0 };
  const bytes = encodeHead({ ...head, sender: Buffer.from(hex(1), "hex"), payload: new Uint8Array(256).fill(n) });
  return joinEnvelope(bytes, new Uint8Array(96).fill(n));
}

try {
  const directory = await openDataDirectory({
    dir,
    network: 3,
    genesis: new Uint8Array(32),
    nowMs: Date.now(),
    engine,
  });
  if (task === "hold") {
    say("open");
    process.stdin.resume();
    process.stdin.on("end", async () => directory.close());
  } else {
    const store = new DiskRecordStore(directory.store);
    const last = await store.meta("last");
    let n = last === undefined ? 0 : Number(new TextDecoder().decode(last));
    for (;;) {
      n++;
      const entry = {
        id: hex(n),
        type: 0,
        author: hex(1),
        strand: "000000",
        window: n,
        timestampSeconds: n,
        number: 0,
        taskId: hex(n),
      };
      const names = { task_id: hex(n), record_id: hex(n), publisher: hex(1) };
      const body = { ...names, task_type: "GeneralTask", timestamp: n };
      const writes = [
        { kind: "put_record", entry, envelope: envelopeOf(n) },
        { kind: "put_body", hash: hex(n), taskId: hex(n), bytes: new Uint8Array(3000).fill(n) },
        { kind: "put_event", event: { sequence: n, event: "task_cancelled", body } },
        { kind: "put_meta", key: "last", value: new TextEncoder().encode(String(n)) },
      ];
      await store.apply(writes, { sync: n % 4 === 0 });
      say(n);
    }
  }
} catch (error) {
  say(`${error.code}: ${error.message}`);
}
