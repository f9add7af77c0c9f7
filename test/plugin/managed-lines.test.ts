import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LineFault, LineReader } from "../../src/plugin/managed/line-reader.js";

interface Read {
  readonly lines: string[];
  readonly faults: LineFault[];
  readonly reader: LineReader;
}

function reading(maxBytes?: number): Read {
  const lines: string[] = [];
  const faults: LineFault[] = [];
  const sink = { line: (text: string) => lines.push(text), fault: (fault: LineFault) => faults.push(fault) };
  return { lines, faults, reader: new LineReader(sink, maxBytes) };
}

/** Bytes in pieces that end at these places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
}

describe("lines from the host", () => {
  it("any cut of the stream gives the same lines, and a line that is too long costs no other line", () => {
    const line = fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replaceAll("\n", ""));
    const input = fc.record({ lines: fc.array(line, { maxLength: 12 }), cuts: fc.array(fc.nat(), { maxLength: 20 }) });
    fc.assert(
      fc.property(input, ({ lines, cuts }) => {
        const limit = 60;
        const { reader, lines: read, faults } = reading(limit);
        const sound = lines.map((text) => Buffer.from(text).toString());
        const bytes = Buffer.from(sound.map((text) => `${text}\n`).join(""));
        for (const piece of pieces(bytes, cuts)) {
          reader.push(piece);
          expect(reader.pendingBytes).toBeLessThan(limit);
        }
        const short = sound.filter((text) => Buffer.byteLength(text) < limit);
        expect(read).toEqual(short);
        expect(faults).toEqual(sound.slice(short.length).map(() => "too_long"));
        expect(reader.pendingBytes).toBe(0);
      }),
    );
  });

  it("a line with its end may have 4 MiB and no byte more", () => {
    const { reader, lines, faults } = reading();
    const longest = Buffer.alloc(4 * 1024 * 1024, "x");
    longest[longest.length - 1] = 10;
    reader.push(longest);
    expect(lines.map(({ length }) => length)).toEqual([longest.length - 1]);
    reader.push(Buffer.concat([Buffer.from("x"), longest]));
    expect(faults).toEqual(["too_long"]);
    reader.push(Buffer.from("after\n"));
    expect(lines.at(-1)).toBe("after");
  });

  it("a line that never ends is not kept, and the lines after it are read", () => {
    const { reader, lines, faults } = reading();
    const chunk = Buffer.alloc(64 * 1024, "x");
    for (let bytes = 0; bytes < 16 * 1024 * 1024; bytes += chunk.length) {
      reader.push(chunk);
      expect(reader.pendingBytes).toBeLessThan(4 * 1024 * 1024);
    }
    expect(reader.pendingBytes).toBe(0);
    reader.push(Buffer.from("the rest of it\nanother\n"));
    expect({ lines, faults }).toEqual({ lines: ["another"], faults: ["too_long"] });
  });

  it("each line that is not UTF-8 is a fault by itself", () => {
    const { reader, lines, faults } = reading();
    reader.push(Buffer.from([0xc3, 0x0a, 0x61, 0x0a, 0xed, 0xa0, 0x80, 0x0a, 0xc3]));
    reader.push(Buffer.from([0xa4, 0x0a]));
    expect({ lines, faults }).toEqual({ lines: ["a", "ä"], faults: ["not_utf8", "not_utf8"] });
  });
});
