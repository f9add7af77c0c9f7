import { describe, expect, it } from "vitest";
import type { OwnDraft } from "../../src/manager/publish/own-drafts.js";
import { publishOnce } from "../../src/manager/publish/publish-once.js";
import type { SigningAuthor } from "../../src/manager/publish/publisher.js";
import { NetworkError } from "../../src/protocol/errors.js";
import type { SigningIntent } from "../../src/protocol/signing.js";

/** A publisher and an author whose signing log has one request, and what they were asked for. */
function rig(isPublished = true) {
  const asked: unknown[] = [];
  const intent = { number: 7 } as SigningIntent;
  const answer = (what: string) => ({ taskId: what }) as never;
  const publisher = {
    isPublished: () => isPublished,
    publish: async (_author: unknown, draft: unknown) => {
      asked.push(draft);
      return answer("published");
    },
    finish: async (_author: unknown, finished: unknown, existing: boolean) => {
      asked.push({ finished, existing });
      return answer("finished");
    },
  };
  const recall = async ({ callerKey }: { readonly callerKey?: string }) => (callerKey === "one" ? intent : undefined);
  const unused = () => Promise.reject(new Error("not used"));
  const author: SigningAuthor = {
    key: "author",
    signer: { publicKey: new Uint8Array(32), sign: unused },
    store: { recall, reserve: unused, assertSigns: () => undefined },
  };
  const call = (idempotencyKey: string | undefined, make: () => Promise<OwnDraft>) =>
    publishOnce(publisher, author, { idempotencyKey }, make);
  return { asked, intent, call };
}

const gone = () => Promise.reject(new NetworkError("not_found", "the node does not know the task"));

describe("a call that may be a repeated one", () => {
  it("is published if its record can be made", async () => {
    const { asked, call } = rig();
    const draft = {} as OwnDraft;
    expect(await call("one", async () => draft)).toEqual({ taskId: "published" });
    expect(asked).toEqual([draft]);
  });

  it("gets its earlier record if its task has left the set", async () => {
    const { asked, intent, call } = rig();
    expect(await call("one", gone)).toEqual({ taskId: "finished" });
    expect(asked).toEqual([{ finished: intent, existing: true }]);
  });

  it("is refused if its earlier record is not in the set, and nothing is signed", async () => {
    const { asked, call } = rig(false);
    await expect(call("one", gone)).rejects.toMatchObject({ code: "not_found" });
    expect(asked).toEqual([]);
  });

  it("is refused if it was not made before, has no idempotency key, or is refused for another reason", async () => {
    const { asked, call } = rig();
    await expect(call("two", gone)).rejects.toMatchObject({ code: "not_found" });
    await expect(call(undefined, gone)).rejects.toMatchObject({ code: "not_found" });
    const refused = () => Promise.reject(new NetworkError("payload_too_large", "too large"));
    await expect(call("one", refused)).rejects.toMatchObject({ code: "payload_too_large" });
    expect(asked).toEqual([]);
  });
});
