// One run of the simulator in a process of its own: its processor time and its largest memory are that of the run.
import { bundle } from "../../test/simulation/bundle.mjs";

const { seeds, ...options } = JSON.parse(process.argv[2]);
const { runSeed } = await import(await bundle());
const before = process.cpuUsage();
const results = [];
for (const seed of seeds) results.push(await runSeed({ seed, ...options }));
const { user, system } = process.cpuUsage(before);
const runs = results.map(({ records, failure, healSeconds }) => ({
  records,
  healSeconds,
  failure: failure?.text,
  simulatedSeconds: failure?.atSeconds ?? 60 * options.minutes + healSeconds,
}));
const memoryBytes = 1024 * process.resourceUsage().maxRSS;
process.stdout.write(JSON.stringify({ processorSeconds: (user + system) / 1e6, memoryBytes, runs }));
