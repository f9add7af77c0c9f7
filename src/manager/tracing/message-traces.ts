import type { TracingApi, TracingSpan, TracingTracer } from "./tracing-api.js";

export interface TracesPorts {
  readonly api: TracingApi;
  readonly version: string;
  /** The tracer threw. The node runs on without traces. */
  readonly failed: (error: unknown) => void;
}

/** A bundle on its way through the node. */
export interface TracedBundle {
  readonly bundle: Uint8Array;
  readonly source: { readonly kind: string };
}

/** Ends a part of a way. */
type End = () => void;

const NOTHING: End = () => undefined;

/** The way of a caller's record. */
export interface Publication {
  readonly part: <T>(name: "reserve" | "sign", work: () => Promise<T>) => Promise<T>;
  /** Queues the bundle of the record, at once. */
  readonly queue: (work: () => void) => void;
  /** `outcome`: `published`, `duplicate`, or a reason code. */
  readonly end: (outcome: string) => void;
}

/** The way of a record without a trace. */
export const NO_PUBLICATION: Publication = {
  part: (_, work) => work(),
  queue: (work) => work(),
  end: () => undefined,
};

/**
 * Spans of the way of each message, for a caller that gives an OpenTelemetry API. A span `bundle` lasts from the queue
 * to the verdict, with the parts `scan`, `verify` and `write`; the write may end later than the verdict. A span
 * `publish` lasts from a caller's draft to its answer, with the parts `reserve`, `sign` and the bundle of the record.
 *
 * A tracer that throws is not called again.
 */
export class MessageTraces {
  readonly #ports: TracesPorts;
  #isBroken = false;
  #tracer: TracingTracer | undefined;
  /** The span of each bundle on its way. */
  readonly #spans = new WeakMap<TracedBundle, TracingSpan>();
  /** The publication that queues a bundle now. */
  #publication: TracingSpan | undefined;
  /** The bundles that the engine handles now. */
  #handled: readonly TracedBundle[] = [];

  constructor(ports: TracesPorts) {
    this.#ports = ports;
    this.#guard(() => {
      this.#tracer = ports.api.trace.getTracer("tos-ai-sync", ports.version);
    });
  }

  /** A bundle is queued. */
  received(traced: TracedBundle): void {
    const { bundle, source } = traced;
    const attributes = { source: source.kind, bytes: bundle.length };
    const span = this.#start("bundle", this.#publication, attributes);
    if (span !== undefined) this.#spans.set(traced, span);
  }

  /** A part of the way of bundles begins. */
  part(name: "scan" | "verify" | "write", bundles: readonly TracedBundle[]): End {
    const parts = bundles.flatMap((traced) => {
      const way = this.#spans.get(traced);
      const span = way === undefined ? undefined : this.#start(name, way, { bundles: bundles.length });
      return span === undefined ? [] : [span];
    });
    return parts.length === 0 ? NOTHING : () => this.#end(parts);
  }

  /** Runs a step of the engine about these bundles: what it writes belongs to them. */
  during(bundles: readonly TracedBundle[], step: () => void): void {
    const before = this.#handled;
    this.#handled = bundles;
    try {
      step();
    } finally {
      this.#handled = before;
    }
  }

  /** A write of the current step. */
  write(written: Promise<unknown>): void {
    const ended = this.part("write", this.#handled);
    if (ended !== NOTHING) written.then(ended, ended);
  }

  /** The bundles have their verdicts, or were dropped. */
  judged(bundles: readonly TracedBundle[]): void {
    this.#end(bundles.flatMap((traced) => this.#spans.get(traced) ?? []));
  }

  /** A caller's record is published. */
  publication(type: number): Publication {
    const span = this.#start("publish", undefined, { type });
    if (span === undefined) return NO_PUBLICATION;
    return {
      part: async (name, work) => {
        const part = this.#start(name, span, {});
        try {
          return await work();
        } finally {
          if (part !== undefined) this.#end([part]);
        }
      },
      queue: (work) => {
        this.#publication = span;
        try {
          work();
        } finally {
          this.#publication = undefined;
        }
      },
      end: (outcome) => {
        this.#guard(() => span.setAttribute("outcome", outcome));
        this.#end([span]);
      },
    };
  }

  #start(
    name: string,
    parent: TracingSpan | undefined,
    attributes: Record<string, string | number>,
  ): TracingSpan | undefined {
    const { trace, context } = this.#ports.api;
    return this.#guard(() => {
      const active = context.active();
      const within = parent === undefined ? active : trace.setSpan(active, parent);
      return this.#tracer?.startSpan(`tos_ai_sync.${name}`, { attributes }, within);
    });
  }

  #end(spans: readonly TracingSpan[]): void {
    this.#guard(() => {
      for (const span of spans) span.end();
    });
  }

  #guard<T>(work: () => T): T | undefined {
    if (this.#isBroken) return undefined;
    try {
      return work();
    } catch (error) {
      this.#isBroken = true;
      this.#ports.failed(error);
      return undefined;
    }
  }
}
