import { expect, test, vi } from "vitest";
import { advertisedAddresses } from "../../src/plugin/managed/node.js";

test("a host gets no more addresses than it accepts, and the log has the number of the others", () => {
  const log = vi.fn();
  const addresses = Array.from({ length: 70 }, (_, i) => `/ip4/10.0.0.${i}/tcp/2135`);
  expect(advertisedAddresses(addresses.slice(0, 64), log)).toHaveLength(64);
  expect(log).not.toHaveBeenCalled();
  expect(advertisedAddresses(addresses, log)).toEqual(addresses.slice(0, 64));
  expect(log).toHaveBeenCalledWith("warn", expect.any(String), { left_out: 6 });
});
