/**
 * Reads single values of an open RocksDB database on a worker thread. The binding's asynchronous `getMany` never calls
 * back for a damaged value: the error becomes an uncaught exception of the process. The synchronous one throws.
 */
import { parentPort, workerData } from "node:worker_threads";
import { RocksLevel } from "@nxtedition/rocksdb";

const NOT_FOUND = -1;
const FAILED = -2;

/** Shares the database that the main thread opened; only the main thread closes it. */
const database = new RocksLevel(workerData.handle, { keyEncoding: "buffer", valueEncoding: "buffer" });
await database.open({ createIfMissing: false });

function errorOf(cause) {
  return { code: typeof cause?.code === "string" ? cause.code : undefined, message: String(cause?.message ?? cause) };
}

function readEach(keys, options) {
  return keys.map((key) => {
    try {
      return database._getManySync([key], options)[0];
    } catch (cause) {
      return errorOf(cause);
    }
  });
}

function readAll(keys, options) {
  try {
    return database._getManySync(keys, options);
  } catch {
    // One of the values can't be read: read each value separately.
    return readEach(keys, options);
  }
}

function unpack(lengths, bytes) {
  const keys = [];
  let at = 0;
  for (const length of lengths) {
    keys.push(Buffer.from(bytes.buffer, bytes.byteOffset + at, length));
    at += length;
  }
  return keys;
}

parentPort.on("message", ({ id, family, keyLengths, keys }) => {
  const column = database.columns[family];
  const found = readAll(unpack(keyLengths, keys), { column, valueEncoding: "buffer" });
  const lengths = new Int32Array(found.length);
  const errors = [];
  let total = 0;
  for (const [index, value] of found.entries()) {
    if (value instanceof Uint8Array) {
      lengths[index] = value.length;
      total += value.length;
    } else if (value === undefined) lengths[index] = NOT_FOUND;
    else {
      lengths[index] = FAILED;
      errors.push(value ?? { code: undefined, message: "the read was aborted" });
    }
  }
  const values = new Uint8Array(total);
  let at = 0;
  for (const value of found) {
    if (!(value instanceof Uint8Array)) continue;
    values.set(value, at);
    at += value.length;
  }
  parentPort.postMessage({ id, lengths, values, errors }, [lengths.buffer, values.buffer]);
});
