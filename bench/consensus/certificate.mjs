// A certificate of 128 voters: its size, and what its verification costs against one batch of its signatures. Prints
// one JSON object.
import { randomBytes } from "node:crypto";
import { blake3Of, loadKernel, verifyCertificate } from "../../dist/kernel/index.js";
import { toHex } from "../../dist/protocol/bytes.js";
import { encodeList, listValue } from "../../dist/protocol/certificate.js";
import { rosterDigest, sortKeys } from "../../dist/protocol/digests.js";
import { encodeHead, MessageType, signedMessage } from "../../dist/protocol/envelope.js";
import { packItems } from "../../dist/protocol/table.js";
import { encodeCertificate, encodeVote } from "../../dist/protocol/verdict-messages.js";

const VOTERS = 128;
const DAY_SECONDS = 86_400;
const T0 = 20_500 * DAY_SECONDS + 5;
const DAY = 20_499;
const NETWORK = 3;
const ROUNDS = 30;
const GENESIS = new Uint8Array(32).fill(9);

const { kernel } = await loadKernel();
const blake3 = blake3Of(kernel);
// A scalar below the order of the group, little-endian.
const people = Array.from({ length: VOTERS }, () => {
  const privateKey = Uint8Array.from([...randomBytes(31), 1]);
  return { privateKey, publicKey: kernel.publicKey(privateKey) };
}).map((person) => ({ ...person, key: toHex(person.publicKey) }));
const members = sortKeys(people.map(({ key }) => ({ key, weight: 1 })));
const personAt = (index) => people.find(({ key }) => key === members[index].key);
const roster = toHex(rosterDigest(blake3, GENESIS, DAY, members));
const task = { taskId: "0a".repeat(32), taskType: 0, t0: T0 };
const submissionId = "0b".repeat(32);
const list = encodeList({
  ...{ rules: "0c".repeat(32), roster, taskId: task.taskId, submissionId },
  ...{ publisher: "0d".repeat(32), submitter: "0e".repeat(32) },
  validations: members.map((_, rosterIndex) => ({ rosterIndex, score: 80, recordId: toHex(randomBytes(32)) })),
});
const value = toHex(listValue(blake3, list));
const payload = encodeVote({ task, submissionId, roster, round: 0, step: "commit", held: 0, value });
const items = [];
const commits = members.map((_, rosterIndex) => {
  const { publicKey, privateKey } = personAt(rosterIndex);
  const timestampSeconds = T0 + 90_000;
  const fields = { type: MessageType.ConsensusVote, network: NETWORK, timestampSeconds, number: 0 };
  const head = encodeHead({ ...fields, sender: publicKey, payload });
  const message = signedMessage(GENESIS, head);
  const signature = kernel.sign(privateKey, message);
  items.push({ publicKey, message, signature });
  return { rosterIndex, timestampSeconds, signature };
});
const bytes = encodeCertificate({ task, list, round: 0, commits });
const rosters = { network: NETWORK, rosters: [{ fromDay: DAY, members }] };
const packed = packItems(items);

const timed = async (run) => {
  const began = performance.now();
  await run();
  return performance.now() - began;
};
const spans = { certificate: [], batch: [] };
for (let i = 0; i < ROUNDS; i++) {
  spans.batch.push(await timed(() => kernel.verifyMessages(packed)));
  spans.certificate.push(
    await timed(async () => {
      const result = await verifyCertificate(bytes, GENESIS, rosters, kernel);
      if (!result.ok) throw new Error(`the certificate is refused: ${result.refusal}`);
    }),
  );
}
await kernel.close();
console.log(JSON.stringify({ bytes: bytes.length, backend: kernel.backend, voters: VOTERS, spans }));
