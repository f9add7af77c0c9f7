import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { parseAst } from "rolldown/parseAst";

/** Folders of the product whose code is judged. */
const JUDGED = /(?:^|\/)(src\/(?:engine|manager|network)\/.*)$/;

/** Finds the file and line of an offset of the bundle; undefined for other code than the judged one. */
function placesOf(code, map) {
  const starts = [0];
  for (let at = code.indexOf("\n"); at !== -1; at = code.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    const { originalSource, originalLine } = map.findEntry(low, offset - starts[low]);
    const file = JUDGED.exec(originalSource ?? "")?.[1];
    return file === undefined ? undefined : { file, line: originalLine + 1 };
  };
}

/**
 * The functions and branches of the judged code in a bundle with a source map, and which of them the threads reached.
 * `reports`: for each thread the functions that V8 reports.
 */
export function codeOf(path, { codePoints, reachedPoints }, reports) {
  const code = readFileSync(path, "utf8");
  const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, "utf8")));
  const points = codePoints(parseAst(code), placesOf(code, map));
  const all = reports.map((functions) => reachedPoints(points, functions));
  return { points, reached: points.map((_, i) => all.some((reached) => reached[i])) };
}
