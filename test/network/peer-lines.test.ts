import { describe, expect, it } from "vitest";
import { LINES_PER_MINUTE } from "../../src/network/constants.js";
import { PeerLines } from "../../src/network/sessions/peer-lines.js";

interface Line {
  readonly level: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

function lines() {
  const logged: Line[] = [];
  const clock = { nowMs: 0 };
  const made = new PeerLines(
    (level, _text, fields) => logged.push({ level, fields }),
    () => clock.nowMs,
  );
  const say = (peer: string, code = "wrong_network") =>
    made.write("warn", code, peer, "refused a peer", { peer, code });
  return { made, say, clock, warnings: () => logged.filter(({ level }) => level === "warn"), logged };
}

describe("log lines about peers", () => {
  it("log lines about refused peer ids are bounded for any number of ids, and the others are counted", () => {
    const { made, say, clock, warnings, logged } = lines();
    for (let i = 0; i < 5000; i++) say(`peer ${i}`);
    expect(warnings()).toHaveLength(LINES_PER_MINUTE);
    expect(logged).toHaveLength(5000);
    clock.nowMs = 60_000;
    made.tick();
    made.tick();
    expect(warnings()).toHaveLength(LINES_PER_MINUTE + 1);
    expect(warnings().at(-1)?.fields).toEqual({ code: "wrong_network", peers: 5000 - LINES_PER_MINUTE });
  });

  it("log lines of one reason leave room for another reason, and name each peer once", () => {
    const { say, warnings } = lines();
    for (let i = 0; i < 100; i++) say(`peer ${i}`);
    for (let i = 0; i < 100; i++) say("peer a", "bad_signature");
    const other = warnings().filter(({ fields }) => fields.code === "bad_signature");
    expect(other).toHaveLength(1);
  });
});
