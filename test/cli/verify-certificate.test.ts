import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toHex } from "../../src/protocol/bytes.js";
import { CERTIFICATES, MEMBERS, ROSTERS } from "../protocol/certificate-vectors.js";
import { SUBMISSION as SHOWN } from "../support/control/fake-control.js";
import { fakeNode, run } from "../support/run-cli.js";
import { SUBMISSION } from "../support/samples.js";
import { scratchDirectory } from "../support/scratch.js";

async function files(certificate: Uint8Array): Promise<string[]> {
  const directory = await scratchDirectory();
  const rosters = ROSTERS.rosters.map(({ fromDay }) => ({ from_day: fromDay, members: MEMBERS }));
  await writeFile(join(directory, "roster.json"), JSON.stringify({ network: "devnet", rosters }));
  await writeFile(join(directory, "certificate.hex"), `${toHex(certificate)}\n`);
  return ["verify-certificate", join(directory, "certificate.hex"), "--roster", join(directory, "roster.json")];
}

test("verify-certificate shows a valid certificate without a node, as text and as JSON", async () => {
  const argv = await files((CERTIFICATES[0] as { bytes: Uint8Array }).bytes);
  const text = await run(argv);
  expect(text).toMatchObject({ code: 0, err: "" });
  expect(text.out).toContain("the certificate holds");
  const json = await run([...argv, "--json"]);
  expect(JSON.parse(json.out)).toMatchObject({ ok: true, submission: SUBMISSION.id, n: 2, sum: 162, voted_weight: 24 });
});

test("verify-certificate refuses each forged certificate with its reason and exit code 1", async () => {
  for (const { name, bytes, refusal } of CERTIFICATES) {
    if (refusal === undefined) continue;
    const { code, out } = await run([...(await files(bytes)), "--json"]);
    expect({ code, ...JSON.parse(out) }, name).toMatchObject({ code: 1, ok: false, refusal });
  }
});

test("verify-certificate names a wrong file, a wrong genesis, and a network without a genesis", async () => {
  const argv = await files((CERTIFICATES[0] as { bytes: Uint8Array }).bytes);
  expect(await run([...argv, "--genesis", "00".repeat(32)])).toMatchObject({ code: 1 });
  expect(await run([...argv, "--genesis", "00"])).toMatchObject({ code: 2 });
  expect(await run(["--network", "mainnet", ...argv])).toMatchObject({ code: 2 });
  const [command, , ...rest] = argv as [string, string, ...string[]];
  expect(await run([command, "/nowhere/certificate.hex", ...rest])).toMatchObject({ code: 2 });
});

test("submission certificate prints hex only for a verdict that is final, and says on stderr why it prints none", async () => {
  const { cli, control } = await fakeNode();
  const argv = ["submission", "certificate", SHOWN];
  expect(await cli(argv)).toMatchObject({ code: 0, out: "010203\n", err: "" });
  const held = await control.certificates(SHOWN);
  control.certificates = async () => ({ ...held, contested: true });
  const contested = await cli(argv);
  expect(contested).toMatchObject({ code: 1, out: "" });
  expect(contested.err).toMatch(/contested.*\n.*certificate b7b7/);
  expect(JSON.parse((await cli([...argv, "--json"])).out)).toMatchObject({ contested: true });
  control.certificates = async () => ({ ...held, certificates: [] });
  expect(await cli(argv)).toMatchObject({ code: 1, out: "", err: expect.stringContaining("is not certified") });
});
