import { useEffect, useState } from "preact/hooks";
import type { MethodResult } from "../../src/api/node-client/index.js";
import { TASK_STATUSES, type TaskStatus } from "../../src/protocol/enumerations.js";
import { Card, Foreign, Id, State, Table } from "../parts/basics.js";
import { showAmount, showNumber, showTime, words } from "../parts/text.js";
import { useNodeState, useSnapshot } from "../parts/use-node.js";

type Page = MethodResult<"ai_list_active_tasks">;
type Status = TaskStatus | "all";

/** Tasks of one page: the node pages, so any number of tasks costs the same. */
const PAGE_SIZE = 50;
/** The first page shows new tasks by itself. */
const REFRESH_MS = 5000;

const LEVELS: Readonly<Record<string, "good" | "warn" | "bad" | "idle">> = {
  Completed: "good",
  InProgress: "idle",
  Published: "idle",
  Cancelled: "bad",
  Expired: "warn",
};

/** The status of a task, with a word for whether it may still change. */
export function TaskStatusMark({ status, final }: { status: string; final: boolean }) {
  return <State level={LEVELS[status] ?? "idle"} text={`${status}${final ? ", final" : ""}`} />;
}

/** Whether a text is a status or `all`. */
export function isStatus(text: string): text is Status {
  return text === "all" || TASK_STATUSES.some((status) => status === text);
}

function Filters(props: { status: Status; choose: (status: Status) => void }) {
  const { status, choose } = props;
  const [id, setId] = useState("");
  const isId = /^[0-9a-f]{64}$/i.test(id.trim());
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        if (isId) location.hash = `#/tasks/${id.trim().toLowerCase()}`;
      }}
    >
      <label>
        Status{" "}
        <select
          value={status}
          onChange={({ currentTarget: { value } }) => {
            if (isStatus(value)) choose(value);
          }}
        >
          {["all", ...TASK_STATUSES].map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      <label>
        Task id{" "}
        <input
          value={id}
          placeholder="64 hex digits"
          spellcheck={false}
          onInput={({ currentTarget: { value } }) => setId(value)}
        />
      </label>
      <button type="submit" disabled={!isId}>
        Open
      </button>
    </form>
  );
}

/** Pages of tasks of a status, newest first. The address has the status. */
export function Tasks({ status }: { status: Status }) {
  const { client } = useNodeState();
  const { info } = useSnapshot();
  /** `after` of this page and of each page before it; the first has none. */
  const [cursors, setCursors] = useState<readonly (string | undefined)[]>([undefined]);
  const [page, setPage] = useState<Page | undefined>(undefined);
  const after = cursors.at(-1);

  useEffect(() => {
    let isOver = false;
    const read = async (): Promise<void> => {
      const params = { status, limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) };
      // The poll of the page shows a node that does not answer; the list stays.
      const answer = await client.call("ai_list_active_tasks", params).catch(() => undefined);
      if (!isOver && answer !== undefined) setPage(answer);
    };
    void read();
    const timer = after === undefined ? setInterval(() => !document.hidden && void read(), REFRESH_MS) : undefined;
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [client, status, after]);

  const next = page?.next ?? null;
  const total = Object.values(info?.tasks ?? {}).reduce((sum, count) => sum + count, 0);
  const first = (cursors.length - 1) * PAGE_SIZE + 1;
  return (
    <Card title="Tasks, newest first" wide>
      <Filters
        status={status}
        choose={(chosen) => {
          location.hash = `#/tasks/${chosen}`;
        }}
      />
      {page === undefined ? (
        <p class="quiet">Reading the tasks…</p>
      ) : (
        <>
          <Table
            caption={`Tasks from number ${first} on`}
            heading={["Task", "Status", "Type", "Reward", "Submissions", "Waits for", "Published at", "Publisher"]}
            none="No task of this status."
            rows={page.tasks.map((task) => ({
              key: task.task_id,
              cells: [
                <a key="id" href={`#/tasks/${task.task_id}`}>
                  <Id id={task.task_id} />
                </a>,
                <TaskStatusMark key="status" status={task.status} final={task.final} />,
                <Foreign key="type" text={task.task_type ?? "unknown"} />,
                task.reward_amount === undefined ? "" : showAmount(task.reward_amount),
                showNumber(task.submissions),
                task.waits_for === null ? "" : words(task.waits_for),
                showTime(task.published_at),
                task.publisher === null ? "unknown" : <Id key="publisher" id={task.publisher} />,
              ],
            }))}
          />
          <nav class="pages" aria-label="Pages of tasks">
            <button type="button" disabled={cursors.length === 1} onClick={() => setCursors(cursors.slice(0, -1))}>
              Newer
            </button>
            <span role="status">
              {page.tasks.length === 0
                ? "none"
                : `${showNumber(first)} to ${showNumber(first + page.tasks.length - 1)}`}
              {status === "all" ? ` of ${showNumber(total)}` : ""}
            </span>
            <button
              type="button"
              disabled={next === null}
              onClick={() => next !== null && setCursors([...cursors, next])}
            >
              Older
            </button>
          </nav>
        </>
      )}
    </Card>
  );
}
