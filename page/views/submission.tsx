import type { MethodResult } from "../../src/api/node-client/index.js";
import { Card, Facts, Id, State, Table } from "../parts/basics.js";
import { showNumber, showTime, words } from "../parts/text.js";
import { CertificateList } from "./certificates.js";
import { type ExcludedScore, ScorePicture, type Submission } from "./score-picture.js";

type Details = MethodResult<"ai_get_task_details">;

/** Two records that prove an equivocation. */
export function Proof({ ids }: { ids: readonly string[] }) {
  return (
    <span class="proof">
      {ids.map((id) => (
        <Id key={id} id={id} />
      ))}
    </span>
  );
}

function Verdict({ submission, details }: { submission: Submission; details: Details }) {
  const { submission_id: id, verdict } = submission;
  const certificate = details.certified.find(({ submission_id: of }) => of === id);
  const isContested = details.contested.includes(id);
  const weight = submission.validations.reduce((sum, validation) => sum + validation.weight, 0);
  return (
    <Facts
      rows={[
        [
          "Consensus",
          <State
            key="consensus"
            level={verdict.reached ? "good" : "idle"}
            text={verdict.reached ? "reached" : "not reached"}
          />,
        ],
        ["Weighted mean", verdict.mean === null ? "none" : showNumber(verdict.mean)],
        ["Validators", `${showNumber(verdict.validators)} with weight ${showNumber(weight)}`],
        ["Confidence", `${showNumber(verdict.confidence * 100)} %`],
        [
          "Votes",
          isContested
            ? "contested: certificates of different value"
            : certificate === undefined
              ? "no certificate yet"
              : "certified by a quorum",
        ],
        ["Certificate", certificate === undefined ? "none" : <Id key="certificate" id={certificate.certificate_id} />],
        ["Submitted at", showTime(submission.submitted_at)],
        ["Answer", submission.content_held ? `${showNumber(submission.content_length)} bytes held` : "not held here"],
      ]}
    />
  );
}

/** One submission: its verdict, the picture of its scores, and each score with its weight. */
export function SubmissionCard({ submission, details }: { submission: Submission; details: Details }) {
  const { submission_id: id, validations } = submission;
  const excluded = (details.excluded_validations ?? []).filter(({ submission_id: of }) => of === id);
  return (
    <Card title={`Submission ${id.slice(0, 8)}`} wide>
      <p>
        By <Id id={submission.submitter} />
      </p>
      <ScorePicture submission={submission} excluded={excluded} />
      <Verdict submission={submission} details={details} />
      <CertificateList submission={id} />
      <details>
        <summary>
          {showNumber(submission.validations_total)} scores that count, {showNumber(excluded.length)} excluded
        </summary>
        <Table
          caption={`Scores of submission ${id.slice(0, 8)}`}
          heading={["Validator", "Score", "Weight", "At", "Counts"]}
          none="No validation yet."
          rows={[
            ...validations.map((row) => ({
              key: row.validation_id,
              cells: [
                <Id key="validator" id={row.validator} />,
                showNumber(row.score),
                showNumber(row.weight),
                showTime(row.validated_at),
                "yes",
              ],
            })),
            ...excluded.map((row) => excludedRow(row, details)),
          ]}
        />
      </details>
    </Card>
  );
}

/** An excluded score is struck through; its proof is beside it. */
function excludedRow(row: ExcludedScore, { excluded_authors: authors }: Details) {
  const author = authors.find((one) => one.author === row.validator);
  return {
    key: row.validation_id,
    cells: [
      <del key="validator">
        <Id id={row.validator} />
      </del>,
      <del key="score">{showNumber(row.score)}</del>,
      "",
      showTime(row.validated_at),
      <span key="why">
        no: {words(author?.reason ?? "excluded")} <Proof ids={author?.proof ?? []} />
      </span>,
    ],
  };
}
