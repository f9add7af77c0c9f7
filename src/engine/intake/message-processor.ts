import { REASONS, type ReasonCode } from "../../protocol/errors.js";
import { NOT_ASKED, readRow, rowCount, type ScanRow, TABLE_CODES } from "../../protocol/table.js";
import type { Context } from "../context.js";
import type { Acceptance } from "../effects.js";
import type { EngineEvent, Source } from "../events.js";
import type { Peers } from "../peers/index.js";
import {
  type Batch,
  type Bundle,
  envelopeOf,
  type Lane,
  type PendingRow,
  peerOf,
  type Settled,
} from "./bundle-state.js";
import { type Candidate, judgeRow, underMemberId } from "./judge.js";
import { countNew, countRefused } from "./judged-envelopes.js";
import { PendingProofs } from "./pending-proofs.js";
import type { DeliveryCredit, SyncExchanges, VerifiedSink } from "./processor-ports.js";

export interface ProcessorParts {
  readonly context: Context;
  readonly peers: Peers;
  readonly sink: VerifiedSink;
  readonly exchanges: SyncExchanges;
  readonly credit: DeliveryCredit;
}

/**
 * Gives each scanned bundle a verdict (specification: MessageProcessor): makes the cheap checks, requests verification
 * of the remaining signatures, and answers gossipsub by protocol.md, "Bundles and forwarding".
 */
export class MessageProcessor {
  readonly #context: Context;
  readonly #peers: Peers;
  readonly #sink: VerifiedSink;
  readonly #exchanges: SyncExchanges;
  readonly #credit: DeliveryCredit;
  readonly #batches = new Map<number, Batch>();
  readonly #inFlight = new Set<string>();
  readonly #proofs: PendingProofs;

  constructor({ context, peers, sink, exchanges, credit }: ProcessorParts) {
    this.#context = context;
    this.#proofs = new PendingProofs(context);
    this.#peers = peers;
    this.#sink = sink;
    this.#exchanges = exchanges;
    this.#credit = credit;
  }

  get sizes(): { readonly batches: number; readonly envelopes: number; readonly alerts: number } {
    return { batches: this.#batches.size, envelopes: this.#inFlight.size, alerts: this.#proofs.size };
  }

  scanned(event: Extract<EngineEvent, { kind: "scanned" }>): void {
    const full = this.#batches.size >= this.#context.limits.batches;
    const bundles = event.sources.map((source): Bundle => this.#bundle(event.batch, source));
    const batch: Batch = { input: event.input, rows: new Map(), count: rowCount(event.table), lanes: new Set() };
    for (const bundle of bundles) if (bundle.source.kind === "sync") this.#step(bundle, 1);
    for (let index = 0; index < batch.count; index++) {
      const row = underMemberId(this.#context, readRow(event.table, index), event.input);
      const bundle = bundles[row.bundle];
      if (bundle === undefined) continue;
      bundle.rows++;
      if (full && bundle.source.kind !== "own") {
        bundle.judged = false;
        this.#ignore(bundle, row, "over_budget", false);
      } else this.#judge(batch, index, row, bundle);
    }
    if (full) this.#context.out.count("dropped", "batches");
    if (batch.lanes.size > 0) this.#batches.set(event.batch, batch);
    for (const lane of batch.lanes) this.#askFor(event.batch, batch, lane);
    for (const bundle of bundles) if (bundle.open === 0) this.#close(bundle);
  }

  #bundle(batch: number, source: Source): Bundle {
    const inner = source.kind === "inner" ? this.#proofs.get(source.outer)?.bundle.lane : undefined;
    const lane = inner ?? this.#peers.lane(peerOf(source), this.#context.nowMs);
    return {
      batch,
      source,
      lane,
      open: 0,
      rows: 0,
      bad: undefined,
      old: undefined,
      judged: true,
      fresh: [],
      proofs: 0,
      duplicates: 0,
    };
  }

  #judge(batch: Batch, index: number, row: ScanRow, bundle: Bundle): void {
    const [source, sinceMs] = [bundle.source, this.#context.nowMs];
    if (source.kind === "inner") {
      if (row.code !== undefined) {
        this.#bad(bundle, row, row.code);
        return;
      }
      this.#ask(batch, index, { bundle, row, candidate: undefined, dueSeconds: undefined, sinceMs });
      return;
    }
    if (row.code === undefined && source.kind !== "own" && this.#sink.isKnown(row)) {
      bundle.duplicates++;
      if (source.kind === "gossip") this.#exchanges.addHolder(row.recordId, source.peer);
      this.#ignore(bundle, row, "already_known", false);
      return;
    }
    const payload = batch.input.subarray(row.payloadOffset, row.payloadOffset + row.payloadLength);
    const judgement = judgeRow(this.#context, row, payload, source);
    if (judgement.kind === "ignored") {
      if (judgement.code === "unknown_author") this.#context.out.unknownAuthor(row.sender);
      this.#ignore(bundle, row, judgement.code, judgement.remember);
      return;
    }
    if (judgement.kind === "bad") {
      this.#bad(bundle, row, judgement.code);
      return;
    }
    const { candidate } = judgement;
    if (source.kind === "sync") {
      const wanted = this.#exchanges.wanted(source.peer, source.requestId, row.recordId, candidate);
      if (wanted === "unasked") this.#credit.fault(source.peer, "unsolicited");
      if (wanted !== "asked") {
        this.#ignore(bundle, row, "unsolicited", false);
        return;
      }
    }
    if (source.kind === "own") {
      this.#settle(bundle, row, candidate, envelopeOf(batch.input, row), undefined);
      return;
    }
    if (this.#inFlight.has(row.envelopeHash)) {
      this.#ignore(bundle, row, "already_known", false);
      return;
    }
    if (this.#inFlight.size < this.#context.limits.envelopes_in_flight) this.#inFlight.add(row.envelopeHash);
    const dueSeconds = judgement.kind === "early" ? judgement.dueSeconds : undefined;
    this.#ask(batch, index, { bundle, row, candidate, dueSeconds, sinceMs });
  }

  #ask(batch: Batch, index: number, pending: PendingRow): void {
    batch.rows.set(index, pending);
    batch.lanes.add(pending.bundle.lane);
    pending.bundle.open++;
  }

  #askFor(number: number, batch: Batch, lane: Lane): void {
    const mask = new Uint8Array(batch.count);
    let asked = 0;
    for (const [index, { bundle }] of batch.rows) {
      if (bundle.lane !== lane) continue;
      mask[index] = 1;
      asked++;
    }
    this.#context.out.emit({ kind: "verify", batch: number, lane, mask });
    this.#context.out.count("signatures_checked", lane, asked);
  }

  /** Takes the verdicts of one lane. Undefined: the kernel failed, so nothing is judged and no peer is at fault. */
  verified(number: number, lane: Lane, verdicts: Uint8Array | undefined): void {
    const batch = this.#batches.get(number);
    if (batch === undefined || !batch.lanes.delete(lane)) return;
    const usable = verdicts !== undefined && verdicts.length === batch.count ? verdicts : undefined;
    const closing = new Set<Bundle>();
    for (const [index, pending] of batch.rows) {
      const { bundle, row, candidate, dueSeconds, sinceMs } = pending;
      if (bundle.lane !== lane) continue;
      batch.rows.delete(index);
      this.#inFlight.delete(row.envelopeHash);
      bundle.open--;
      const verdict = usable?.[index] ?? NOT_ASKED;
      if (verdict === NOT_ASKED) {
        bundle.judged = false;
        this.#ignore(bundle, row, "kernel_failed", false);
      } else if (verdict !== 0) {
        this.#bad(bundle, row, TABLE_CODES[verdict] ?? "bad_signature");
      } else if (bundle.source.kind === "control" && this.#peers.isNewer(bundle.source.peer, sinceMs)) {
        this.#ignore(bundle, row, "peer_gone", false);
      } else {
        this.#settle(bundle, row, candidate, envelopeOf(batch.input, row), dueSeconds);
      }
      closing.add(bundle);
    }
    if (batch.lanes.size === 0) this.#batches.delete(number);
    for (const bundle of closing) if (bundle.open === 0) this.#close(bundle);
  }

  /** Settles alerts and certificates whose inner envelopes the adapter never returned. */
  sweep(): void {
    for (const id of this.#proofs.overdue()) this.#settleProof(id, undefined);
  }

  /** `valid`: the signatures of one inner bundle hold; undefined: they were not verified. */
  #settleProof(id: string, valid: boolean | undefined): void {
    const pending = this.#proofs.take(id, valid);
    if (pending === undefined) return;
    const { bundle, row, open } = pending;
    const outcome = this.#sink.settleProof(pending, valid);
    bundle.open--;
    if (outcome.kind === "new") bundle.proofs++;
    this.#apply(bundle, row, open.envelope, outcome);
    if (bundle.open === 0) this.#close(bundle);
  }

  #settle(
    bundle: Bundle,
    row: ScanRow,
    candidate: Candidate | undefined,
    envelope: Uint8Array,
    dueSeconds: number | undefined,
  ): void {
    if (candidate === undefined) return;
    if (dueSeconds !== undefined) {
      const parked = this.#sink.park(candidate, envelope, dueSeconds);
      this.#ignore(bundle, row, parked ? "future_dated" : "over_budget", false);
      return;
    }
    const outcome = this.#sink.admit(candidate, envelope, bundle.source);
    if (outcome.kind !== "waiting") {
      this.#apply(bundle, row, envelope, outcome);
      return;
    }
    const refused = this.#proofs.hold(outcome.proof, bundle, row);
    if (refused === undefined) bundle.open++;
    else this.#ignore(bundle, row, refused, false);
  }

  #apply(bundle: Bundle, row: ScanRow, envelope: Uint8Array, outcome: Settled): void {
    switch (outcome.kind) {
      case "bad":
        this.#bad(bundle, row, outcome.code);
        return;
      case "ignored":
        this.#ignore(bundle, row, outcome.code, outcome.remember);
        return;
      case "new":
        bundle.fresh.push(envelope);
        countNew(this.#context.out, row.type);
        this.#ownResult(bundle, row, undefined);
        if (bundle.source.kind !== "sync") return;
        this.#exchanges.settled(bundle.source.peer, bundle.source.requestId, row.recordId, outcome);
    }
  }

  #ignore(bundle: Bundle, row: ScanRow, code: ReasonCode, remember: boolean): void {
    bundle.old ??= code;
    countRefused(this.#context.out, row.type, "ignored", code);
    // Publishing a known record again is no error.
    this.#ownResult(bundle, row, code === "already_known" ? undefined : code);
    if (bundle.source.kind !== "sync") return;
    const { peer, requestId } = bundle.source;
    this.#exchanges.settled(peer, requestId, row.recordId, { kind: "ignored", code, remember });
  }

  #bad(bundle: Bundle, row: ScanRow, code: ReasonCode): void {
    bundle.bad ??= code;
    const { source } = bundle;
    countRefused(this.#context.out, row.type, "bad", code);
    this.#ownResult(bundle, row, code);
    const peer = peerOf(source);
    if (peer !== undefined) {
      this.#credit.fault(peer, code);
      if (REASONS[code] === "signature") this.#peers.suspect(peer, this.#context.nowMs);
    }
    if (source.kind !== "sync") return;
    this.#exchanges.settled(source.peer, source.requestId, row.recordId, { kind: "bad", code });
  }

  #ownResult(bundle: Bundle, row: ScanRow, code: ReasonCode | undefined): void {
    if (bundle.source.kind !== "own") return;
    this.#context.out.needSync();
    this.#context.out.emit({ kind: "own_result", batch: bundle.batch, recordId: row.recordId, code });
  }

  #close(bundle: Bundle): void {
    const { source } = bundle;
    switch (source.kind) {
      case "gossip":
        this.#answer(bundle, source);
        return;
      case "sync":
        this.#reward(bundle, source.peer);
        this.#step(bundle, -1);
        return;
      case "inner":
        this.#settleProof(source.outer, bundle.judged && bundle.rows > 0 ? bundle.bad === undefined : undefined);
        return;
      case "own":
      case "control":
        return;
    }
  }

  /** A bundle with an invalid envelope gives no credit. */
  #reward({ fresh, proofs, bad }: Bundle, peer: string): void {
    const records = fresh.length - proofs;
    if (records === 0) return;
    if (bad === undefined) this.#credit.useful(peer, records);
    else this.#credit.noteNew(records);
  }

  #step(bundle: Bundle, step: 1 | -1): void {
    const { source } = bundle;
    if (source.kind === "sync") this.#exchanges.inVerification(source.peer, source.requestId, step);
  }

  #answer(bundle: Bundle, source: Extract<Source, { kind: "gossip" }>): void {
    const code = bundle.bad ?? bundle.old ?? (bundle.rows === 0 ? "bundle_layout" : undefined);
    const acceptance: Acceptance = bundle.bad !== undefined ? "reject" : code === undefined ? "accept" : "ignore";
    this.#context.out.emit({ kind: "verdict", messageId: source.messageId, peer: source.peer, acceptance, code });
    this.#context.out.count("bundles_in", acceptance);
    if (acceptance !== "accept") for (const envelope of bundle.fresh) this.#sink.forward(source.topic, envelope);
    this.#reward(bundle, source.peer);
    if (bundle.duplicates > 0) this.#credit.duplicate(source.peer, bundle.duplicates);
  }
}
