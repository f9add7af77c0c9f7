import { describe, expect, test } from "vitest";
import { CellDecoder, CodedCells, ShortIds, shortKey } from "../../src/engine/reconcile/index.js";
import { sipHash } from "../../src/engine/reconcile/sip-hash.js";
import type { Cell } from "../../src/protocol/difference-frames.js";
import { KEY_WORDS, readKeyHex } from "../../src/protocol/key-words.js";
import { blake3 } from "../support/simulation/fake-signer.js";

const UNLIMITED = 2 ** 31;

function keyFrom(text: string): Uint32Array {
  return shortKey(blake3(new TextEncoder().encode(text)));
}

/** Ids `from` to `to - 1` of a sequence, under a key. */
function shorts(key: Uint32Array, ...ranges: readonly (readonly [number, number])[]): ShortIds {
  const ids = new ShortIds(key);
  for (const [from, to] of ranges) {
    for (let id = from; id < to; id++) {
      ids.add(id, (handle, out) => {
        for (let word = 0; word < KEY_WORDS; word++) out[word] = Math.imul(handle + 1, 0x9e3779b1 + 2 * word);
      });
    }
  }
  return ids;
}

function cell(cells: CodedCells, at: number): Cell {
  const [high, low, check] = [cells.high[at] ?? 0, cells.low[at] ?? 0, cells.check[at] ?? 0];
  return { high, low, check, count: (cells.count[at] ?? 0) & 0xffff };
}

/** Decodes with as many cells as it takes, at most `most`, and returns their number. */
function decode(decoder: CellDecoder, theirs: CodedCells, most: number, budget = UNLIMITED): number {
  for (let at = 0; at < most && !decoder.done && !decoder.failed; at++) {
    theirs.build(at + 1, UNLIMITED);
    decoder.receive([cell(theirs, at)]);
    while (!decoder.idle) decoder.work(budget);
  }
  return decoder.received;
}

function handlesOf(ids: ShortIds, found: readonly { readonly high: number; readonly low: number }[]): number[] {
  const handles = new Map<string, number>();
  for (let at = 0; at < ids.count; at++) handles.set(`${ids.high(at)} ${ids.low(at)}`, ids.handle(at));
  return found.map(({ high, low }) => handles.get(`${high} ${low}`) ?? -1).sort((a, b) => a - b);
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("coded cells", () => {
  test("the keyed hash is SipHash-2-4: the value of the reference implementation for the bytes 0 to 31", () => {
    const key = shortKey(Uint8Array.from(range(0, 16)));
    const words = new Uint32Array(KEY_WORDS);
    readKeyHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", words);
    const out = new Uint32Array(2);
    sipHash(key, words, 0, out, 0);
    expect([...out]).toEqual([0x7127512f, 0x72f27cce]);
  });

  test.each([
    [0, 0],
    [1, 0],
    [0, 1],
    [3, 2],
    [200, 100],
  ])("%i ids that the other side lacks and %i that this side lacks are found", (ours, others) => {
    const key = keyFrom(`difference ${ours} ${others}`);
    const mine = shorts(key, [0, 2000], [2000, 2000 + ours]);
    const theirs = shorts(key, [0, 2000], [9000, 9000 + others]);
    const decoder = new CellDecoder(new CodedCells(mine));
    decode(decoder, new CodedCells(theirs), 2000);
    expect(decoder.done).toBe(true);
    expect(handlesOf(mine, decoder.own)).toEqual(range(2000, 2000 + ours));
    expect(handlesOf(theirs, decoder.theirs)).toEqual(range(9000, 9000 + others));
  });

  test("a difference of a thousand ids takes at most 1.6 cells for each id, whatever the number of common ids", () => {
    const ratios = [0, 20_000].flatMap((common) =>
      range(0, 10).map((run) => {
        const key = keyFrom(`ratio ${common} ${run}`);
        const decoder = new CellDecoder(new CodedCells(shorts(key, [0, common])));
        return decode(decoder, new CodedCells(shorts(key, [0, common], [50_000, 51_000])), 3000) / 1000;
      }),
    );
    expect(Math.max(...ratios)).toBeLessThan(1.6);
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThan(1.5);
  });

  test("a small budget gives the same difference in more steps", () => {
    const key = keyFrom("budget");
    const [mine, theirs] = [shorts(key, [0, 700]), shorts(key, [100, 900])];
    const decoder = new CellDecoder(new CodedCells(mine));
    decode(decoder, new CodedCells(theirs), 2000, 7);
    expect(handlesOf(mine, decoder.own)).toEqual(range(0, 100));
    expect(handlesOf(theirs, decoder.theirs)).toEqual(range(700, 900));
  });

  test("short ids of two keys share nothing", () => {
    const [a, b] = [shorts(keyFrom("a"), [0, 1000]), shorts(keyFrom("b"), [0, 1000])];
    const found = handlesOf(
      b,
      range(0, 1000).map((at) => ({ high: a.high(at), low: a.low(at) })),
    );
    expect(new Set(found)).toEqual(new Set([-1]));
  });
});

describe("cells that are not those of a set", () => {
  test("a short id that is missing from some of its cells ends the decoding", () => {
    const key = keyFrom("partial");
    const theirs = new CodedCells(shorts(key, [0, 1]));
    theirs.build(64, UNLIMITED);
    const decoder = new CellDecoder(new CodedCells(shorts(key)));
    const lies = range(0, 64).map((at) => (at % 2 === 0 ? cell(theirs, at) : { high: 0, low: 0, check: 0, count: 0 }));
    decoder.receive(lies);
    for (let turn = 0; turn < 10_000 && !decoder.idle; turn++) decoder.work(1000);
    expect(decoder.idle).toBe(true);
    expect(decoder.theirs.length + decoder.own.length).toBeLessThanOrEqual(65);
  });

  test("random cells find nothing and end", () => {
    const decoder = new CellDecoder(new CodedCells(shorts(keyFrom("random"), [0, 100])));
    const noise = new DataView(blake3(new Uint8Array(9)).buffer);
    decoder.receive(
      range(0, 400).map((at) => {
        const word = (salt: number): number => Math.imul(noise.getUint32(4 * (at % 8)) ^ at, 0x85ebca6b + salt) >>> 0;
        return { high: word(2), low: word(4), check: word(6), count: word(8) & 0xffff };
      }),
    );
    for (let turn = 0; turn < 10_000 && !decoder.idle; turn++) decoder.work(1000);
    expect(decoder.idle).toBe(true);
    expect(decoder.done).toBe(false);
    expect(decoder.theirs).toEqual([]);
  });
});
