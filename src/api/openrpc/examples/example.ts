/** A request of a method with its answer, and one that is refused with its error. */
export interface MethodExample {
  /** By name; empty for a request without parameters. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly result: unknown;
  readonly refused: { readonly params: unknown; readonly error: unknown };
}
