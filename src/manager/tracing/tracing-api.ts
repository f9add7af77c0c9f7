/** The part of a span of OpenTelemetry that the node uses. */
export interface TracingSpan {
  setAttribute(name: string, value: string | number): unknown;
  end(): void;
}

/**
 * The part of the package `@opentelemetry/api` that the node uses; its module fits. The node has no copy of its own:
 * spans of another version than the caller's would get lost.
 */
export interface TracingApi {
  readonly trace: {
    getTracer(name: string, version?: string): TracingTracer;
    setSpan(context: unknown, span: TracingSpan): unknown;
  };
  readonly context: { active(): unknown };
}

export interface TracingTracer {
  startSpan(name: string, options?: { attributes?: Record<string, string | number> }, context?: unknown): TracingSpan;
}
