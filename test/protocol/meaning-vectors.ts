import { ConsensusTracker } from "../../src/engine/fold/consensus-tracker.js";
import { stateDigestAt } from "../../src/engine/fold/state-digest.js";
import { TASK_STATUSES } from "../../src/engine/fold/views.js";
import { RecordSet } from "../../src/engine/set/record-set.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import { toHex } from "../../src/protocol/bytes.js";
import { groupState } from "../../src/protocol/digests.js";
import { decodeEnvelope, MessageType } from "../../src/protocol/envelope.js";
import { windowOf } from "../../src/protocol/membership.js";
import { decodePayload, isRecordPayload } from "../../src/protocol/message.js";
import { encodeRecord } from "../../src/protocol/records.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { recordStrand, taskOf } from "../../src/protocol/strand.js";
import {
  blake3,
  CONTRADICTION,
  DEVNET,
  filledHex,
  LIMITS,
  MINER,
  NOON,
  PUBLISHER,
  REF,
  SECOND_VALIDATION,
  type Signed,
  SUBMISSION,
  SUBMISSION_PAYLOAD,
  signed,
  TASK,
  TASK_PAYLOAD,
  VALIDATION,
  VALIDATION_PAYLOAD,
  VALIDATOR,
} from "../support/samples.js";
import type { Json } from "./vector-files.js";

const STRAND = recordStrand(REF, DEFAULT_RULES.shards);
const DURING = NOON + 2040;
/** The first full minute after the validation window. */
export const OVER = TASK_PAYLOAD.deadlineSeconds + DEFAULT_RULES.validationWindowSeconds + 60;

const { TaskAnnouncement, SubmissionAnnouncement, ValidationAnnouncement } = MessageType;

/** It has the same slot as TASK. */
const OTHER_TASK = signed(PUBLISHER, TaskAnnouncement, NOON, encodeRecord({ ...TASK_PAYLOAD, maxParticipants: 9 }));
/** It has the same slot as SUBMISSION. */
const OTHER_SUBMISSION = signed(
  MINER,
  SubmissionAnnouncement,
  NOON + 610,
  encodeRecord({ ...SUBMISSION_PAYLOAD, body: { hash: filledHex(0xa4), length: 2048 } }),
);
/** It names TASK with a t0 that is not TASK's timestamp. */
const WRONG_T0 = signed(
  MINER,
  SubmissionAnnouncement,
  NOON + 620,
  encodeRecord({ ...SUBMISSION_PAYLOAD, task: { ...REF, t0: NOON + 1 } }),
  1,
);
/** It has the same slot as WRONG_T0. */
const OTHER_WRONG_T0 = signed(
  MINER,
  SubmissionAnnouncement,
  NOON + 630,
  encodeRecord({ ...SUBMISSION_PAYLOAD, task: { ...REF, t0: NOON + 2 } }),
  1,
);
/** Two validations of WRONG_T0 that contradict each other. */
const OF_WRONG_T0 = [84, 20].map((score, number) =>
  signed(
    VALIDATOR,
    ValidationAnnouncement,
    NOON + 1200 + number,
    encodeRecord({ ...VALIDATION_PAYLOAD, submissionId: WRONG_T0.id, score }),
    number,
  ),
);
/** It has the same slot as VALIDATION, and the same content. */
const SAME_SLOT = signed(VALIDATOR, ValidationAnnouncement, NOON + 1400, encodeRecord(VALIDATION_PAYLOAD));

interface Case {
  readonly name: string;
  readonly records: readonly Signed[];
  readonly atSeconds: number;
}

const CASES: readonly Case[] = [
  {
    name: "an open task with one counted submission",
    records: [TASK, SUBMISSION, VALIDATION, SECOND_VALIDATION],
    atSeconds: DURING,
  },
  {
    name: "the same records after the validation window",
    records: [TASK, SUBMISSION, VALIDATION, SECOND_VALIDATION],
    atSeconds: OVER,
  },
  {
    name: "an announcement in an equivocated slot",
    records: [TASK, OTHER_TASK, SUBMISSION, VALIDATION],
    atSeconds: DURING,
  },
  {
    name: "contradicting validations of a submission that is not held",
    records: [TASK, VALIDATION, CONTRADICTION],
    atSeconds: DURING,
  },
  {
    name: "a submission with a wrong t0 and contradicting validations of it",
    records: [TASK, WRONG_T0, ...OF_WRONG_T0],
    atSeconds: DURING,
  },
  {
    name: "a submission in an equivocated slot and contradicting validations of it",
    records: [TASK, SUBMISSION, OTHER_SUBMISSION, VALIDATION, CONTRADICTION],
    atSeconds: DURING,
  },
  {
    name: "a submission whose author has an equivocated slot with a wrong t0 in the task",
    records: [TASK, SUBMISSION, WRONG_T0, OTHER_WRONG_T0, VALIDATION],
    atSeconds: DURING,
  },
  {
    name: "two validations of one meaning in one slot",
    records: [TASK, SUBMISSION, VALIDATION, SAME_SLOT],
    atSeconds: DURING,
  },
];

function recordOf({ id, envelope }: Signed): TaskRecord {
  const decoded = decodeEnvelope(envelope, LIMITS);
  if (!decoded.ok) throw new RangeError(decoded.code);
  const { type, timestampSeconds, number, sender, payload: bytes } = decoded.value;
  const payload = decodePayload(type, bytes);
  if (!payload.ok || !isRecordPayload(payload.value)) throw new RangeError("not a record");
  const task = taskOf(payload.value, id, timestampSeconds);
  const strand = recordStrand(task, DEFAULT_RULES.shards);
  return { id, author: toHex(sender), timestampSeconds, number, strand, payload: payload.value };
}

function meaningOf({ name, records, atSeconds }: Case): Json {
  const set = new RecordSet(blake3, DEFAULT_RULES);
  const tracker = new ConsensusTracker({ blake3, rules: DEFAULT_RULES, set });
  for (const sample of records) {
    const record = recordOf(sample);
    const { payload, ...head } = record;
    const window = windowOf(record.timestampSeconds, DEFAULT_RULES);
    const { taskId } = taskOf(payload, record.id, record.timestampSeconds);
    set.admit({ ...head, type: sample.type, window, taskId });
    tracker.add(record);
  }
  const digest = stateDigestAt({ blake3, set, tracker, identity: DEVNET, strands: [STRAND], atSeconds });
  if (digest === undefined) throw new RangeError("a task is not in memory");
  const ids = set.ids(STRAND, 0);
  const days = set.states.days(STRAND, 0).flatMap((number) => {
    const held = set.states.day(STRAND, number);
    return held === undefined ? [] : [{ number, state: held.state }];
  });
  const tasks = ids.filter((id) => set.entry(id)?.taskId === id);
  return {
    name,
    at: atSeconds,
    records: records.map(({ id, envelope }) => ({ id, envelope: toHex(envelope) })),
    root: toHex(groupState(blake3, days)),
    tasks: tasks.map((id) => taskJson(tracker, id, atSeconds)),
    state_digest: toHex(digest),
  };
}

function taskJson(tracker: ConsensusTracker, id: string, atSeconds: number): Json {
  const view = tracker.view(id, atSeconds);
  if (view === undefined) throw new RangeError("the task has no meaning");
  return {
    task_id: id,
    status: TASK_STATUSES.indexOf(view.status),
    submissions: view.submissions.map(({ id: submission, verdict }) => ({
      id: submission,
      n: verdict.n,
      sum: verdict.sum,
      sum_of_squares: verdict.sumOfSquares,
      weight_sum: verdict.weightSum,
      weighted_sum: verdict.weightedSum,
      reached: verdict.reached,
    })),
    excluded_authors: view.excludedAuthors.map(({ author }) => author),
  };
}

/** The meaning of small sets of records, each with the state digest of their one strand. */
export function meaningFile(): Json {
  return {
    note:
      "Sets of records, the state of their tasks at a time, and the state digest of strand 000000. " +
      "Each envelope is a member.",
    strand: STRAND,
    cases: CASES.map(meaningOf),
  };
}
