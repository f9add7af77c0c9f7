import { existsSync } from "node:fs";
import { join } from "node:path";
import { readToken } from "../../api/client/index.js";
import { type NodeAccess, NodeClient, NodeRefusal, NodeUnreachable } from "../../api/node-client/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { errnoOf } from "../../storage/errno.js";
import { dataDirectory, type GlobalOptions, tokenFile } from "../arguments/index.js";
import { RefusedError, UnreachableError } from "../exit-codes.js";
import { apiUrl, ofRunningNode } from "./running-node.js";

/** Publishing waits for the disk and listing for the store: seconds at most. */
const CALL_TIMEOUT_MS = 30_000;

/** The URL and the token of the node in this directory. `UnreachableError` if no node ever ran here. */
export async function findNode(given: GlobalOptions): Promise<NodeAccess> {
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

/** The error of a command that stands for one of the client. */
export function commandError(error: unknown, url: string): unknown {
  if (error instanceof NodeRefusal) return new RefusedError(error.message, error.number, error.code);
  if (!(error instanceof NodeUnreachable)) return error;
  switch (error.reason) {
    case "timeout": {
      const seconds = CALL_TIMEOUT_MS / 1000;
      return new UnreachableError(
        `the node at ${url} did not answer within ${seconds} s: the request may still be carried out`,
      );
    }
    case "not_a_node":
      return new UnreachableError(error.message, { cause: error });
    case "no_answer":
    case "not_running": {
      const errno = errnoOf(error.cause);
      const code = errno === undefined ? "" : ` (${errno})`;
      return new UnreachableError(
        `no node answers at ${url}${code}: start it with "tos-ai-sync start", or name it with --api`,
      );
    }
  }
}

/** Calls a method over HTTP and returns its result. */
export async function callNode(access: NodeAccess, method: string, params?: unknown): Promise<unknown> {
  try {
    return await new NodeClient({ access, timeoutMs: CALL_TIMEOUT_MS }).request(method, params);
  } catch (error) {
    throw commandError(error, access.url);
  }
}
