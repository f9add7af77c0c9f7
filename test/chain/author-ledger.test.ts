import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AUTHORS_MAX,
  AuthorLedger,
  FOUND_MAX,
  PLACES_KEPT_MAX,
  RECENT_BLOCKS_MAX,
} from "../../src/chain/registry/author-ledger.js";
import type { ChainBlock } from "../../src/chain/types.js";

const key = (n: number): string => n.toString(16).padStart(64, "0");

/** A block of a linear chain. With `branch` it is another block at the same place. */
function block(topoheight: number, registered: readonly number[] = [], branch = 0): ChainBlock {
  return {
    topoheight,
    height: topoheight,
    hash: key(topoheight * 1000 + branch),
    timestampMs: topoheight * 1000 + 999,
    ...(registered.length === 0 ? {} : { registered: registered.map(key) }),
  };
}

function walked(blocks: readonly ChainBlock[], stableHeight: number): AuthorLedger {
  const ledger = new AuthorLedger();
  for (const one of blocks) ledger.block(one);
  ledger.stableAt(stableHeight);
  return ledger;
}

describe("the ledger of authors", () => {
  it("the ledger counts a registration when its block is stable, from the block's second", () => {
    const ledger = walked([block(0), block(1), block(2, [7]), block(3)], 1);
    expect([...ledger.authors]).toEqual([]);
    expect(ledger.stable).toMatchObject({ topoheight: 1, hash: block(1).hash, timeSeconds: 1 });
    ledger.stableAt(2);
    expect([...ledger.authors]).toEqual([[key(7), { topoheight: 2, height: 2, fromSeconds: 2 }]]);
    expect(ledger.stable).toMatchObject({ topoheight: 2, timeSeconds: 2 });
  });

  it("the stable place stays before the first block that is not stable", () => {
    const side = { ...block(2), height: 1 };
    const ledger = walked([block(0), { ...block(1, [4]), height: 2 }, { ...side, registered: [key(5)] }], 1);
    expect([...ledger.authors.keys()]).toEqual([key(5)]);
    expect(ledger.stable?.topoheight).toBe(0);
  });

  it("the first registration of a key is the valid one", () => {
    expect(walked([block(0, [1]), block(5, [1])], 9).authors.get(key(1))?.fromSeconds).toBe(0);
  });

  it("a lower stable height removes the registrations above it until they are stable again", () => {
    const ledger = walked([block(0), block(1, [1]), block(2, [2])], 2);
    const { revision } = ledger;
    ledger.stableAt(1);
    expect([...ledger.authors.keys()]).toEqual([key(1)]);
    expect(ledger.stable).toMatchObject({ topoheight: 1, hash: block(1).hash, timeSeconds: 1 });
    expect(ledger.has(key(2))).toBe(true);
    expect(ledger.revision).toBeGreaterThan(revision);
    ledger.stableAtLeast(0);
    expect([...ledger.authors.keys()]).toEqual([key(1)]);
    ledger.stableAt(2);
    expect([...ledger.authors.keys()].sort()).toEqual([key(1), key(2)]);
  });

  it("a second reading replaces the registrations up to its last block, and no later ones", () => {
    const ledger = walked([block(0), block(1, [1, 9]), block(2), block(3, [3]), block(4, [4])], 3);
    const read = walked([block(0), block(1, [1]), block(2, [2])], 2);
    expect(ledger.reviewed(2, read.authors)).toBe(2);
    expect([...ledger.authors.keys()].sort()).toEqual([key(1), key(2), key(3)]);
    expect(ledger.authors.get(key(2))).toEqual({ topoheight: 2, height: 2, fromSeconds: 2 });
    expect(ledger.reviewed(2, read.authors)).toBe(0);
    ledger.stableAt(4);
    expect(ledger.has(key(4))).toBe(true);
  });

  it("a second reading moves an author that the first one found in a later block", () => {
    const ledger = walked([block(0), block(1), block(2, [2])], 2);
    const read = walked([block(0), block(1, [2]), block(2, [2])], 2);
    expect(ledger.reviewed(2, read.authors)).toBe(1);
    expect(ledger.authors.get(key(2))?.topoheight).toBe(1);
  });

  it("blocks after a rewind do not count before the next head", () => {
    const ledger = walked([block(0), block(1), block(2), block(3)], 3);
    ledger.rewound(1);
    ledger.block(block(2, [2], 1));
    expect(ledger.authors.size).toBe(0);
    expect(ledger.stable?.topoheight).toBe(1);
    ledger.stableAt(2);
    expect(ledger.authors.has(key(2))).toBe(true);
  });

  it("a restored ledger continues like one that never stopped, with the last blocks to rewind to", () => {
    const chain = Array.from({ length: 100 }, (_, i) => block(i, i % 10 === 0 ? [i] : []));
    const first = walked(chain, 90);
    const { places, authors } = { places: first.places(), authors: new Map(first.authors) };
    expect(places).toHaveLength(PLACES_KEPT_MAX);
    expect(places.at(-1)).toEqual(first.stable);
    const second = new AuthorLedger({ places, authors, gap: undefined });
    expect(second.stable).toEqual(first.stable);
    second.stableAt(75);
    second.rewound(79);
    for (const ledger of [second, walked(chain.slice(0, 80), 75)]) {
      ledger.block(block(80, [200], 1));
      ledger.stableAt(80);
      expect(ledger.stable).toMatchObject({ topoheight: 80, timeSeconds: 80 });
      expect([...ledger.authors.keys()].sort()).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 200].map(key).sort());
    }
  });

  it("the ledger reports skipped blocks until a rewind removes them", () => {
    const ledger = walked([block(0)], 0);
    expect(ledger.gap).toBeUndefined();
    ledger.skipped(10);
    ledger.block(block(11));
    ledger.skipped(20);
    expect(ledger.gap).toEqual({ fromTopoheight: 1, toTopoheight: 20 });
    ledger.rewound(15);
    expect(ledger.gap).toEqual({ fromTopoheight: 1, toTopoheight: 15 });
    ledger.rewound(0);
    expect(ledger.gap).toBeUndefined();
  });

  it("a rewind undoes registrations, also past the stable height", () => {
    const ledger = walked([block(0), block(1, [1]), block(2), block(3, [3])], 3);
    ledger.rewound(1);
    expect([...ledger.authors.keys()]).toEqual([key(1)]);
    expect(ledger.stable).toMatchObject({ topoheight: 1, hash: block(1).hash, timeSeconds: 1 });
    ledger.rewound(-1);
    expect(ledger.authors.size).toBe(0);
    expect(ledger.stable).toBeUndefined();
  });

  it("the ledger is the same after any rewinds, repeats and look-ups as after one straight run", () => {
    const step = fc.record({
      back: fc.nat({ max: 12 }),
      blocks: fc.array(fc.array(fc.nat({ max: 20 }), { maxLength: 2 }), { minLength: 1, maxLength: 12 }),
      repeat: fc.boolean(),
      ahead: fc.option(fc.record({ author: fc.nat({ max: 25 }), by: fc.nat({ max: 6 }) })),
      depth: fc.nat({ max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.boolean(), (steps, announced) => {
        const chain: ChainBlock[] = [block(0)];
        const ledger = walked(chain, 0);
        let stableHeight = 0;
        for (const [branch, { back, blocks, repeat, ahead, depth }] of steps.entries()) {
          const keep = Math.max(1, chain.length - back);
          const undone = chain.splice(keep).length > 0;
          // A rewind is emitted. Without it, the other block at its place shows the rewind.
          if (undone && announced) ledger.rewound(keep - 1);
          if (ahead !== null) ledger.found(key(ahead.author), block(chain.length + ahead.by));
          for (const registered of blocks) {
            chain.push(block(chain.length, registered, branch + 1));
            ledger.block(chain.at(-1) as ChainBlock);
          }
          if (repeat) ledger.block(chain[Math.max(0, chain.length - 3)] as ChainBlock);
          stableHeight = Math.max(stableHeight, chain.length - 1 - depth);
          ledger.stableAt(stableHeight);
        }
        // The stream ends past every block of a look-up, so it has decided all of them.
        for (let more = 0; more < 8; more++) {
          chain.push(block(chain.length));
          ledger.block(chain.at(-1) as ChainBlock);
        }
        ledger.stableAt(chain.length);
        const straight = walked(chain, chain.length);
        expect(new Map([...ledger.authors].sort())).toEqual(new Map([...straight.authors].sort()));
        expect(ledger.stable).toEqual(straight.stable);
      }),
    );
  });
});

describe("authors found by asking", () => {
  it("an author found by look-up counts before the stream reaches the block, when it is stable", () => {
    const ledger = walked([block(0)], 0);
    ledger.found(key(9), block(50));
    expect(ledger.has(key(9))).toBe(true);
    expect(ledger.authors.has(key(9))).toBe(false);
    ledger.stableAt(50);
    expect(ledger.authors.get(key(9))?.fromSeconds).toBe(50);
  });

  it("an author found by look-up is dropped if the block does not register it", () => {
    const ledger = walked([block(0)], 9);
    ledger.found(key(9), block(2));
    ledger.block(block(1));
    expect(ledger.authors.has(key(9))).toBe(true);
    ledger.block(block(2));
    expect(ledger.has(key(9))).toBe(false);
  });

  it("the block stream corrects the block of an author found by look-up", () => {
    const ledger = walked([block(0)], 9);
    ledger.found(key(9), block(5));
    ledger.block(block(1, [9]));
    for (const topoheight of [2, 3, 4, 5, 6]) ledger.block(block(topoheight));
    expect(ledger.authors.get(key(9))).toEqual({ topoheight: 1, height: 1, fromSeconds: 1 });
  });

  it("a look-up is ignored for a processed block and past the cap", () => {
    const ledger = walked([block(0), block(1)], 9);
    ledger.found(key(9), block(1));
    expect(ledger.has(key(9))).toBe(false);
    for (let i = 0; i < FOUND_MAX + 5; i++) ledger.found(key(100 + i), block(2 + i));
    expect(ledger.sizes).toMatchObject({ found: FOUND_MAX, authors: FOUND_MAX });
  });

  it("an author found by look-up stays known if its block is skipped", () => {
    const ledger = walked([block(0)], 100);
    ledger.found(key(9), block(5));
    ledger.skipped(80);
    ledger.block(block(81));
    expect(ledger.authors.has(key(9))).toBe(true);
    expect(ledger.stable?.topoheight).toBe(81);
  });
});

describe("bounds of the ledger", () => {
  it("the ledger refuses and counts authors past the cap", () => {
    const ledger = new AuthorLedger();
    const all = Array.from({ length: AUTHORS_MAX + 3 }, (_, i) => i);
    ledger.block(block(0, all.slice(0, AUTHORS_MAX - 1)));
    ledger.block(block(1, all.slice(AUTHORS_MAX - 1)));
    ledger.stableAt(1);
    expect(ledger.sizes.authors).toBe(AUTHORS_MAX);
    expect(ledger.refused).toBe(3);
  });

  it("a stream without heads keeps a bounded number of blocks and settles the deep ones", () => {
    const ledger = new AuthorLedger();
    for (let i = 0; i < RECENT_BLOCKS_MAX + 500; i++) ledger.block(block(i, i % 100 === 0 ? [i] : []));
    expect(ledger.sizes.blocks).toBe(RECENT_BLOCKS_MAX);
    expect(ledger.stable?.topoheight).toBe(499);
    expect([...ledger.authors.keys()]).toEqual([0, 100, 200, 300, 400].map(key));
  });

  it("the ledger ignores an invalid key", () => {
    const ledger = new AuthorLedger();
    ledger.block({ ...block(0), registered: ["", "zz".repeat(32), key(1).toUpperCase().replace("1", "A")] });
    expect(ledger.sizes.authors).toBe(0);
  });
});
