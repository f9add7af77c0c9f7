import type { ActiveFault } from "./fault-codes.js";
import type { HealthComponent, HealthStatus } from "./health-components.js";

export interface NodeHealth {
  /** The worst status of the components. */
  readonly status: HealthStatus;
  readonly components: readonly ComponentHealth[];
  /** Every lasting fault, the worst first, then the oldest. */
  readonly faults: readonly ActiveFault[];
  /** Conditions that a person should check although nothing is degraded yet. */
  readonly warnings?: readonly string[];
}

export interface ComponentHealth {
  readonly name: HealthComponent;
  readonly status: HealthStatus;
  /** For a person; undefined when ok. */
  readonly reason: string | undefined;
}

type HealthAnswer = Readonly<Record<string, unknown>>;

/** The answer of `/health` and `ai_get_network_info`. */
export function healthAnswer(health: NodeHealth): HealthAnswer {
  const components = health.components.map(({ name, status, reason }) => [
    name,
    reason === undefined ? { status } : { status, reason },
  ]);
  return {
    status: health.status,
    components: Object.fromEntries(components),
    faults: health.faults.map(faultAnswer),
    ...(health.warnings === undefined || health.warnings.length === 0 ? {} : { warnings: health.warnings }),
  };
}

function faultAnswer({ component, code, status, text, cure, sinceSeconds }: ActiveFault): object {
  return { component, code, status, text, ...(cure === undefined ? {} : { cure }), since: sinceSeconds };
}
