// WebSocket frames without a library: a library hides details that this daemon depends on, such as fragments, unmasked
// frames, the payload of a pong, and a close without a code.

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Buffer;
}

/** A frame of a server, unmasked. */
export function encodeFrame(opcode: number, payload: Buffer, fin = true): Buffer {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + extended);
  header[0] = (fin ? 0x80 : 0) | opcode;
  header[1] = extended === 0 ? length : extended === 2 ? 126 : 127;
  if (extended === 2) header.writeUInt16BE(length, 2);
  if (extended === 8) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

interface Header {
  readonly opcode: number;
  readonly fin: boolean;
  readonly size: number;
  readonly length: number;
}

/** Splits the bytes of a client into frames. Holds at most one frame of `maxPayload` bytes and the chunk after it. */
export class FrameReader {
  readonly #maxPayload: number;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #header: Header | undefined;

  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  /** Undefined if more bytes are needed. `bad`: unmasked, reserved bits, an unknown opcode, or too large. */
  next(): Frame | "bad" | undefined {
    if (this.#header === undefined) {
      const header = this.#readHeader();
      if (header === undefined || header === "bad") return header;
      this.#header = header;
    }
    const { opcode, fin, size, length } = this.#header;
    if (this.#buffered < size + length) return undefined;
    const bytes = this.#joined();
    const mask = bytes.subarray(size - 4, size);
    const payload = Buffer.from(bytes.subarray(size, size + length));
    for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
    this.#replace(bytes.subarray(size + length));
    this.#header = undefined;
    return { opcode, fin, payload };
  }

  #readHeader(): Header | "bad" | undefined {
    if (this.#buffered < 2) return undefined;
    const bytes = this.#joined();
    const [first = 0, second = 0] = bytes;
    const opcode = first & 0x0f;
    const control = opcode >= OPCODES.close;
    const short = second & 0x7f;
    const known = Object.values<number>(OPCODES).includes(opcode);
    if ((first & 0x70) !== 0 || (second & 0x80) === 0 || !known || (control && short > 125)) return "bad";
    const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
    const size = 2 + extended + 4;
    if (bytes.length < size) return undefined;
    const length = extended === 0 ? short : extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (length > this.#maxPayload) return "bad";
    return { opcode, fin: (first & 0x80) !== 0, size, length };
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    const all = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  #replace(rest: Buffer): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
  }
}
