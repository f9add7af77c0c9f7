import { type Command, Option } from "commander";
import { DIFFICULTIES, TASK_TYPES, VALIDATION_KINDS } from "../../protocol/enumerations.js";
import {
  amountArgument,
  hashArgument,
  ID_HELP,
  idArgument,
  integerArgument,
  parseDeadline,
  pathArgument,
  readBody,
} from "../arguments/index.js";
import { UsageError } from "../exit-codes.js";
import type { CliIo } from "../output/index.js";
import { nameOption } from "./name-option.js";
import { publishAction } from "./publish-action.js";

/** The fields of a task type that are lists, and those that are numbers. */
const LISTS = new Set(["standards", "constraints"]);

/** `language=Rust complexity=Simple` as the fields of a task type. */
export function taskTypeOf(type: string, details: readonly string[]): Readonly<Record<string, unknown>> {
  const fields = new Map<string, unknown>();
  for (const detail of details) {
    const at = detail.indexOf("=");
    if (at < 1) throw new UsageError(`--detail is name=value, not ${JSON.stringify(detail)}`);
    const name = detail.slice(0, at);
    const text = detail.slice(at + 1);
    if (fields.has(name))
      throw new UsageError(`--detail ${name} is given twice: only one of the values would be signed`);
    const isNumber = type === "LogicReasoning" && name === "complexity" && /^\d+$/.test(text);
    fields.set(name, LISTS.has(name) ? text.split(",") : isNumber ? Number(text) : text);
  }
  return { [type]: Object.fromEntries(fields) };
}

/** `automatic`, `hybrid`, `peer:3`, `expert:2` as the specification writes them. */
export function verificationOf(text: string): unknown {
  const [, kind, count] = /^(automatic|hybrid|peer|expert)(?::(\d{1,3}))?$/.exec(text) ?? [];
  if (kind === "automatic" && count === undefined) return "Automatic";
  if (kind === "hybrid" && count === undefined) return "Hybrid";
  if (kind === "peer" && count !== undefined) return { PeerReview: { required_reviewers: Number(count) } };
  if (kind === "expert" && count !== undefined) return { ExpertReview: { expert_count: Number(count) } };
  throw new UsageError("--verification is automatic, hybrid, peer:<reviewers> or expert:<experts>");
}

interface PublishFlags {
  readonly type: string;
  readonly detail: readonly string[];
  readonly description: string;
  readonly file?: string;
  readonly reward: string;
  readonly deadline: string;
  readonly difficulty?: string;
  readonly verification?: string;
  readonly maxParticipants?: number;
  readonly quality?: number;
  readonly gasFee: string;
  readonly stake: string;
  readonly chainId?: string;
}

/** `publish`: a task. The node has the defaults; the help repeats them. */
export function addPublish(program: Command, io: CliIo): void {
  const command = program
    .command("publish")
    .description("publish a task; prints its id")
    .addOption(nameOption("--type <type>", "what kind of task", TASK_TYPES).makeOptionMandatory())
    .option("--detail <name=value...>", "fields of the type: language=Rust complexity=Simple, category=text ...", [])
    .requiredOption("--description <text>", "what to do")
    .option("--file <path>", "the task's data, up to 1 MiB; - for standard input", pathArgument)
    .requiredOption("--reward <amount>", 'reward in nanoTOS, or with the unit: "15 TOS"', amountArgument)
    .option("--deadline <when>", "last moment for submissions: 90s, 30m, 2h, 3d, unix seconds or a date (UTC)", "1d")
    .addOption(nameOption("--difficulty <level>", "how hard it is", DIFFICULTIES).default(undefined, "Intermediate"))
    .addOption(
      new Option("--verification <how>", "automatic, hybrid, peer:<reviewers>, expert:<experts>").default(
        undefined,
        "peer:3",
      ),
    )
    .addOption(
      new Option("--max-participants <n>", "limit of accepted submissions")
        .argParser(integerArgument(1, 255))
        .default(undefined, "50"),
    )
    .addOption(
      new Option("--quality <score>", "score a winner needs")
        .argParser(integerArgument(0, 100))
        .default(undefined, "70"),
    )
    .option("--gas-fee <amount>", "fee named in the task", amountArgument, "0")
    .option("--stake <amount>", "stake asked of miners", amountArgument, "0")
    .option("--chain-id <hash>", "id of the task on the chain, if it is there", hashArgument)
    .addHelpText(
      "after",
      `
Examples:
  tos-ai-sync publish --type CodeAnalysis --detail language=Rust complexity=Simple \\
    --description "Find overflows" --file lib.rs --reward "15 TOS" --deadline 2h
  echo "text" | tos-ai-sync publish --type GeneralTask --detail category=translation \\
    --description "Into French" --file - --reward "5 TOS" --verification peer:3`,
    );
  publishAction<PublishFlags>(command, io, "ai_publish_task", async ({ options }) => ({
    task_type: taskTypeOf(options.type, options.detail),
    description: options.description,
    data_base64: options.file === undefined ? undefined : await readBody(io, options.file),
    reward_amount: options.reward,
    ...parseDeadline(options.deadline),
    difficulty_level: options.difficulty,
    verification_type: options.verification === undefined ? undefined : verificationOf(options.verification),
    max_participants: options.maxParticipants,
    quality_threshold: options.quality,
    gas_fee: options.gasFee,
    stake_required: options.stake,
    chain_id: options.chainId,
  }));
}

interface SubmitFlags {
  readonly file: string;
  readonly qualityHint: number;
  readonly stake: string;
}

/** `submit`: an answer to a task. */
export function addSubmit(program: Command, io: CliIo): void {
  const command = program
    .command("submit")
    .description("submit an answer to a task; prints the submission's record id")
    .argument("<task-id>", ID_HELP, idArgument)
    .requiredOption("--file <path>", "the answer, up to 1 MiB; - for standard input", pathArgument)
    .option("--quality-hint <score>", "how good you think it is", integerArgument(0, 100), 0)
    .option("--stake <amount>", "stake named in the submission", amountArgument, "0")
    .addHelpText("after", "\nExample:\n  tos-ai-sync submit <task-id> --file answer.md --author miner");
  publishAction<SubmitFlags>(command, io, "ai_submit_solution", async ({ options, id }, taskId) => ({
    task_id: await id(taskId, "task"),
    answer_base64: await readBody(io, options.file),
    quality_hint: options.qualityHint,
    stake_amount: options.stake,
  }));
}

interface ValidateFlags {
  readonly score?: number;
  readonly reject?: string;
  readonly reasoning?: string;
  readonly kind: string;
  readonly stake: string;
}

function resultOf({ score, reject, reasoning = "" }: ValidateFlags): unknown {
  if ((score === undefined) === (reject === undefined)) throw new UsageError("give either --score or --reject");
  if (reject !== undefined) return { Reject: { reason: reject, reasoning } };
  return reasoning === "" ? score : { Approve: { quality_score: score, reasoning } };
}

/** `validate`: a score for a submission. */
export function addValidate(program: Command, io: CliIo): void {
  const reasons = [
    "IncorrectAnswer",
    "InsufficientQuality",
    "Plagiarism",
    "OffTopic",
    "TechnicalError",
    "TimeViolation",
  ];
  const command = program
    .command("validate")
    .description("give a submission a score, or reject it (score 0)")
    .argument("<submission-id>", ID_HELP, idArgument)
    .option("--score <score>", "0 to 100", integerArgument(0, 100))
    .addOption(nameOption("--reject <reason>", "reject it", reasons))
    .option("--reasoning <text>", "why")
    .addOption(nameOption("--kind <kind>", "kind of validation", VALIDATION_KINDS).default("PeerReview"))
    .option("--stake <amount>", "stake named in the validation", amountArgument, "0")
    .addHelpText(
      "after",
      '\nExamples:\n  tos-ai-sync validate <submission-id> --score 85 --reasoning "complete"\n' +
        "  tos-ai-sync validate <submission-id> --reject Plagiarism",
    );
  publishAction<ValidateFlags>(command, io, "ai_validate_submission", async ({ options, id }, submissionId) => ({
    submission_id: await id(submissionId, "submission"),
    result: resultOf(options),
    kind: options.kind,
    stake_amount: options.stake,
  }));
}
