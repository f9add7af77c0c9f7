/** The health components of the specification's sister documents and of this program. */
export const HEALTH_COMPONENTS = [
  "storage",
  "network",
  "task_processing",
  "validation",
  "kernel",
  "chain",
  "signing",
  "sync",
  "clock",
  "log",
  "api",
] as const;
export type HealthComponent = (typeof HEALTH_COMPONENTS)[number];
export type HealthStatus = "ok" | "degraded" | "failed";
