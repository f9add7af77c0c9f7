// A host in a process of its own, to be killed: starts the plugin in the directory of its argument and says its process id.
import { fileURLToPath } from "node:url";
import { FakeHost, HostChainStub } from "../../dist/testing/fake-host.js";

const [dir] = process.argv.slice(2);
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const chain = new HostChainStub();
const host = new FakeHost({ command: [process.execPath, main, "managed"], answers: chain.answers() });
await host.manifest();
await host.init(dir);
process.stdout.write(`${host.child.pid}\n`);
// Busy, as a host is: there is always something on its way when it dies.
setInterval(() => host.event("block", chain.mine()), 1);
