import { Card, Id, State, Table } from "../parts/basics.js";
import { showNumber, showTime, words } from "../parts/text.js";
import { useSnapshot } from "../parts/use-node.js";

const KINDS: Readonly<Record<number, string>> = {
  1: "two records in one slot",
  2: "two records about one subject",
  3: "two votes",
  4: "a broken lock",
};

/** What a person wants to know of: equivocators with their proofs, faults, reorganisations, refused peers. */
export function Events() {
  const { alerts, stats, info, events } = useSnapshot();
  const notable = [...(stats?.notable ?? [])].reverse();
  return (
    <div class="grid">
      <Card title="Equivocators" wide>
        <Table
          caption="Proofs of equivocation, newest first"
          heading={["Author", "What", "Proof: two records", "Task", "Signed at"]}
          none="No author has contradicted itself."
          rows={alerts.map((alert) => ({
            key: alert.proof.join(),
            cells: [
              <Id key="author" id={alert.equivocator} />,
              KINDS[alert.kind] ?? `kind ${alert.kind}`,
              <span key="proof">
                {alert.proof.map((id) => (
                  <Id key={id} id={id} />
                ))}
              </span>,
              <span key="task">
                {alert.task_ids.slice(0, 4).map((id) => (
                  <a key={id} href={`#/tasks/${id}`}>
                    <Id id={id} />
                  </a>
                ))}
              </span>,
              showTime(alert.signed_at),
            ],
          }))}
        />
      </Card>
      <Card title="Notable" wide>
        <Table
          caption="Notable events since the start of the node, newest first"
          heading={["At", "What", "Detail", "Times"]}
          none="Nothing notable has happened since the start."
          rows={notable.map(({ at_ms, name, label, times }) => ({
            key: `${at_ms} ${name} ${label}`,
            cells: [showTime(at_ms / 1000), words(name), words(label), showNumber(times)],
          }))}
        />
      </Card>
      <Card title="Since this page opened">
        <ul class="plain">
          {events.length === 0 && <li class="quiet">Nothing.</li>}
          {events.map((event) => (
            <li key={event.sequence}>
              <State level="warn" text={words(event.event)} />{" "}
              {"task_id" in event && (
                <a href={`#/tasks/${event.task_id}`}>
                  <Id id={event.task_id} />
                </a>
              )}
            </li>
          ))}
        </ul>
      </Card>
      <Card title="Standing faults">
        <ul class="plain">
          {info?.health.faults.length === 0 && <li class="quiet">None.</li>}
          {info?.health.faults.map(({ component, code, since }) => (
            <li key={`${component} ${code}`}>
              {words(component)} {words(code)}, since {showTime(since)}
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}
