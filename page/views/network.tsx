import { useEffect, useMemo, useState } from "preact/hooks";
import { Card, Foreign, Id, State, Table } from "../parts/basics.js";
import { showNumber, visibleLine } from "../parts/text.js";
import { useNodeState, useSnapshot } from "../parts/use-node.js";
import { NetworkDrawing } from "./network-drawing.js";
import { PeerList } from "./peer-list.js";

const DIAL_LEVELS = { connected: "good", dialing: "idle", waiting: "warn", resolved: "idle" } as const;

/** Peers, their drawing, and the addresses that the node dials. */
export function Network() {
  const state = useNodeState();
  const { peers, info } = useSnapshot();
  const [chosen, choose] = useState<string | undefined>(undefined);
  useEffect(() => state.wantPeers(), [state]);
  const list = useMemo(() => [...(peers?.peers ?? [])].sort((a, b) => b.score - a.score), [peers]);
  if (peers === undefined || info === undefined) return <p class="quiet">Reading the peers…</p>;
  const { reach } = info;
  return (
    <div class="grid">
      <Card title="Connections">
        <NetworkDrawing peers={list} chosen={chosen} choose={choose} />
        <p class="quiet">
          {showNumber(list.length)} peers. The distance is the latency, the shade the score. A coloured line is in the
          mesh of gossip. A full line is a connection that this node opened; a broken one came in. A hollow peer waits
          for a stream.
        </p>
        <p>
          <State
            level={reach.state === "connected" ? "good" : "warn"}
            text={`${reach.state}${reach.loopback_only ? ", on loopback only" : ""}`}
          />
        </p>
      </Card>
      <Card title="Peers" beside>
        <PeerList peers={list} chosen={chosen} choose={choose} />
      </Card>
      <Card title="Dialled addresses" wide>
        <Table
          caption="Addresses that the node dials"
          heading={["State", "Kind", "Address", "Attempts", "Last failure"]}
          none="The node dials no address."
          rows={peers.dials.map((dial) => ({
            key: `${dial.kind} ${dial.address} ${dial.peer_id}`,
            cells: [
              <State key="state" level={DIAL_LEVELS[dial.state]} text={dial.state} />,
              dial.kind,
              <Foreign key="address" text={dial.address} />,
              String(dial.attempts),
              dial.reason === null ? "" : visibleLine(dial.reason).replaceAll("_", " "),
            ],
          }))}
        />
      </Card>
      <Card title="This node">
        <ul class="plain">
          {info.multiaddrs.map((address) => (
            <li key={address}>
              <Foreign text={address} />
            </li>
          ))}
          <li>
            Peer id <Id id={info.peer_id} />
          </li>
        </ul>
      </Card>
    </div>
  );
}
