import { useEffect, useRef } from "preact/hooks";
import type { Peers } from "../data/node-state.js";

type Peer = Peers["peers"][number];

/** Side of the drawing in its own units; the style sheet sets the size. */
const SIDE = 420;
const CENTRE = SIDE / 2;
/** Radii of the nearest and of the farthest peer. */
const NEAR = 60;
const FAR = 195;
/** Latency at the outer radius. */
const FAR_MS = 2000;
const HIT = 12;
/** An angle between neighbours that spreads any number of peers evenly. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

interface Spot {
  readonly peer: Peer;
  readonly x: number;
  readonly y: number;
}

/** The place of a peer: its latency decides the radius, its key the order of the angles. */
function spots(peers: readonly Peer[]): Spot[] {
  const byKey = [...peers].sort((a, b) => (a.key < b.key ? -1 : 1));
  return byKey.map((peer, index) => {
    const share = Math.log1p(Math.min(peer.latency_ms ?? 50, FAR_MS)) / Math.log1p(FAR_MS);
    const radius = NEAR + share * (FAR - NEAR);
    const angle = index * GOLDEN;
    return { peer, x: CENTRE + radius * Math.cos(angle), y: CENTRE + radius * Math.sin(angle) };
  });
}

function draw(canvas: HTMLCanvasElement, places: readonly Spot[], chosen: string | undefined): void {
  const pixels = devicePixelRatio || 1;
  canvas.width = SIDE * pixels;
  canvas.height = SIDE * pixels;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  pen.scale(pixels, pixels);
  pen.clearRect(0, 0, SIDE, SIDE);
  const isCrowded = places.length > 200;
  for (const { peer, x, y } of places) {
    const isMesh = peer.mesh_topics > 0;
    pen.strokeStyle = colour(peer.key === chosen ? "--accent" : isMesh ? "--one" : "--line");
    pen.lineWidth = peer.key === chosen ? 3 : isMesh ? 1.5 : isCrowded ? 0.5 : 1;
    pen.setLineDash(peer.direction === "outgoing" ? [] : [4, 4]);
    pen.beginPath();
    pen.moveTo(CENTRE, CENTRE);
    pen.lineTo(x, y);
    pen.stroke();
  }
  pen.setLineDash([]);
  for (const { peer, x, y } of places) {
    const isOpen = peer.streams.sync === "open" && peer.streams.gossip === "open";
    const radius = peer.key === chosen ? 7 : isCrowded ? 3 : 5;
    pen.globalAlpha = 0.35 + 0.65 * peer.score;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fillStyle = pen.strokeStyle = colour(peer.score < 0.4 ? "--three" : "--one");
    if (isOpen) pen.fill();
    else pen.stroke();
    pen.globalAlpha = 1;
  }
  pen.beginPath();
  pen.arc(CENTRE, CENTRE, 9, 0, 2 * Math.PI);
  pen.fillStyle = colour("--accent");
  pen.fill();
}

/** A drawing of the connections. The list beside it says the same in text and is what the keyboard uses. */
export function NetworkDrawing(props: {
  peers: readonly Peer[];
  chosen: string | undefined;
  choose: (key: string | undefined) => void;
}) {
  const { peers, chosen, choose } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const places = spots(peers);
  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, places, chosen);
  });
  const incoming = peers.filter(({ direction }) => direction === "incoming").length;
  const mesh = peers.filter(({ mesh_topics: topics }) => topics > 0).length;
  const label =
    `Drawing of ${peers.length} connections, ${incoming} of them incoming, ${mesh} in the mesh of gossip. ` +
    "The list of peers has the same.";
  const click = (event: MouseEvent): void => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return;
    const scale = SIDE / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    const near = places.find((spot) => Math.hypot(spot.x - x, spot.y - y) < HIT);
    choose(near?.peer.key);
  };
  return <canvas ref={canvas} class="drawing" role="img" aria-label={label} onClick={click} />;
}
