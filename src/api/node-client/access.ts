import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { NetworkError } from "../../protocol/errors.js";
import { readToken } from "../client/index.js";
import { NodeUnreachable } from "./errors.js";

/** Where a node is, and the token that it wants. */
export interface NodeAccess {
  /** `http://host:port`, without a path. */
  readonly url: string;
  /** 64 hex digits. */
  readonly token: string;
}

const location = z.object({ url: z.url() });

/**
 * The address and the token of the node that runs in a data directory (`<dirPath>/ai/<network>`). `NodeUnreachable` if
 * none runs there; the errors of the token file.
 */
export async function nodeAccess(dataDirectory: string): Promise<NodeAccess> {
  try {
    const { url } = location.parse(JSON.parse(await readFile(join(dataDirectory, "api.json"), "utf8")));
    return { url, token: await readToken(join(dataDirectory, "api.token")) };
  } catch (cause) {
    if (cause instanceof NetworkError && cause.code !== "not_found") throw cause;
    throw new NodeUnreachable("not_running", `no node runs in ${dataDirectory}`, cause);
  }
}
