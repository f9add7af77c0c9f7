import { describe, expect, test } from "vitest";
import { ReferenceKernel } from "../../src/kernel/reference.js";
import { verifyCertificate } from "../../src/kernel/verify-certificate.js";
import { toHex } from "../../src/protocol/bytes.js";
import { certificateId, decodeList, encodeList, listValue } from "../../src/protocol/certificate.js";
import { buildCertificate, type SignedVote } from "../../src/protocol/certificate-build.js";
import { encodeCertificate } from "../../src/protocol/verdict-messages.js";
import { CERTIFICATES, commit, LIST_BYTES, MEMBERS, ROSTERS } from "../protocol/certificate-vectors.js";
import {
  blake3,
  DEVNET,
  MINER,
  NODE,
  OTHER_NODE,
  type Person,
  REF,
  SECOND_VALIDATOR,
  SUBMISSION,
  VALIDATOR,
} from "../support/samples.js";

function voteOf(member: Person, change: Partial<SignedVote["vote"]> = {}): SignedVote {
  const { timestampSeconds, signature } = commit(member);
  const vote = {
    task: REF,
    submissionId: SUBMISSION.id,
    roster: toHex(LIST_BYTES.subarray(32, 64)),
    round: 2,
    step: "commit" as const,
    held: 0,
    value: toHex(listValue(blake3, LIST_BYTES)),
    ...change,
  };
  return { voter: member.key, vote, timestampSeconds, signature };
}

describe("a certificate", () => {
  test.each(CERTIFICATES)("$name: $refusal", async ({ bytes, refusal }) => {
    const result = await verifyCertificate(bytes, DEVNET.genesis, ROSTERS, new ReferenceKernel("test"));
    expect(result.ok ? undefined : result.refusal).toBe(refusal);
  });

  test("states the scores and the weight that voted", async () => {
    const result = await verifyCertificate((CERTIFICATES[0] as { bytes: Uint8Array }).bytes, DEVNET.genesis, ROSTERS);
    const scores = { n: 2, sum: 162, sumOfSquares: 84 * 84 + 78 * 78 };
    expect(result).toMatchObject({ ok: true, value: { ...scores, votedWeight: 24, weight: 25, round: 2 } });
    expect(result).toMatchObject({ value: { submissionId: SUBMISSION.id, submitter: MINER.key } });
  });

  test("is not taken on another network, or with a roster file that lacks its day", async () => {
    const { bytes } = CERTIFICATES[0] as { bytes: Uint8Array };
    const kernel = new ReferenceKernel("test");
    const other = await verifyCertificate(bytes, DEVNET.genesis, { ...ROSTERS, network: 1 }, kernel);
    expect(other).toEqual({ ok: false, refusal: "list_mismatch" });
    const none = await verifyCertificate(bytes, DEVNET.genesis, { ...ROSTERS, rosters: [] }, kernel);
    expect(none).toEqual({ ok: false, refusal: "wrong_roster" });
  });

  test("every change of one byte is refused", async () => {
    const kernel = new ReferenceKernel("test");
    const { bytes } = CERTIFICATES[0] as { bytes: Uint8Array };
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 1;
      const result = await verifyCertificate(changed, DEVNET.genesis, ROSTERS, kernel);
      expect(result.ok, `byte ${at}`).toBe(false);
    }
  });
});

describe("building a certificate", () => {
  const quorum = [VALIDATOR, SECOND_VALIDATOR, NODE].map((member) => voteOf(member));

  test("takes the fewest commits that are a quorum, in any order of the votes", async () => {
    const votes = [voteOf(OTHER_NODE), ...quorum, ...quorum];
    const built = buildCertificate(blake3, LIST_BYTES, MEMBERS, votes);
    expect(built?.commits).toHaveLength(3);
    expect(buildCertificate(blake3, LIST_BYTES, MEMBERS, [...votes].reverse())).toEqual(built);
    const bytes = encodeCertificate(built as Exclude<typeof built, undefined>);
    expect(toHex(bytes)).toBe(toHex((CERTIFICATES[0] as { bytes: Uint8Array }).bytes));
    expect(certificateId(blake3, DEVNET.genesis, listValue(blake3, LIST_BYTES))).toHaveLength(32);
  });

  test("of 128 voters of one weight is below 16 KiB", () => {
    const keys = Array.from({ length: 128 }, (_, i) => ({ key: (i + 1).toString(16).padStart(64, "0"), weight: 1 }));
    const decoded = decodeList(LIST_BYTES);
    if (!decoded.ok) throw new Error(decoded.code);
    const validations = keys.map((_, rosterIndex) => ({ rosterIndex, score: 100, recordId: SUBMISSION.id }));
    const list = encodeList({ ...decoded.value, validations });
    const value = toHex(listValue(blake3, list));
    const votes = keys.map(({ key }) => ({ ...voteOf(NODE, { value }), voter: key }));
    const built = buildCertificate(blake3, list, keys, votes);
    expect(built?.commits).toHaveLength(86);
    expect(encodeCertificate(built as Exclude<typeof built, undefined>).length).toBeLessThan(16_384);
  });

  test("needs a quorum of commits of one round, to this list, by members who vote", () => {
    const [one, two] = quorum as [SignedVote, SignedVote];
    for (const third of [
      voteOf(MINER),
      voteOf(NODE, { round: 3 }),
      voteOf(NODE, { step: "prepare" }),
      voteOf(NODE, { value: "00".repeat(32) }),
      voteOf(NODE, { roster: "00".repeat(32) }),
      voteOf(NODE, { submissionId: "00".repeat(32) }),
      one,
    ]) {
      expect(buildCertificate(blake3, LIST_BYTES, MEMBERS, [one, two, third])).toBeUndefined();
    }
  });
});
