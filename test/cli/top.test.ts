import { expect, test } from "vitest";
import { Screen } from "../../src/cli/top/screen.js";
import { fakeNode } from "../support/run-cli.js";

const ESC = "\u001b[";
// Every sequence that a terminal obeys, and the text between them.
const SEQUENCE = new RegExp(`${ESC.replace("[", "\\[")}[?0-9;]*[A-Za-z]`, "g");

test("top prints the node once, as plain text, into a pipe", async () => {
  const { cli } = await fakeNode();
  const { code, out, err } = await cli(["top"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).not.toContain("\u001b");
  expect(out).toMatch(/^tos-ai-sync 0\.1\.0 on devnet "dev" {3}up .* {3}health ok\n/);
  expect(out).toContain("bundles  accepted 5   ignored 1   rejected 0");
  expect(out).toContain("Peers, the best score first");
  expect(out).toContain("chain events");
  const json = JSON.parse((await cli(["top", "--json"])).out);
  expect(Object.keys(json)).toEqual(["info", "stats", "peers", "tasks", "alerts"]);
});

test("top draws the views that keys choose, ends by q, and gives the terminal back", async () => {
  const { cli } = await fakeNode();
  let press: (key: string) => void = () => undefined;
  let freed = 0;
  const wanted = [
    ["overview", "2"],
    ["SYNC/GOSSIP", "3"],
    ["Newest tasks", "4"],
    ["Strands", "5"],
    ["known_ids", "6"],
    ["Notable, newest first", "q"],
  ];
  const { code, out } = await cli(["top"], {
    terminal: 100,
    rows: 30,
    keys: (listener) => {
      press = listener;
      return () => freed++;
    },
    onOut: (text) => {
      const [next] = wanted;
      if (next === undefined || !text.includes(next[0] ?? "")) return;
      wanted.shift();
      setImmediate(() => press(next[1] ?? ""));
    },
  });
  expect([code, freed, wanted]).toEqual([0, 1, []]);
  expect(out.startsWith(`${ESC}?1049h`)).toBe(true);
  expect(out.endsWith(`${ESC}?25h${ESC}?1049l`)).toBe(true);
});

test("a frame writes only the lines that changed, and all of them after a change of size", () => {
  const written: string[] = [];
  const sink = { isTTY: true, columns: 20, rows: 5, write: (text: string) => written.push(text) };
  const screen = new Screen(sink);
  const lines = (middle: string) => ["title", "one", middle, "three", "foot"];
  screen.draw(lines("two"));
  screen.draw(lines("two"));
  expect(written).toHaveLength(2);
  screen.draw(lines("2"));
  expect(written.at(-1)?.replace(SEQUENCE, "")).toBe("2");
  sink.columns = 10;
  expect(screen.resized).toBe(true);
  screen.draw(lines("a line that is longer than the terminal"));
  expect(written.at(-1)?.replace(SEQUENCE, "")).toBe("titleonea line thathreefoot");
  sink.rows = 3;
  screen.draw(lines("two"));
  expect(written.at(-1)?.replace(SEQUENCE, "")).toBe("titleonefoot");
});

test("foreign text cannot control the terminal or shift a column", async () => {
  const { cli, control } = await fakeNode();
  const [peer] = control.peers();
  if (peer === undefined) throw new Error("no peer");
  control.peers = () => [{ ...peer, agent: "evil\u001b[2J\u202e\u4e2d\n" }];
  const { out } = await cli(["top"]);
  for (const found of ["\u001b", "\u202e", "\u4e2d"]) expect(out).not.toContain(found);
  expect(out).toContain("evil?[2J");
});
