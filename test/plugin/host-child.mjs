// A host in a process of its own, to be killed. It starts the plugin in the directory of its argument and prints the
// plugin's process id.
import { fileURLToPath } from "node:url";
import { FakeHost, HostChainStub } from "../../dist/testing/fake-host.js";

const [dir] = process.argv.slice(2);
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const chain = new HostChainStub();
const host = new FakeHost({ command: [process.execPath, main, "managed"], answers: chain.answers() });
await host.manifest();
await host.init(dir);
process.stdout.write(`${host.child.pid}\n`);
// The host calls without a pause, so a call is under way when it is killed.
setInterval(() => host.event("block", chain.mine()), 1);
