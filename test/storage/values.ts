/** 32 bytes of the same value, in hex. */
export function hash(byte: number): string {
  return byte.toString(16).padStart(2, "0").repeat(32);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
