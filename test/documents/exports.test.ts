import { expect, test } from "vitest";
import * as library from "../../src/index.js";

test("the package exports what it promises to a program, and nothing that its folders share among themselves", () => {
  expect(Object.keys(library).sort()).toEqual(
    [
      ["AINetworkSyncManager", "ApiMetrics", "DEFAULT_API_HOST", "DEFAULT_API_PORT", "DEFAULT_NETWORK_NAME"],
      ["DEFAULT_RULES", "EVENT_NAMES", "KIND_NUMBERS", "MAX_VALIDATION_BODIES", "METHOD_NAMES", "NETWORKS"],
      ["NetworkError", "REASONS", "TASK_STATUSES", "createApiServer", "defaultListen", "jsonText", "loadKernel"],
      ["networkIdentity", "openSidecar", "openStandalone", "parseJson", "parseRequest", "readToken"],
      ["startSidecar", "startStandalone", "submissionDraft", "taskDraft", "validationDraft"],
    ].flat(),
  );
});
