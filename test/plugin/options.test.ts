import { expect, test } from "vitest";
import { openSidecar, openStandalone, startSidecar, startStandalone } from "../../src/index.js";

/** Options as a program in JavaScript gives them. */
const given = (json: string) => JSON.parse(json);

test.each([
  ["{}", "openStandalone: the option dirPath: it is missing. Its options are dirPath, listen,"],
  ["null", "openStandalone: expected an object with options."],
  ['{"dirPath": "x", "lisen": []}', 'there is no option "lisen"'],
  ['{"dirPath": "x", "listen": "/ip4/127.0.0.1/tcp/0"}', "the option listen: "],
  ['{"dirPath": "x", "network": "moonnet"}', "the option network: "],
  ['{"dirPath": "x", "taskTypes": [6]}', "the option taskTypes.0: "],
  ['{"dirPath": "x", "daemon": "127.0.0.1:1"}', 'there is no option "daemon"'],
])("wrong options %s are refused with their names before anything is opened", async (json, text) => {
  await expect(openStandalone(given(json))).rejects.toMatchObject({
    code: "bad_parameters",
    message: expect.stringContaining(text),
  });
});

test("each way to open a node knows its own options", async () => {
  const message = (option: string) => ({ message: expect.stringContaining(option) });
  await expect(startStandalone(given('{"dirPath": "x", "api": {"port": 1}}'))).rejects.toMatchObject(
    message("api.host"),
  );
  await expect(openSidecar(given('{"dirPath": "x"}'))).rejects.toMatchObject(message("daemon"));
  await expect(startSidecar(given('{"dirPath": "x", "daemon": "a", "nodes": 1}'))).rejects.toMatchObject(
    message('no option "nodes"'),
  );
});
