import type { z } from "zod";
import { showDuration } from "../arguments/index.js";
import type { CommandContext } from "../command-context.js";
import { plainLine } from "../output/index.js";
import { peersShape, readAnswer, showDial } from "../show/index.js";

const PEER_COLUMNS = [
  "PEER",
  "DIRECTION",
  "CONNECTED",
  "REGISTRY",
  "ROSTER",
  "SCORE",
  "INTERACTIONS",
  "LAST CHANGE",
  "LATENCY",
  "STREAMS",
  "DROPPED",
  "FEATURES",
  "AGENT",
  "ADDRESS",
];

type ShownPeer = z.infer<typeof peersShape>["peers"][number];

function showScore(peer: ShownPeer): string {
  const terms = [peer.reliability, peer.responsiveness, peer.data_quality].map((term) => term.toFixed(2));
  return `${peer.score.toFixed(2)} (${terms.join(", ")})`;
}

/** "open", or which streams are missing. */
function showStreams(streams: ShownPeer["streams"]): string {
  const missing = Object.entries(streams).filter(([, state]) => state !== "open");
  return missing.length === 0 ? "open" : plainLine(missing.map(([name, state]) => `${name} ${state}`).join(", "));
}

function showDropped(dropped: ShownPeer["dropped"]): string {
  const counts = Object.entries(dropped).map(([reason, count]) => `${reason} ${count}`);
  return counts.length === 0 ? "none" : plainLine(counts.join(", "));
}

/** `peers`: the connected peers and their scores. */
export async function peers({ io, out, call, options }: CommandContext<{ readonly all?: boolean }>): Promise<void> {
  out.answer(await call("ai_get_peers"), (answer) => {
    const { peers, dials } = readAnswer(peersShape, answer);
    const now = io.nowMs() / 1000;
    const rows = peers.map((peer) => [
      peer.peer_id,
      peer.direction,
      showDuration(Math.max(0, now - peer.connected_at)),
      peer.registry,
      peer.roster,
      showScore(peer),
      String(peer.interactions),
      plainLine(peer.last_change?.reason ?? "none"),
      peer.latency_ms === null ? "?" : `${peer.latency_ms} ms`,
      showStreams(peer.streams),
      showDropped(peer.dropped),
      plainLine(peer.features.join(",")),
      plainLine(peer.agent),
      plainLine(peer.multiaddr ?? ""),
    ]);
    out.table(PEER_COLUMNS, rows, "no peers");
    if (rows.length > 0) out.line(out.style("dim", "score: overall (reliability, responsiveness, data quality)"));
    if (options.all === true) {
      const tried = dials.map((dial) => [dial.kind, plainLine(showDial(dial, now))]);
      out.table(["DIALLED AS", "ADDRESS"], tried, "no address is dialled");
    }
  });
}
