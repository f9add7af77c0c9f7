import { concatBytes } from "../../protocol/bytes.js";
import { exactText } from "../client/index.js";

/** A request's body as text, or why it was refused. */
export type RequestBody =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "too_large" }
  /** The bytes are not UTF-8, or the content type names another charset. */
  | { readonly kind: "not_utf8" };

/**
 * Reads a body of at most `maxBytes` and stops reading a larger one. Hono's limit is not used: for a request without a
 * length it makes a second Request, which Node's class refuses.
 */
export async function readBody(request: Request, maxBytes: number): Promise<RequestBody> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return { kind: "too_large" };
  const bytes = request.headers.has("transfer-encoding")
    ? await readChunks(request, maxBytes)
    : new Uint8Array(await request.arrayBuffer());
  if (bytes === undefined) return { kind: "too_large" };
  const text = namesOtherCharset(request) ? undefined : exactText(bytes);
  return text === undefined ? { kind: "not_utf8" } : { kind: "text", text };
}

async function readChunks(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    bytes += read.value.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(read.value);
  }
  return concatBytes(chunks);
}

function namesOtherCharset(request: Request): boolean {
  const [, charset] = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers.get("content-type") ?? "") ?? [];
  return charset !== undefined && !/^utf-?8$/i.test(charset);
}
