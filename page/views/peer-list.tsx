import type { Peers } from "../data/node-state.js";
import { Facts, Foreign, Id } from "../parts/basics.js";
import { showNumber, showScore, showTime, words } from "../parts/text.js";
import { VirtualList } from "../parts/virtual-list.js";

type Peer = Peers["peers"][number];

/** Matches the height in the style sheet. */
const ROW_PX = 34;
const LIST_PX = 420;
const HEADING = ["Peer", "Score", "Latency", "Direction", "Mesh", "Streams", "Dropped", "Agent"];

function droppedOf({ dropped }: Peer): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

function PeerDetails({ peer }: { peer: Peer }) {
  const dropped = Object.entries(peer.dropped).filter(([, count]) => count > 0);
  return (
    <section aria-label="Chosen peer" class="details">
      <h3>
        Peer <Id id={peer.address} />
      </h3>
      <Facts
        rows={[
          ["Score", showScore(peer.score)],
          ["Reliability (0.4)", showScore(peer.reliability)],
          ["Responsiveness (0.3)", showScore(peer.responsiveness)],
          ["Data quality (0.3)", showScore(peer.data_quality)],
          ["Interactions", showNumber(peer.interactions)],
          [
            "Last change",
            peer.last_change === null ? "none" : `${words(peer.last_change.reason)}, ${showTime(peer.last_change.at)}`,
          ],
          ["Registry", peer.registry],
          ["Strands", showNumber(peer.interests.length)],
          ["Connected at", showTime(peer.connected_at)],
          ["Address", <Foreign key="address" text={peer.multiaddr ?? "unknown"} />],
          [
            "Dropped gossip",
            dropped.length === 0 ? "none" : dropped.map(([reason, n]) => `${words(reason)} ${n}`).join(", "),
          ],
        ]}
      />
    </section>
  );
}

/** Every peer, the best score first, with the terms of the chosen one. */
export function PeerList(props: {
  peers: readonly Peer[];
  chosen: string | undefined;
  choose: (key: string | undefined) => void;
}) {
  const { peers, chosen, choose } = props;
  const shown = peers.find(({ key }) => key === chosen);
  if (peers.length === 0) return <p class="quiet">No peer is connected.</p>;
  const cells = (index: number) => {
    const peer = peers[index];
    if (peer === undefined) return [];
    return [
      <button
        key="peer"
        type="button"
        class="row"
        aria-pressed={peer.key === chosen}
        onClick={() => choose(peer.key === chosen ? undefined : peer.key)}
      >
        <Id id={peer.address} />
      </button>,
      showScore(peer.score),
      peer.latency_ms === null ? "unknown" : `${showNumber(peer.latency_ms)} ms`,
      peer.direction,
      peer.mesh_topics === 0 ? "no" : `${peer.mesh_topics} topics`,
      `${peer.streams.sync} / ${peer.streams.gossip}`,
      showNumber(droppedOf(peer)),
      <Foreign key="agent" text={peer.agent} />,
    ];
  };
  return (
    <>
      <VirtualList
        caption="Peers, the best score first"
        heading={HEADING}
        rowHeight={ROW_PX}
        height={LIST_PX}
        count={peers.length}
        keyAt={(index) => peers[index]?.peer_id ?? ""}
        cells={cells}
        isChosen={(index) => peers[index]?.key === chosen && chosen !== undefined}
      />
      {shown !== undefined && <PeerDetails peer={shown} />}
    </>
  );
}
