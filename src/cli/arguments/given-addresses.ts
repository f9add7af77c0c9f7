/** One multiaddr, or several separated by commas or spaces, as in an environment variable. */
export function multiaddrsArgument(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(/[\s,]+/).filter((one) => one !== "")];
}

/** Addresses given on the command line. */
export interface GivenAddresses {
  readonly p2pListen?: readonly string[];
  readonly bootstrap?: readonly string[];
  readonly announce?: readonly string[];
}

/** The first unusable address, with its flag and the reason. No address is resolved or dialled. */
export async function givenProblem(options: GivenAddresses): Promise<string | undefined> {
  const { addressProblem } = await import("../../network/addresses/given-address.js");
  const given = [
    ["--p2p-listen", "listen", options.p2pListen],
    ["--bootstrap", "dial", options.bootstrap],
    ["--announce", "announce", options.announce],
  ] as const;
  for (const [flag, use, addresses = []] of given) {
    for (const address of addresses) {
      const problem = addressProblem(address, use);
      if (problem !== undefined) return `${flag} ${JSON.stringify(address)}: ${problem}`;
    }
  }
  return undefined;
}
