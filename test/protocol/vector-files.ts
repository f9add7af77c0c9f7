import { encodeAddress } from "../../src/protocol/address.js";
import { bodyHash, encodeBody, type RecordBody } from "../../src/protocol/bodies.js";
import { bodyProofMessage } from "../../src/protocol/body-proof.js";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { toHex } from "../../src/protocol/bytes.js";
import { certificateId, leaderOf } from "../../src/protocol/certificate.js";
import { acceptanceRank, groupState, registryDigest, rosterDigest, windowState } from "../../src/protocol/digests.js";
import { signedMessage } from "../../src/protocol/envelope.js";
import { encodeFrame } from "../../src/protocol/frames.js";
import { connectionSalt, encodeHelloFrame, encodeHelloRest, helloMessage } from "../../src/protocol/hello.js";
import { dayOf, windowOf } from "../../src/protocol/membership.js";
import { hashBytes } from "../../src/protocol/records.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { gossipMessageId, recordStrand, strandTopic } from "../../src/protocol/strand.js";
import { bodiesHash, encodeSyncRequest, NO_REQUEST } from "../../src/protocol/sync-messages.js";
import {
  ALL,
  blake3,
  DEVNET,
  filled,
  filledHex,
  LIST,
  MINER,
  NODE,
  NOON,
  OTHER_NODE,
  type Person,
  PUBLISHER,
  REF,
  REQUEST_ID,
  ROSTER_KEYS,
  SECOND_VALIDATION,
  SECOND_VALIDATOR,
  SUBMISSION,
  TASK,
  VALIDATION,
  VALIDATOR,
  VALUE,
} from "../support/samples.js";
import { signMessage } from "../support/tos-signer.js";
import { certificatesFile } from "./certificate-vectors.js";
import { differenceFile } from "./difference-vectors.js";
import { meaningFile } from "./meaning-vectors.js";
import { stateVector } from "./state-vectors.js";
import { votingFile } from "./vote-vectors.js";

/** The content of a vector file: JSON values that are equal after writing and reading. */
export type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json };

function personFile(person: Person): Json {
  return {
    private_key: toHex(person.privateKey),
    public_key: person.key,
    devnet_address: encodeAddress(person.publicKey, DEVNET.network),
    mainnet_address: encodeAddress(person.publicKey, 0),
  };
}

function network(): Json {
  return {
    note:
      "The devnet of all vectors: default rules, registry 'everyone', genesis named 'dev'. " +
      "All bytes are lowercase hex.",
    rules_fields_u64: [
      [1, 0, 600, 45, 40, 30, 60],
      [...DEFAULT_RULES.quotas],
      [...DEFAULT_RULES.payloadLimits],
      [1_048_576, 64, 65_536, 1],
      [86_400, 2, 225, 256, 10_000, 6000, 60, 60, 10, 300],
    ].flat(),
    rules_digest: toHex(DEVNET.rulesDigest),
    genesis: toHex(DEVNET.genesis),
    people: {
      publisher: personFile(PUBLISHER),
      miner: personFile(MINER),
      validator: personFile(VALIDATOR),
      second_validator: personFile(SECOND_VALIDATOR),
      node: personFile(NODE),
      other_node: personFile(OTHER_NODE),
    },
  };
}

function envelopes(): Json {
  const topic = strandTopic(DEVNET.network, 0, 0);
  const bundle = encodeBundle([SUBMISSION.envelope, VALIDATION.envelope]);
  return {
    note: "One envelope of each type, signed with the private keys of network.json and the nonce of the protocol.",
    envelopes: Object.fromEntries(
      Object.entries(ALL).map(([name, sample]) => [
        name,
        {
          type: sample.type,
          sender: sample.author.key,
          payload: toHex(sample.payload),
          signed_message: toHex(signedMessage(DEVNET.genesis, sample.head)),
          record_id: sample.id,
          envelope: toHex(sample.envelope),
        },
      ]),
    ),
    bundle: {
      of: ["submission", "validation"],
      bytes: toHex(bundle),
      topic,
      message_id: toHex(gossipMessageId(blake3, topic, bundle)),
    },
  };
}

const BODIES: { readonly [name: string]: RecordBody } = {
  task: {
    kind: "task",
    author: PUBLISHER.key,
    detail: { type: "CodeAnalysis", language: "Rust", complexity: "Simple" },
    description: "Find the flaws.",
    data: new TextEncoder().encode("fn main() {}\n"),
    gasFeeNano: 1000n,
    stakeRequiredNano: 2000n,
  },
  submission: {
    kind: "submission",
    author: MINER.key,
    taskId: TASK.id,
    answer: new TextEncoder().encode("No flaws."),
    stakeNano: 3000n,
    gasFeeNano: 4000n,
    computationProof: {
      workDurationSeconds: 60n,
      cpuTimeMs: 59_000n,
      memoryPeakBytes: 1_048_576n,
      ioOperations: 7n,
      networkRequests: 0,
      processSteps: [filled(1), filled(2)],
      randomnessProof: filled(3),
    },
  },
  validation: {
    kind: "validation",
    author: VALIDATOR.key,
    submissionId: SUBMISSION.id,
    method: "review",
    reasoning: "Sound, if short.",
    criteria: [{ name: "structure", score: 84 }],
    evidence: new Uint8Array(),
    confidence: 9500,
    stakeNano: 5000n,
  },
};

function bodies(): Json {
  return {
    note: "Bodies and their content hashes. They are not the bodies that the envelopes of envelopes.json announce.",
    bodies: Object.fromEntries(
      Object.entries(BODIES).map(([name, body]) => {
        const bytes = encodeBody(body);
        return [name, { bytes: toHex(bytes), length: bytes.length, hash: toHex(bodyHash(blake3, bytes)) }];
      }),
    ),
  };
}

const MEMBERS = [TASK, SUBMISSION, VALIDATION, SECOND_VALIDATION];

function digests(): Json {
  const window = windowOf(NOON, DEFAULT_RULES);
  const state = windowState(blake3, [TASK.id]);
  const dayState = groupState(blake3, [{ number: window, state }]);
  const entries = ROSTER_KEYS.map((key, i) => ({ key, weight: 10_000 - i }));
  return {
    note: "Digests over records of envelopes.json; the members are task, submission, validation and second_validation.",
    strand: recordStrand(REF, DEFAULT_RULES.shards),
    window: { number: window, ids: [TASK.id], state: toHex(state) },
    day: { number: dayOf(NOON), windows: [window], state: toHex(dayState) },
    root: toHex(groupState(blake3, [{ number: dayOf(NOON), state: dayState }])),
    empty_window: toHex(windowState(blake3, [])),
    state: stateVector(MEMBERS),
    seat: { task_id: TASK.id, submitter: MINER.key, rank: toHex(acceptanceRank(blake3, TASK.id, MINER.key)) },
    registry: { entries, digest: toHex(registryDigest(blake3, DEVNET.genesis, entries)) },
    roster: { day: 20_000, entries, digest: toHex(rosterDigest(blake3, DEVNET.genesis, 20_000, entries)) },
    verdict: {
      list: toHex(LIST),
      value: VALUE,
      certificate_id: toHex(certificateId(blake3, DEVNET.genesis, hashBytes(VALUE))),
    },
    leaders: [0, 1, 2, 3].map((round) => leaderOf(blake3, SUBMISSION.id, round, entries) ?? ""),
  };
}

/** The hello frames by the number of their reason, section 6. */
const REFUSAL_NUMBERS = [
  [1, "wrong_protocol_version"],
  [2, "wrong_network"],
  [3, "wrong_genesis"],
  [4, "wrong_rules"],
  [5, "own_peer_id"],
  [6, "bad_signature"],
  [7, "hello_malformed"],
  [8, "peer_busy"],
  [9, "peer_id_in_use"],
] as const;

function connection(): Json {
  const openerNonce = filled(0x11);
  const acceptorNonce = filled(0x22);
  const openerPeerId = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20, ...filled(0x33));
  const acceptorPeerId = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20, ...filled(0x44));
  const rest = encodeHelloRest({
    agent: "tos-ai-sync/0.1.0",
    versionMin: 1,
    versionMax: 1,
    interests: ["000000"],
    features: [],
    registryTime: 2n ** 64n - 1n,
    registryDigest: new Uint8Array(32),
    rosters: [],
    clockSeconds: BigInt(NOON),
    addresses: ["/ip4/127.0.0.1/tcp/4001"],
    known: [],
    bodyLimit: 1_048_576,
    observed: "/ip4/192.0.2.7/tcp/49152",
  });
  const { genesis, rulesDigest: rules } = DEVNET;
  const shared = { genesis, rules, openerNonce, acceptorNonce, rest };
  const byOpener = helloMessage(blake3, { ...shared, role: 0, ownPeerId: openerPeerId, otherPeerId: acceptorPeerId });
  const byAcceptor = helloMessage(blake3, { ...shared, role: 1, ownPeerId: acceptorPeerId, otherPeerId: openerPeerId });
  const salt = connectionSalt(blake3, openerNonce, acceptorNonce);
  const ids = MEMBERS.map((member) => member.id).sort();
  const wanted = [filledHex(0xa2), filledHex(0xa1)];
  return {
    note: "One connection: the opener is 'node', the acceptor 'other_node', both say the same rest.",
    opener: { nonce: toHex(openerNonce), peer_id: toHex(openerPeerId) },
    acceptor: { nonce: toHex(acceptorNonce), peer_id: toHex(acceptorPeerId) },
    rest: toHex(rest),
    opener_signed: { message: toHex(byOpener), signature: toHex(signMessage(NODE.privateKey, byOpener)) },
    acceptor_signed: { message: toHex(byAcceptor), signature: toHex(signMessage(OTHER_NODE.privateKey, byAcceptor)) },
    salt: toHex(salt),
    refusals: Object.fromEntries(
      REFUSAL_NUMBERS.map(([number, code]) => [number, toHex(encodeHelloFrame({ kind: "refusal", code }))]),
    ),
    referral: toHex(
      encodeHelloFrame({
        kind: "referral",
        known: [`/ip4/192.0.2.9/tcp/2135/p2p/12D3KooWHk4P1rTKcj2zsuXmJTnBRGvN3MKdfTD9E5pTrJdsPnHp`],
      }),
    ),
    body_proof_message: toHex(bodyProofMessage(genesis, hashBytes(filledHex(0xa2)), salt, filled(0x5a, 16))),
    bodies_request: toHex(encodeSyncRequest({ kind: "bodies", requestId: REQUEST_ID, hashes: wanted })),
    bodies_proof_message: toHex(
      bodyProofMessage(genesis, hashBytes(bodiesHash(blake3, wanted)), salt, filled(0x5a, 16)),
    ),
    frames: {
      ids: toHex(
        encodeFrame({ kind: "ids", requestId: REQUEST_ID, strand: "000000", window: 2_992_248, last: true, ids }),
      ),
      want: toHex(encodeFrame({ kind: "want", requestId: REQUEST_ID, ids: ids.slice(0, 1) })),
      body: toHex(encodeFrame({ kind: "body", requestId: REQUEST_ID, offset: 60_000, bytes: Uint8Array.of(1, 2, 3) })),
      bodies: toHex(
        encodeFrame({
          kind: "bodies",
          requestId: REQUEST_ID,
          parts: [
            { status: "ok", left: 3, bytes: Uint8Array.of(1, 2, 3) },
            { status: "unknown" },
            { status: "not_yet" },
            { status: "awaited" },
          ],
        }),
      ),
      body_news: toHex(encodeFrame({ kind: "body_news", requestId: NO_REQUEST, ids: ids.slice(0, 1) })),
    },
  };
}

/** Name and content of each file in docs/vectors. */
export const VECTOR_FILES: readonly { readonly name: string; readonly content: Json }[] = [
  { name: "network.json", content: network() },
  { name: "envelopes.json", content: envelopes() },
  { name: "bodies.json", content: bodies() },
  { name: "digests.json", content: digests() },
  { name: "connection.json", content: connection() },
  { name: "difference.json", content: differenceFile() },
  { name: "meaning.json", content: meaningFile() },
  { name: "certificates.json", content: certificatesFile() },
  { name: "voting.json", content: votingFile() },
];
