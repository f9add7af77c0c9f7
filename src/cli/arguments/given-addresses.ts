/** One multiaddr, or several with commas or spaces between, as an environment variable holds them. */
export function multiaddrsArgument(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(/[\s,]+/).filter((one) => one !== "")];
}

/** Addresses of a command line. */
export interface GivenAddresses {
  readonly p2pListen?: readonly string[];
  readonly bootstrap?: readonly string[];
  readonly announce?: readonly string[];
}

/** Why the first address that cannot be used cannot, with its flag; nothing is resolved or dialled. */
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
