import { REASONS, type ReasonCode } from "../../protocol/errors.js";
import { NOT_ASKED, readRow, rowCount, type ScanRow, TABLE_CODES } from "../../protocol/table.js";
import type { Context } from "../context.js";
import type { Acceptance } from "../effects.js";
import type { EngineEvent, Source } from "../events.js";
import { inFamilyOf } from "../metrics.js";
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
import { type Candidate, judgeRow } from "./judge.js";
import type { ProcessorPorts } from "./processor-ports.js";

/** Far longer than any verification takes. */
const INNER_WAIT_MS = 60_000;

/**
 * Scanned bundles on their way to a verdict (specification: MessageProcessor). Judges what is cheap, asks for the
 * signatures of what is left, and answers gossip exactly by protocol.md, "Bundles and forwarding".
 */
export class MessageProcessor {
  readonly #context: Context;
  readonly #peers: Peers;
  readonly #ports: ProcessorPorts;
  readonly #batches = new Map<number, Batch>();
  readonly #inFlight = new Set<string>();
  readonly #outers = new Map<string, PendingRow & { readonly envelope: Uint8Array }>();
  /** Lane of the alert whose inner envelopes are scanned. */
  readonly #innerLanes = new Map<string, Lane>();

  constructor(context: Context, peers: Peers, ports: ProcessorPorts) {
    this.#context = context;
    this.#peers = peers;
    this.#ports = ports;
  }

  get sizes(): { readonly batches: number; readonly envelopes: number; readonly outers: number } {
    return { batches: this.#batches.size, envelopes: this.#inFlight.size, outers: this.#outers.size };
  }

  scanned(event: Extract<EngineEvent, { kind: "scanned" }>): void {
    const full = this.#batches.size >= this.#context.limits.batches;
    const bundles = event.sources.map((source): Bundle => this.#bundle(event.batch, source));
    const batch: Batch = { input: event.input, rows: new Map(), count: rowCount(event.table), lanes: new Set() };
    for (const bundle of bundles) if (bundle.source.kind === "sync") this.#step(bundle, 1);
    for (let index = 0; index < batch.count; index++) {
      const row = readRow(event.table, index);
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
    const inner = source.kind === "inner" ? this.#innerLanes.get(source.outer) : undefined;
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
      alerts: 0,
      duplicates: 0,
    };
  }

  #judge(batch: Batch, index: number, row: ScanRow, bundle: Bundle): void {
    const { source } = bundle;
    if (source.kind === "inner") {
      if (row.code !== undefined) {
        this.#bad(bundle, row, row.code);
        return;
      }
      const { nowMs: sinceMs } = this.#context;
      this.#ask(batch, index, { bundle, row, candidate: undefined, dueSeconds: undefined, sinceMs });
      return;
    }
    if (row.code === undefined && source.kind !== "own" && this.#ports.isKnown(row)) {
      bundle.duplicates++;
      if (source.kind === "gossip") this.#ports.heardAgain(row, source.peer);
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
      const wanted = this.#ports.wanted(source.peer, source.requestId, row, candidate);
      if (wanted === "unasked") {
        this.#context.out.fault(source.peer, "unsolicited");
        this.#ports.faulty(source.peer, "unsolicited");
      }
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
    this.#ask(batch, index, { bundle, row, candidate, dueSeconds, sinceMs: this.#context.nowMs });
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

  /** Verdicts of one lane; undefined when the kernel failed: then nothing is judged and nobody is charged. */
  verified(number: number, lane: Lane, verdicts: Uint8Array | undefined): void {
    const batch = this.#batches.get(number);
    if (batch === undefined || !batch.lanes.delete(lane)) return;
    const usable = verdicts !== undefined && verdicts.length === batch.count ? verdicts : undefined;
    const closing = new Set<Bundle>();
    for (const [index, pending] of batch.rows) {
      const { bundle, row, candidate, dueSeconds } = pending;
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
      } else {
        this.#settle(bundle, row, candidate, envelopeOf(batch.input, row), dueSeconds);
      }
      closing.add(bundle);
    }
    if (batch.lanes.size === 0) this.#batches.delete(number);
    for (const bundle of closing) if (bundle.open === 0) this.#close(bundle);
  }

  /** Alerts whose inner envelopes never came back from the adapter are let go. */
  sweep(): void {
    for (const [outer, { sinceMs }] of this.#outers) {
      if (this.#context.nowMs - sinceMs >= INNER_WAIT_MS) this.#ports.innerDone(outer, undefined);
    }
  }

  /** The outcome of an alert whose inner envelopes were looked at. */
  settleOuter(outer: string, outcome: Settled): void {
    const pending = this.#outers.get(outer);
    this.#innerLanes.delete(outer);
    if (pending === undefined) return;
    this.#outers.delete(outer);
    pending.bundle.open--;
    if (outcome.kind === "new") {
      pending.bundle.alerts++;
      if (pending.bundle.source.kind === "own") this.#ports.alertKept(pending.envelope);
    }
    this.#apply(pending.bundle, pending.row, pending.envelope, outcome);
    if (pending.bundle.open === 0) this.#close(pending.bundle);
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
      const parked = this.#ports.park(candidate, envelope, dueSeconds);
      this.#ignore(bundle, row, parked ? "future_dated" : "over_budget", false);
      return;
    }
    const outcome = this.#ports.admit(candidate, envelope, bundle.source, bundle.lane);
    if (outcome.kind === "waiting") {
      // Not the candidate: what it holds are views into the whole batch.
      const { nowMs: sinceMs } = this.#context;
      this.#outers.set(outcome.outer, { bundle, row, candidate: undefined, dueSeconds, sinceMs, envelope });
      this.#innerLanes.set(outcome.outer, bundle.lane);
      bundle.open++;
      return;
    }
    this.#apply(bundle, row, envelope, outcome);
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
        // A new member is counted where it is admitted, whatever it came in.
        if (inFamilyOf(row.type) === "messages_in") this.#context.out.count("messages_in", "new");
        this.#ownResult(bundle, row, undefined);
        if (bundle.source.kind === "sync")
          this.#ports.settled(bundle.source.peer, bundle.source.requestId, row.recordId, outcome);
    }
  }

  #ignore(bundle: Bundle, row: ScanRow, code: ReasonCode, remember: boolean): void {
    bundle.old ??= code;
    this.#context.out.count(inFamilyOf(row.type), code);
    // A duplicate publish is no error.
    this.#ownResult(bundle, row, code === "already_known" ? undefined : code);
    if (bundle.source.kind !== "sync") return;
    const { peer, requestId } = bundle.source;
    this.#ports.settled(peer, requestId, row.recordId, { kind: "ignored", code, remember });
  }

  #bad(bundle: Bundle, row: ScanRow, code: ReasonCode): void {
    bundle.bad ??= code;
    const { source } = bundle;
    this.#context.out.count(inFamilyOf(row.type), code);
    this.#ownResult(bundle, row, code);
    const peer = peerOf(source);
    if (peer !== undefined) {
      this.#context.out.fault(peer, code);
      this.#ports.faulty(peer, code);
      if (REASONS[code] === "signature") this.#peers.suspect(peer, this.#context.nowMs);
    }
    if (source.kind === "sync") this.#ports.settled(source.peer, source.requestId, row.recordId, { kind: "bad", code });
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
        this.#credit(bundle, source.peer);
        this.#step(bundle, -1);
        return;
      case "inner":
        this.#ports.innerDone(source.outer, bundle.judged && bundle.rows > 0 ? bundle.bad === undefined : undefined);
        return;
      case "own":
      case "control":
        return;
    }
  }

  /** Good records don't pay for a bad one in the same bundle. */
  #credit({ fresh, alerts, bad }: Bundle, peer: string): void {
    const records = fresh.length - alerts;
    if (records === 0) return;
    if (bad === undefined) this.#ports.useful(peer, records);
    else this.#ports.noteNew(records);
  }

  #step(bundle: Bundle, step: 1 | -1): void {
    if (bundle.source.kind === "sync") this.#ports.inVerification(bundle.source.peer, bundle.source.requestId, step);
  }

  #answer(bundle: Bundle, source: Extract<Source, { kind: "gossip" }>): void {
    const code = bundle.bad ?? bundle.old ?? (bundle.rows === 0 ? "bundle_layout" : undefined);
    const acceptance: Acceptance = bundle.bad !== undefined ? "reject" : code === undefined ? "accept" : "ignore";
    this.#context.out.emit({ kind: "verdict", messageId: source.messageId, peer: source.peer, acceptance, code });
    this.#context.out.count("bundles_in", acceptance);
    if (acceptance !== "accept") for (const envelope of bundle.fresh) this.#ports.sendOn(source.topic, envelope);
    this.#credit(bundle, source.peer);
    if (bundle.duplicates > 0) this.#ports.duplicates(source.peer, bundle.duplicates);
  }
}
