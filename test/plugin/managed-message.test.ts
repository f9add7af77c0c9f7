import { expect, test } from "vitest";
import { readMessage } from "../../src/plugin/managed/message.js";

test("a request of the host with a duplicate name is refused with the name", () => {
  const line = '{"jsonrpc":"2.0","id":1,"method":"rpc","params":{"method":"ai_publish_task","params":{"x":1,"x":2}}}';
  expect(() => readMessage(line)).toThrow(/the name "x" stands twice/);
});

test("a notification with a duplicate name keeps the last value, because it is never signed", () => {
  const line = '{"jsonrpc":"2.0","method":"head","params":{"height":1,"height":2}}';
  expect(readMessage(line)).toEqual({ kind: "notification", method: "head", params: { height: 2 } });
});
