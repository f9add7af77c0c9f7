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
/** A node that restarts is back in about a second. */
const RETRY_MS = 1000;
const MISSING = "This node holds no record of the task.";

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

/** Reads the task now, again after its events, and again while the node does not give it. */
function useTask(id: string): { readonly details: Details | undefined; readonly refusal: string | undefined } {
  const state = useNodeState();
  const { client } = state;
  const [details, setDetails] = useState<Details | undefined>(undefined);
  const [refusal, setRefusal] = useState<string | undefined>(undefined);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readIn = (ms: number): void => {
      timer ??= setTimeout(() => void read(), ms);
    };
    const read = async (): Promise<void> => {
      timer = undefined;
      try {
        const answer = await client.call("ai_get_task_details", { task_id: id });
        if (signal.aborted) return;
        setDetails(answer);
        setRefusal(undefined);
      } catch (error) {
        if (signal.aborted) return;
        const isMissing = error instanceof NodeRefusal && error.code === "not_found";
        if (error instanceof NodeRefusal) setRefusal(isMissing ? MISSING : error.message);
        readIn(RETRY_MS);
      }
    };
    const follow = async (): Promise<void> => {
      // From before the read, so that no event after it is missed.
      const after = state.now.info?.event_sequence;
      await read();
      while (!signal.aborted) {
        try {
          for await (const _event of client.events({ notify: `task:${id}`, after, waitForNode: true, signal })) {
            readIn(SETTLE_MS);
          }
        } catch {
          // The node refuses events of a task that it does not hold. The reads show why.
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
      }
    };
    void follow();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [state, client, id]);
  return { details, refusal };
}

/** A task: its text, its submissions with their scores, and who is excluded. */
export function TaskView({ id }: { id: string }) {
  const { details, refusal } = useTask(id);
  if (details === undefined) return <p class="quiet">{refusal ?? "Reading the task…"}</p>;
  const { task_data: data } = details;
  return (
    <>
      <p>
        <a href="#/tasks">All tasks</a>
      </p>
      {refusal !== undefined && (
        <p role="alert">This may be old, because the node did not give the task again: {refusal}</p>
      )}
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
