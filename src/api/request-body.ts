import { concatBytes } from "../protocol/bytes.js";

/**
 * The body as text; undefined for one that is too large, of which no more is read. Hono's own limit makes a second Request
 * of one that does not say its length, which Node's own class refuses.
 */
export async function readBody(request: Request, maxBytes: number): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return undefined;
  if (!request.headers.has("transfer-encoding")) return request.text();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    bytes += read.value.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(read.value);
  }
  return new TextDecoder().decode(concatBytes(chunks));
}
