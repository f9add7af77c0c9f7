import type { Published } from "../../api/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { callerOf, type IdempotentDraft, type OwnDraft } from "./own-drafts.js";
import type { Publisher, SigningAuthor } from "./publisher.js";

/**
 * Publishes the record that `make` gives. A repeated call gets its record also when `make` refuses with `not_found`,
 * because the announcement of its task has left the set, as long as the record itself is in the set. Nothing is signed
 * then.
 */
export async function publishOnce(
  publisher: Pick<Publisher, "publish" | "finish" | "isPublished">,
  author: SigningAuthor,
  draft: IdempotentDraft,
  make: (author: string) => Promise<OwnDraft>,
): Promise<Published> {
  let own: OwnDraft;
  try {
    own = await make(author.key);
  } catch (error) {
    if (!(error instanceof NetworkError) || error.code !== "not_found") throw error;
    const { callerKey, callerDigest } = callerOf(draft);
    if (callerKey === undefined || callerDigest === undefined) throw error;
    const intent = await author.store.recall({ callerKey, callerDigest });
    if (intent === undefined || !publisher.isPublished(intent)) throw error;
    return publisher.finish(author, intent, true);
  }
  return publisher.publish(author, own);
}
