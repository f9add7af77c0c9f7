/** Flags of the command line for options of the library. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ["announce", "--announce"],
  ["bootstrap", "--bootstrap"],
  ["daemon", "--daemon"],
  ["dirPath", "--dir-path"],
  ["listen", "--p2p-listen"],
  ["network", "--network"],
  ["networkName", "--network-name"],
  ["registry", "--registry"],
  ["registryFile", "--registry-file"],
  ["rulesFile", "--rules-file"],
]);

/**
 * A text of the library with flags in place of its options: "the option listen" becomes "--p2p-listen". The library's
 * texts also reach programs that embed a node, which have no flags.
 */
export function withFlags(text: string): string {
  return text.replace(/\b(?:the|its) option (\w+)/g, (found, name: string) => {
    const flag = FLAGS.get(name);
    if (flag === undefined) return found;
    return found.startsWith("its") ? `its ${flag}` : flag;
  });
}
