import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import type { NetworkIdentity } from "../../protocol/rules.js";
import type { Log } from "../log.js";
import type { AuthorStores } from "./author-stores.js";
import type { Publisher } from "./publisher.js";

export interface FinishOwnPorts {
  readonly authors: Pick<AuthorStores, "unfinished">;
  readonly publisher: Pick<Publisher, "finish">;
  /** The record is a member, and its body is on the disk. */
  readonly isWhole: (recordId: string) => boolean;
  readonly identity: NetworkIdentity;
  readonly blake3: Blake3;
  readonly log: Log;
}

/** Signs and stores own records whose intent is on the disk and that are no members, or that lack their bodies. */
export async function finishOwn({ authors, publisher, isWhole, identity, blake3, log }: FinishOwnPorts): Promise<void> {
  const unavailable = new Set<string>();
  for (const { author, intent } of await authors.unfinished(isWhole, identity, blake3)) {
    if (unavailable.has(author.key)) continue;
    await publisher.finish(author, intent, false).catch((error: unknown) => {
      // The signer is unavailable: skip the other records of this author.
      if (error instanceof NetworkError && error.kind === "peer_connection") unavailable.add(author.key);
      const reason = error instanceof Error ? error.message : String(error);
      log("warn", "an unfinished own record is not published yet", { author: author.key, reason });
    });
  }
}
