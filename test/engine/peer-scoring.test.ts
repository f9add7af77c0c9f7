import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PeerScoring, START_SCORE } from "../../src/engine/peers/peer-scoring.js";
import { key } from "../support/engine-world.js";

const DAY = 86_400;
const [peer, other] = [key(0), key(1)] as [string, string];

function parts(scoring: PeerScoring, who: string, now: number): number[] {
  const score = scoring.get(who, now);
  return score === undefined ? [] : [score.reliability, score.responsiveness, score.quality, score.overall];
}

describe("PeerScoring", () => {
  it("scoring changes scores by the specification's steps and weights, within their range", () => {
    const scoring = new PeerScoring();
    expect(scoring.overall(peer, 0)).toBe(START_SCORE);
    scoring.useful(peer, 0);
    expect(parts(scoring, peer, 0)).toEqual([6000, 5000, 5000, 5400]);
    scoring.helpful(peer, 0);
    expect(parts(scoring, peer, 0)).toEqual([6000, 6000, 5500, 5850]);
    for (let i = 0; i < 20; i++) scoring.helpful(peer, 0);
    scoring.useful(peer, 0, 20);
    expect(parts(scoring, peer, 0)).toEqual([10_000, 10_000, 10_000, 10_000]);
    for (let i = 0; i < 20; i++) scoring.fault(peer, 0, "bad_signature");
    expect(parts(scoring, peer, 0)).toEqual([10_000, 10_000, 0, 7000]);
    expect(scoring.get(peer, 0)?.interactionCount).toBe(43);
  });

  it("scoring does not lower the score of an honest relay in a mesh of six that is always last", () => {
    const scoring = new PeerScoring();
    const [first, ...late] = [1, 2, 3, 4, 5, 6].map(key) as [string, ...string[]];
    for (let i = 0; i < 5000; i++) {
      scoring.useful(first, 0);
      for (const relay of late) scoring.duplicate(relay, 0);
    }
    for (const relay of late) expect(scoring.get(relay, 0)?.reliability).toBe(5000);
  });

  it("scoring lowers the score of a peer by 0.05 for each copy above the one it may send", () => {
    const scoring = new PeerScoring();
    scoring.helpful(peer, 0);
    scoring.useful(other, 0, 1000);
    // One copy of each new record, and the copies without penalty on first contact.
    scoring.duplicate(peer, 0, 1000 + 256);
    expect(parts(scoring, peer, 0)[0]).toBe(5000);
    scoring.duplicate(peer, 0, 3);
    expect(parts(scoring, peer, 0)[0]).toBe(5000 - 3 * 500);
    scoring.duplicate(peer, 0, 1000);
    expect(parts(scoring, peer, 0)[0]).toBe(0);
  });

  it("allows a silent peer a bounded number of copies without penalty", () => {
    const scoring = new PeerScoring();
    scoring.duplicate(peer, 0, 256);
    scoring.noteNew(1_000_000);
    scoring.duplicate(peer, 0, 4096);
    expect(parts(scoring, peer, 0)[0]).toBe(5000);
    scoring.duplicate(peer, 0, 1);
    expect(parts(scoring, peer, 0)[0]).toBe(4500);
  });

  it("scoring does not allow a peer copies of the records that it sent first", () => {
    const scoring = new PeerScoring();
    scoring.useful(peer, 0, 300);
    scoring.duplicate(peer, 0, 256 + 4);
    expect(parts(scoring, peer, 0)[0]).toBe(10_000 - 4 * 500);
  });

  it("a score decays by 1 % a day towards the start score from both sides, however often it is read", () => {
    const scoring = new PeerScoring();
    scoring.useful(peer, 0, 5);
    for (let i = 0; i < 5; i++) scoring.fault(peer, 0, "bad_signature");
    fc.assert(
      fc.property(fc.nat({ max: 4000 * DAY }), (seconds) => {
        const left = 5000 * 0.99 ** (seconds / DAY);
        const [reliability, , quality] = parts(scoring, peer, seconds) as [number, number, number];
        expect(Math.abs(reliability - (5000 + left))).toBeLessThan(0.500001);
        expect(Math.abs(quality - (5000 - left))).toBeLessThan(0.500001);
        expect(scoring.get(peer, seconds)?.interactionCount).toBe(6);
      }),
    );
    expect(parts(scoring, peer, DAY)).toEqual([9950, 5000, 50, 5495]);
    // A clock that goes back causes no decay and no error.
    expect(parts(scoring, peer, -5)[0]).toBe(10_000);
    scoring.helpful(peer, -DAY);
    expect(parts(scoring, peer, DAY)[0]).toBe(9950);
  });

  it("returns the best candidates; reported scores change no rank by more than 0.05", () => {
    const scoring = new PeerScoring();
    const [a, b, c] = [1, 2, 3].map(key).sort() as [string, string, string];
    scoring.useful(b, 0);
    expect(scoring.best([c, a, b, b], 2, 0)).toEqual([b, a]);
    expect(scoring.best([a, b, c], 1, 0, (who) => (who === c ? 10_000 : 0))).toEqual([c]);
    scoring.useful(b, 0, 2);
    expect(scoring.best([a, b, c], 1, 0, (who) => (who === c ? 10_000 : 0))).toEqual([b]);
    expect(scoring.best([a, b, c], 9, 0, (who) => (who === b ? -9999 : 0))).toEqual([b, a, c]);
    expect(scoring.best([], 3, 0)).toEqual([]);
  });

  it("remembers a bounded number of peers and forgets the least recent one", () => {
    const scoring = new PeerScoring({ maxPeers: 2 });
    scoring.helpful(key(1), 0);
    scoring.helpful(key(2), 0);
    scoring.helpful(key(1), 1);
    scoring.helpful(key(3), 1);
    expect(scoring.size).toBe(2);
    expect(scoring.get(key(2), 1)).toBeUndefined();
    expect(scoring.get(key(1), 1)?.interactionCount).toBe(2);
  });

  it("scoring is restored from a snapshot, decayed by the time between, without damaged entries", () => {
    const scoring = new PeerScoring();
    for (const who of [peer, other]) scoring.helpful(who, 100);
    const back = new PeerScoring();
    const [score] = scoring.snapshot();
    if (score === undefined) throw new Error("no score");
    const damaged = [
      { ...score, key: "zz" },
      { ...score, quality: 10_001 },
      { ...score, reliability: 0.5 },
      { ...score, updatedSeconds: Number.NaN },
      { ...score, interactionCount: -1 },
    ];
    back.restore([...damaged, ...scoring.snapshot()]);
    expect(back.snapshot()).toEqual(scoring.snapshot());
    for (const now of [100, 100 + DAY]) expect(back.get(peer, now)).toEqual(scoring.get(peer, now));
  });
});
