import { expect, test } from "vitest";
import * as library from "../../src/index.js";

test("the package exports what it promises to a program, and nothing that its folders share among themselves", () => {
  expect(Object.keys(library).sort()).toEqual(
    [
      [
        "AINetworkSyncManager",
        "ApiMetrics",
        "CERTIFICATE_REFUSALS",
        "CHAIN_TROUBLES",
        "DEFAULT_API_HOST",
        "DEFAULT_API_PORT",
      ],
      ["DEFAULT_NETWORK_NAME", "DEFAULT_RULES", "DIAL_REASONS", "DIFFICULTIES", "EVENT_NAMES", "FAULTS"],
      ["HEALTH_COMPONENTS", "KIND_NUMBERS", "LINE_LOSSES", "MAX_VALIDATION_BODIES", "METHOD_NAMES", "NETWORKS"],
      [
        "NODE_COUNTER_LABELS",
        "NetworkError",
        "REASONS",
        "RECORD_KINDS",
        "REGISTRY_SOURCES",
        "TASK_LIFE",
        "TASK_STATUSES",
        "TASK_TYPES",
      ],
      ["VALIDATION_KINDS", "VERIFICATIONS", "createApiServer", "defaultListen", "jsonText", "loadKernel"],
      ["networkIdentity", "openSidecar", "openStandalone", "parseJson", "parseRequest", "readToken"],
      ["startSidecar", "startStandalone", "submissionDraft", "taskDraft", "validationDraft"],
      ["verifyCertificate"],
    ].flat(),
  );
});
