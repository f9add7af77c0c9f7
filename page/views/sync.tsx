import { Bar, Card, Facts, State, Table } from "../parts/basics.js";
import { showDuration, showNumber, showRate, visibleLine, words } from "../parts/text.js";
import { useSnapshot } from "../parts/use-node.js";

/** How far the node is in sync: the whole, the bodies, and each strand. */
export function Sync() {
  const { info } = useSnapshot();
  if (info === undefined) return null;
  const { sync, records } = info;
  const { catching_up: progress, bodies } = sync;
  const target = progress?.target_records ?? records;
  const targetBodies = progress?.target_bodies ?? bodies.held;
  return (
    <div class="grid">
      <Card title="Progress">
        <p>
          <State
            level={sync.in_sync ? "good" : "warn"}
            text={sync.in_sync ? "in sync with the peers" : `not in sync: the set is ${words(sync.set)}`}
          />
        </p>
        <ul class="counts">
          <li>
            <span>Records</span>
            <Bar
              value={records}
              max={target}
              text={`${showNumber(records)} of ${showNumber(target)}`}
              label="Records held of those known"
            />
          </li>
          <li>
            <span>Bodies</span>
            <Bar
              value={bodies.held}
              max={targetBodies}
              text={`${showNumber(bodies.held)} of ${showNumber(targetBodies)}`}
              label="Bodies held of those that may be held"
            />
          </li>
        </ul>
        <Facts
          rows={[
            ["Records", showRate(progress?.records_per_second ?? 0)],
            ["Bodies", showRate(progress?.bodies_per_second ?? 0)],
            [
              "Time left",
              progress === null
                ? "nothing is missing"
                : progress.seconds_left === null
                  ? "unknown: nothing comes now"
                  : showDuration(progress.seconds_left),
            ],
            ["Missing bodies", showNumber(bodies.missing)],
            ["Held by no peer", showNumber(bodies.unavailable)],
            ["Withheld until a deadline", showNumber(bodies.withheld)],
            ["Tasks waited for", showNumber(sync.pending_tasks)],
            ["Open requests", showNumber(sync.open_requests)],
          ]}
        />
      </Card>
      <Card title="Strands" wide>
        <Table
          caption="Strands that this node holds"
          heading={["Strand", "State", "Equal peers", "Peers"]}
          none="This node holds no strand yet."
          rows={sync.strands.map((strand) => ({
            key: strand.strand,
            cells: [
              <code key="strand">{visibleLine(strand.strand)}</code>,
              <State
                key="state"
                level={strand.in_sync ? "good" : "warn"}
                text={strand.in_sync ? "equal" : strand.peers === 0 ? "no peer to compare with" : "comparing"}
              />,
              <Bar
                key="equal"
                value={strand.equal_peers}
                max={strand.peers}
                text={showNumber(strand.equal_peers)}
                label={`Equal peers of strand ${strand.strand}`}
              />,
              showNumber(strand.peers),
            ],
          }))}
        />
      </Card>
    </div>
  );
}
