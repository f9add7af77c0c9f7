import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { jsonText, parseJson, readToken } from "../../api/client/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { errnoOf } from "../../storage/errno.js";
import { dataDirectory, type GlobalOptions, tokenFile } from "../arguments/index.js";
import { RefusedError, UnreachableError } from "../exit-codes.js";
import { postDirect } from "./direct-post.js";
import { apiUrl, ofRunningNode } from "./running-node.js";

/** Publishing waits for the disk and listing for the store: seconds at most. */
const CALL_TIMEOUT_MS = 30_000;

const answerShape = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.int(), message: z.string(), data: z.object({ code: z.string() }).optional() }).optional(),
});

/** The URL of a node and its token. */
export interface Access {
  readonly url: string;
  readonly token: string;
}

/** The URL and the token of the node in this directory. `UnreachableError` if no node ever ran here. */
export async function findNode(given: GlobalOptions): Promise<Access> {
  const options = await ofRunningNode(given);
  const directory = dataDirectory(options);
  try {
    return { url: await apiUrl(options), token: await readToken(tokenFile(directory)) };
  } catch (error) {
    if (!(error instanceof NetworkError) || error.code !== "not_found") throw error;
    if (existsSync(join(directory, "format.json"))) {
      throw new UnreachableError(
        `the node of ${directory} has no API of its own: use the program that runs it, or set its option "api"`,
      );
    }
    throw new UnreachableError(
      `no node has run in ${directory} yet: start one with "tos-ai-sync start", or name its --dir-path and --network`,
    );
  }
}

export function unreachable(url: string, cause: unknown): UnreachableError {
  if (cause instanceof Error && cause.name === "TimeoutError") {
    const seconds = CALL_TIMEOUT_MS / 1000;
    return new UnreachableError(
      `the node at ${url} did not answer within ${seconds} s: the request may still be carried out`,
    );
  }
  const errno = errnoOf(cause);
  const code = errno === undefined ? "" : ` (${errno})`;
  return new UnreachableError(
    `no node answers at ${url}${code}: start it with "tos-ai-sync start", or name it with --api`,
  );
}

/** The error that an `error` member of an answer stands for. */
export function refusedBy(error: unknown): RefusedError | undefined {
  const parsed = answerShape.shape.error.safeParse(error).data;
  return parsed === undefined ? undefined : new RefusedError(parsed.message, parsed.code, parsed.data?.code);
}

/** Calls a method over HTTP and returns its result. */
export async function callNode(access: Access, method: string, params?: unknown): Promise<unknown> {
  let text: string;
  try {
    const headers = { authorization: `Bearer ${access.token}`, "content-type": "application/json" };
    const body = jsonText({ jsonrpc: "2.0", id: 1, method, params });
    text = await postDirect(`${access.url}/json_rpc`, headers, body, CALL_TIMEOUT_MS);
  } catch (cause) {
    throw unreachable(access.url, cause);
  }
  let answer: z.infer<typeof answerShape>;
  try {
    answer = answerShape.parse(parseJson(text));
  } catch (cause) {
    throw new UnreachableError(`what answers at ${access.url} is not a tos-ai-sync node`, { cause });
  }
  const refused = refusedBy(answer.error);
  if (refused !== undefined) throw refused;
  return answer.result;
}
