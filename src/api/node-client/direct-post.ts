import { Agent, request } from "node:http";

/** The longest answer of the API is a page of tasks with their bodies: some MiB. */
const ANSWER_MAX_BYTES = 256 * 1024 * 1024;

/**
 * An agent of its own. Node's global agent and `fetch` use a proxy of the environment (`NODE_USE_ENV_PROXY`); a call
 * with the node's token must not leave this machine through a proxy.
 */
const DIRECT = new Agent();

/**
 * POSTs a text and returns the body, whatever the status. Rejects with the error of the connection or a `TimeoutError`.
 */
export function postDirect(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const fail = (error: Error): void => {
      reject(signal.aborted ? signal.reason : error);
      sent.destroy();
    };
    const length = Buffer.byteLength(body);
    const sent = request(url, {
      method: "POST",
      agent: DIRECT,
      signal,
      headers: { ...headers, "content-length": length },
    });
    sent.on("error", fail);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > ANSWER_MAX_BYTES) fail(new Error("the answer is too long"));
        else chunks.push(chunk);
      });
      response.on("error", fail);
      response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    });
    sent.end(body);
  });
}
