import { expect } from "vitest";
import { ValidationList } from "../../src/engine/fold/validation-list.js";

// Validation lists are equal when they hold the same validations.
expect.addEqualityTesters([
  function (a, b) {
    if (!(a instanceof ValidationList) || !(b instanceof ValidationList)) return undefined;
    return this.equals(a.ascending(), b.ascending());
  },
]);
