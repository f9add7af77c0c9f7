/**
 * What the methods answer: snake_case, hex in lowercase, times in unix seconds. Every u64 amount is a decimal string, so
 * that no reader rounds it.
 */
export type Answer = Readonly<Record<string, unknown>>;
