import { type IPVersion, BlockList as NodeBlockList, type SocketAddress } from "node:net";

export * from "node:net";

/** Answers that a list remembers. */
const ANSWERS_MAX = 10_000;

/** `node:net`, with lists that remember their answers: each node asks for the same addresses twice a second. */
export class BlockList extends NodeBlockList {
  readonly #answers = new Map<string, boolean>();

  override check(address: SocketAddress): boolean;
  override check(address: string, type?: IPVersion): boolean;
  override check(address: SocketAddress | string, type: IPVersion = "ipv4"): boolean {
    if (typeof address !== "string") return super.check(address);
    const key = type === "ipv4" ? address : `${type} ${address}`;
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      answer = super.check(address, type);
      if (this.#answers.size < ANSWERS_MAX) this.#answers.set(key, answer);
    }
    return answer;
  }
}
