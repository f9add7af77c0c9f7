import type { NodeCount } from "../../api/index.js";
import type { EngineEffect } from "../../engine/index.js";
import type { Network } from "../../network/index.js";
import { encodeBundle } from "../../protocol/bundle.js";
import { MessageType } from "../../protocol/envelope.js";
import { encodeFrame } from "../../protocol/frames.js";
import { encodePeerScoreUpdate, NO_REQUEST } from "../../protocol/sync-messages.js";
import { encodeAlert } from "../../protocol/verdict-messages.js";
import type { RecordStore } from "../../storage/index.js";
import type { ScanQueue } from "../inbound/index.js";
import type { NodeSigner } from "./node-signer.js";
import { refsOf, type TaskOf } from "./record-refs.js";
import type { StoreWriter } from "./store-writer.js";

export interface OwnMessagePorts {
  readonly store: Pick<RecordStore, "records">;
  readonly taskOf: TaskOf;
  readonly writer: Pick<StoreWriter, "drained">;
  readonly signer: Pick<NodeSigner, "control">;
  readonly scanQueue: Pick<ScanQueue, "own">;
  readonly network: Pick<Network, "send">;
  readonly count: NodeCount;
  readonly failed: (what: string, error: unknown) => void;
}

/** Messages that the node starts itself: alerts about records and votes, certificates, and scores for neighbours. */
export class OwnMessages {
  readonly #ports: OwnMessagePorts;

  constructor(ports: OwnMessagePorts) {
    this.#ports = ports;
  }

  /** Never rejects. The engine asks again for an alert that can't be made now. */
  async alert({ alertKind, firstId, secondId }: Extract<EngineEffect, { kind: "send_alert" }>): Promise<void> {
    const { store, taskOf, writer, signer, scanQueue, failed } = this.#ports;
    try {
      await writer.drained();
      const [first, second] = await store.records(refsOf([firstId, secondId], taskOf));
      // One of the records has left its slot, so the slot has another pair.
      if (first === undefined || second === undefined) return;
      const envelope = await signer.control(MessageType.FraudAlert, encodeAlert({ alertKind, first, second }));
      scanQueue.own(encodeBundle([envelope]), () => undefined);
    } catch (error) {
      failed("send_alert", error);
    }
  }

  /** Never rejects. The engine asks again for an alert that can't be made now. */
  async voteAlert({ alertKind, first, second }: Extract<EngineEffect, { kind: "send_vote_alert" }>): Promise<void> {
    const { signer, scanQueue, failed } = this.#ports;
    try {
      const envelope = await signer.control(MessageType.FraudAlert, encodeAlert({ alertKind, first, second }));
      scanQueue.own(encodeBundle([envelope]), () => undefined);
    } catch (error) {
      failed("send_alert", error);
    }
  }

  /** Never rejects. The engine asks again for a certificate that can't be made now. */
  async certificate({ payload }: Extract<EngineEffect, { kind: "send_certificate" }>): Promise<void> {
    const { signer, scanQueue, failed } = this.#ports;
    try {
      const envelope = await signer.control(MessageType.Certificate, payload);
      scanQueue.own(encodeBundle([envelope]), () => undefined);
    } catch (error) {
      failed("send_certificate", error);
    }
  }

  /** Never rejects. */
  async scores({ peers, scores }: Extract<EngineEffect, { kind: "send_scores" }>): Promise<void> {
    const { signer, network, count, failed } = this.#ports;
    try {
      const envelope = await signer.control(MessageType.PeerScoreUpdate, encodePeerScoreUpdate(scores));
      const frame = encodeFrame({ kind: "scores", requestId: NO_REQUEST, envelope });
      for (const peer of peers) {
        network.send(peer, frame).then(
          () => count("scores_out", "sent", 1),
          (error: unknown) => {
            count("scores_out", "failed", 1);
            failed("send", error);
          },
        );
      }
    } catch (error) {
      failed("send_scores", error);
    }
  }
}
