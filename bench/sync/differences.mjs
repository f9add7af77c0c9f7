// The figures about comparing sets: two engines in one process, without network and disk.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const RECORDS = 200_000;
const MANY_RECORDS = 1_000_000;
const MISSING = 1000;
const RUN = new URL("difference-run.mjs", import.meta.url).pathname;

const run = promisify(execFile);
const measure = async (...parameters) => {
  const { stdout } = await run(process.execPath, ["--expose-gc", RUN, ...parameters.map(String)]);
  return JSON.parse(stdout);
};

const RIVAL = "plain form";
const count = (records) => records.toLocaleString("en");

function row(name, value, unit, plain, most) {
  const bar = most === undefined ? null : `at most ${most} ${unit}`;
  const ratio = plain === undefined ? null : value / plain;
  const rival = plain === undefined ? null : RIVAL;
  return { name, value, unit, min: value, max: value, rival, ratio, bar, ok: most === undefined || value <= most };
}

/** The rows: a difference found in both forms, and two equal sets in both forms; with `quick` fewer equal records. */
export async function differenceRows(quick) {
  const equalRecords = quick ? RECORDS : MANY_RECORDS;
  const found = await measure("full", RECORDS, MISSING);
  const foundPlain = await measure("plain", RECORDS, MISSING);
  const equal = await measure("full", equalRecords, 0);
  const equalPlain = await measure("plain", equalRecords, 0);
  const missing = `${count(found.missing)} of ${count(found.records)} missing`;
  const equals = `equal sets of ${count(equal.records)}`;
  return [
    row(
      `${missing}: wire bytes each`,
      found.foundBytes / found.missing,
      "B",
      foundPlain.foundBytes / found.missing,
      200,
    ),
    row(`${missing}: rounds`, found.foundRounds, "", foundPlain.foundRounds, 3),
    row(`${missing}: time, both sides on one core`, found.foundMs / 1000, "s", foundPlain.foundMs / 1000, 1),
    row(`${missing}: processor time of both sides`, found.cpuMs, "ms", foundPlain.cpuMs),
    row(`${missing}: longest step`, found.longestStepMs, "ms", foundPlain.longestStepMs),
    row(`${equals}: wire bytes of an exchange`, equal.bytes, "B", equalPlain.bytes, 2000),
    row(`${equals}: processor time of a side`, equal.cpuMs / 2, "ms", equalPlain.cpuMs / 2, 5),
    row(`${equals}: frames`, equal.frames, "", equalPlain.frames),
    row(`${equals}: processor time of the first exchange, a side`, equal.firstCpuMs / 2, "ms"),
    row(`${equals}: longest step of the first exchange`, equal.firstLongestStepMs, "ms"),
  ];
}
