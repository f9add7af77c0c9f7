import { useEffect, useState } from "preact/hooks";
import { NodeRefusal } from "../../src/api/node-client/errors.js";
import type { MethodResult } from "../../src/api/node-client/index.js";
import { Card, Facts, Foreign, Id, Table } from "../parts/basics.js";
import { showAmount, showNumber, showTime, TEXT_MAX, visible, words } from "../parts/text.js";
import { useNodeState } from "../parts/use-node.js";
import { Proof, SubmissionCard } from "./submission.js";
import { TaskStatusMark } from "./tasks.js";

type Details = MethodResult<"ai_get_task_details">;

/** Events come in groups: one read serves a group. */
const SETTLE_MS = 500;

/** Text that somebody else wrote, as text and nothing else. */
function ForeignText({ label, text }: { label: string; text: string }) {
  const isLong = text.length > TEXT_MAX;
  return (
    <section class="foreign" aria-label={label} tabIndex={0}>
      <pre dir="auto">{visible(text.slice(0, TEXT_MAX))}</pre>
      {isLong && (
        <p class="quiet">
          The first {showNumber(TEXT_MAX)} of {showNumber(text.length)} characters.
        </p>
      )}
    </section>
  );
}

function TaskFacts({ details }: { details: Details }) {
  const type = details.task_type ?? "unknown";
  return (
    <Facts
      rows={[
        ["Status", <TaskStatusMark key="status" status={details.status} final={details.final} />],
        ["Waits for", details.waits_for === null ? "nothing" : words(details.waits_for)],
        ["Type", <Foreign key="type" text={type} />],
        ["Publisher", details.publisher === null ? "unknown" : <Id key="publisher" id={details.publisher} />],
        ["Published at", showTime(details.published_at)],
        ["Deadline", details.deadline === undefined ? "unknown" : showTime(details.deadline)],
        ["Reward", details.reward_amount === undefined ? "unknown" : showAmount(details.reward_amount)],
        ["Submissions", `${details.submissions.length} of at most ${details.max_participants ?? "unknown"}`],
        ["Records held", showNumber(details.records)],
        ["Strand", <code key="strand">{details.strand}</code>],
        ["Id", <Id key="id" id={details.task_id} />],
      ]}
    />
  );
}

function Excluded({ details }: { details: Details }) {
  const uncounted = details.uncounted_submissions ?? [];
  return (
    <>
      <Table
        caption="Authors that this task excludes, each with its proof"
        heading={["Author", "Reason", "Proof: two records"]}
        none="No author is excluded."
        rows={details.excluded_authors.map(({ author, reason, proof }) => ({
          key: author,
          cells: [
            <del key="author">
              <Id id={author} />
            </del>,
            words(reason),
            <Proof key="proof" ids={proof} />,
          ],
        }))}
      />
      <Table
        caption="Submissions that do not count"
        heading={["Submission", "Submitter", "Reason"]}
        none={details.uncounted_submissions === null ? "The records are no longer in memory." : "Every one counts."}
        rows={uncounted.map((row) => ({
          key: row.submission_id,
          cells: [<Id key="id" id={row.submission_id} />, <Id key="by" id={row.submitter} />, words(row.reason)],
        }))}
      />
    </>
  );
}

/** Reads the task now, and again after its events. */
function useTask(id: string): { readonly details: Details | undefined; readonly missing: boolean } {
  const { client } = useNodeState();
  const [details, setDetails] = useState<Details | undefined>(undefined);
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      timer = undefined;
      try {
        const answer = await client.call("ai_get_task_details", { task_id: id });
        if (!signal.aborted) setDetails(answer);
      } catch (error) {
        if (!signal.aborted && error instanceof NodeRefusal) setMissing(true);
      }
    };
    const follow = async (): Promise<void> => {
      await read();
      for await (const _event of client.events({ notify: `task:${id}`, waitForNode: true, signal })) {
        timer ??= setTimeout(() => void read(), SETTLE_MS);
      }
    };
    follow().catch(() => undefined);
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [client, id]);
  return { details, missing };
}

/** A task: its text, its submissions with their scores, and who is excluded. */
export function TaskView({ id }: { id: string }) {
  const { details, missing } = useTask(id);
  if (details === undefined) {
    return <p class="quiet">{missing ? "This node holds no record of the task." : "Reading the task…"}</p>;
  }
  const { task_data: data } = details;
  return (
    <>
      <p>
        <a href="#/tasks">All tasks</a>
      </p>
      <div class="grid">
        <Card title="Task">
          <TaskFacts details={details} />
        </Card>
        <Card title="Text of the publisher">
          {data === null ? (
            <p class="quiet">This node does not hold the text.</p>
          ) : (
            <>
              <h3>Description</h3>
              <ForeignText label="Description" text={data.description} />
              <h3>Data</h3>
              <ForeignText label="Data" text={data.data ?? `base64: ${data.data_base64 ?? ""}`} />
            </>
          )}
        </Card>
        {details.submissions.length === 0 && (
          <Card title="Submissions" wide>
            <p class="quiet">No submission counts yet.</p>
          </Card>
        )}
        {details.submissions.map((submission) => (
          <SubmissionCard key={submission.submission_id} submission={submission} details={details} />
        ))}
        <Card title="Excluded" wide>
          <Excluded details={details} />
        </Card>
      </div>
    </>
  );
}
