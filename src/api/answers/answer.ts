/**
 * The answer of a method: snake_case, lowercase hex, times in unix seconds. Every u64 amount is a decimal string, so
 * that no reader rounds it.
 */
export type Answer = Readonly<Record<string, unknown>>;
