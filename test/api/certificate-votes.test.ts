import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { certificatesAnswer } from "../../src/api/answers/index.js";
import { certificatesShape } from "../../src/api/shapes/index.js";
import { fromHex } from "../../src/protocol/bytes.js";

const VECTORS = new URL("../../docs/vectors/certificates.json", import.meta.url);

test("a certificate is shown with its round and the voters of its quorum, and bytes that are none without", async () => {
  const { certificates } = JSON.parse(await readFile(VECTORS, "utf8"));
  const valid: { certificate: string } = certificates.find(({ name }: { name: string }) => name === "valid");
  const id = "b7".repeat(32);
  const payloads = [fromHex(valid.certificate), Uint8Array.of(1, 2, 3)];
  const rows = payloads.map((payload = new Uint8Array()) => ({ id, value: id, payload }));
  const answer = certificatesAnswer({ taskId: id, contested: false, certificates: rows });
  const { certificates: shown } = certificatesShape.parse(answer);
  expect(shown[0]?.round).toBeGreaterThanOrEqual(0);
  const members = shown[0]?.votes.map(({ member }) => member) ?? [];
  expect(members.length).toBeGreaterThan(1);
  expect(members).toEqual([...new Set(members)].sort((a, b) => a - b));
  expect(shown[1]).toMatchObject({ round: null, votes: [], certificate: "010203" });
});
