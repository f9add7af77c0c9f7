import { open } from "node:fs/promises";
import { BODY_MAX_BYTES } from "../../protocol/enumerations.js";
import { UsageError } from "../exit-codes.js";
import type { CliIo } from "../output/index.js";
import { expandHome } from "./location.js";

/** The bytes of a stream. More than BODY_MAX_BYTES are refused. */
async function collect(chunks: AsyncIterable<Uint8Array | string>, name: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const part = Buffer.from(chunk);
    length += part.length;
    if (length > BODY_MAX_BYTES) throw new UsageError(`${name} is larger than ${BODY_MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A file as base64; `-` is standard input. */
export async function readBody(io: CliIo, path: string): Promise<string> {
  if (path === "-") return (await collect(io.stdin, "standard input")).toString("base64");
  try {
    const handle = await open(expandHome(path), "r");
    try {
      return (await collect(handle.createReadStream({ autoClose: false }), path)).toString("base64");
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "it is not a file";
    throw new UsageError(`cannot read ${path}: ${code}`, { cause });
  }
}
