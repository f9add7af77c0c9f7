/**
 * Spans of the way of each message through the node, if a caller gives an OpenTelemetry API ({@link MessageTraces}).
 * Without one nothing is made.
 *
 * In: the moments of the scan queue, the publisher and the effect runner. Out: spans to the caller's tracer.
 *
 * Bounds: one span for each queued bundle and its parts, so the bounds of the scan queue hold. The sampler and the
 * exporter are the caller's.
 */
export { MessageTraces, NO_PUBLICATION, type Publication } from "./message-traces.js";
export type { TracingApi, TracingSpan, TracingTracer } from "./tracing-api.js";
