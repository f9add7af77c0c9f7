import type { ChainFacts } from "../../../src/engine/chain-facts.js";
import type { EngineOptions } from "../../../src/engine/engine.js";
import type { PeerFacts, Source } from "../../../src/engine/events.js";
import { encodeBundle } from "../../../src/protocol/bundle.js";
import { toHex } from "../../../src/protocol/bytes.js";
import type { MessageType } from "../../../src/protocol/envelope.js";
import { decodeFrame, type Frame } from "../../../src/protocol/frames.js";
import { gossipMessageId, strandTopic } from "../../../src/protocol/strand.js";
import {
  encodeSyncRequest,
  encodeSyncResponse,
  type SyncRequest,
  type SyncResponse,
} from "../../../src/protocol/sync-messages.js";
import { Clock, Random } from "./clock.js";
import { blake3, identityOf, keyOf, signEnvelope } from "./fake-signer.js";
import { SimNode } from "./sim-node.js";
import { START_SECONDS, Story } from "./story.js";
import { EVERYONE, type World } from "./world.js";

/** One node without real peers: the test sends it messages of peers and reads its answers. */
export class LoneWorld implements World {
  readonly clock = new Clock(START_SECONDS * 1000);
  readonly random = new Random(7);
  readonly identity = identityOf();
  readonly published: { readonly topic: string; readonly bundle: Uint8Array; readonly forwarded: boolean }[] = [];
  readonly frames: { readonly to: string; readonly frame: Frame }[] = [];
  readonly node: SimNode;
  readonly story: Story;
  readonly topic = strandTopic(3, 4, 0);
  #messages = 0;

  constructor(options: Partial<EngineOptions> = {}, facts: ChainFacts = EVERYONE) {
    this.node = new SimNode(this, "lone", options, facts);
    this.story = new Story(this);
  }

  publish(_from: SimNode, topic: string, bundle: Uint8Array, except: string | undefined): void {
    this.published.push({ topic, bundle, forwarded: except !== undefined });
  }

  send(_from: SimNode, to: string, frame: Uint8Array): void {
    const decoded = decodeFrame(frame);
    if (decoded.ok) this.frames.push({ to, frame: decoded.value });
  }

  /** Connects a peer, which this node chose if it dialled it. */
  peer(name: string, given: Partial<PeerFacts> = {}): void {
    this.node.step({
      kind: "peer_ready",
      facts: {
        peer: name,
        key: keyOf(`node ${name}`),
        dialed: false,
        chosen: given.dialed ?? false,
        addressGroup: "loopback",
        salt: keyOf("salt"),
        interests: this.node.engine.strands(),
        features: [],
        registryDigest: EVERYONE.registryDigest,
        registryTimeSeconds: EVERYONE.registryTimeSeconds,
        rosters: [],
        agent: "test",
        ...given,
      },
    });
  }

  /** Gossips one bundle; returns its verdict. */
  gossip(
    peer: string,
    envelopes: readonly Uint8Array[],
    topic = this.topic,
  ): { acceptance: string; code: string | undefined } {
    const bytes = encodeBundle(envelopes);
    const messageId = `${toHex(gossipMessageId(blake3, topic, bytes))}${this.#messages++}`;
    this.node.hearGossip(peer, topic, bytes, messageId);
    this.clock.advance(40);
    const verdict = this.node.verdicts.find((found) => found.messageId === messageId);
    return { acceptance: verdict?.acceptance ?? "none", code: verdict?.code };
  }

  records(peer: string, requestId: string, envelopes: readonly Uint8Array[]): void {
    const source: Source = { kind: "sync", peer, requestId };
    this.node.scan([{ bundle: encodeBundle(envelopes), source }]);
    this.clock.advance(20);
  }

  #control(peer: string, requestId: string, type: MessageType, payload: Uint8Array, sender: string): void {
    const timestampSeconds = Math.floor(this.clock.nowMs / 1000);
    const envelope = signEnvelope(this.identity, { type, sender, timestampSeconds }, payload);
    const source: Source = { kind: "control", peer, frame: type === 5 ? "scores" : "envelope", requestId };
    this.node.scan([{ bundle: encodeBundle([envelope]), source }]);
    this.clock.advance(20);
  }

  request(peer: string, request: SyncRequest, sender = keyOf(`node ${peer}`)): void {
    this.#control(peer, request.requestId, 3, encodeSyncRequest(request), sender);
  }

  respond(peer: string, response: Omit<SyncResponse, "kind">): void {
    this.#control(peer, response.requestId, 4, encodeSyncResponse(response), keyOf(`node ${peer}`));
  }

  reportScores(peer: string, payload: Uint8Array): void {
    this.#control(peer, "0".repeat(32), 5, payload, keyOf(`node ${peer}`));
  }

  frame(peer: string, frame: Frame): void {
    this.node.step({ kind: "frame", peer, frame });
  }

  faultsOf(peer: string): string[] {
    return this.node.faults.filter((fault) => fault.peer === peer).map(({ code }) => code);
  }

  /** Request ids of the requests that the node sent to a peer, by kind. */
  asked(peer: string, kind: SyncRequest["kind"]): string[] {
    return this.node.effects.flatMap((effect) =>
      effect.kind === "send_request" && effect.peer === peer && effect.request.kind === kind
        ? [effect.request.requestId]
        : [],
    );
  }
}
