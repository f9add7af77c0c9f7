/** Section to key to its values, in their order. */
export type Unit = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** A systemd unit, strictly: no continuation lines, no key outside of a section, no text that is neither. */
export function readUnit(text: string): Unit {
  const unit = new Map<string, Map<string, string[]>>();
  let section: Map<string, string[]> | undefined;
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const heading = /^\[([A-Z][a-z]+)\]$/.exec(line)?.[1];
    if (heading !== undefined) {
      if (unit.has(heading)) throw new Error(`the section ${heading} stands twice`);
      section = new Map();
      unit.set(heading, section);
      continue;
    }
    const [, key, value] = /^([A-Z][A-Za-z]+)=(.*[^\\\s]|)$/.exec(line) ?? [];
    if (section === undefined || key === undefined || value === undefined)
      throw new Error(`not a line of a unit: ${line}`);
    section.set(key, [...(section.get(key) ?? []), value]);
  }
  return unit;
}

export type Yaml = string | boolean | readonly string[] | { readonly [key: string]: Yaml };

interface Line {
  readonly indent: number;
  readonly text: string;
}

/**
 * The part of YAML that is read the same by everyone: mappings indented by two, lists of scalars, scalars that are
 * quoted as in JSON, `true`, `false`, `{}`, or words without any sign that could mean something else. All else is an
 * error.
 */
export function readYaml(text: string): Yaml {
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^ *#/.test(line))
    .map((line): Line => ({ indent: line.length - line.trimStart().length, text: line.trim() }));
  const [value, rest] = readBlock(lines, 0);
  if (rest.length > 0) throw new Error(`not in its place: ${rest[0]?.text}`);
  return value;
}

function readBlock(lines: readonly Line[], indent: number): [Yaml, readonly Line[]] {
  const isList = lines[0]?.text.startsWith("- ") === true;
  const items: string[] = [];
  const map: Record<string, Yaml> = {};
  let rest = lines;
  for (let line = rest[0]; line !== undefined && line.indent >= indent; line = rest[0]) {
    if (line.indent !== indent || line.text.startsWith("- ") !== isList)
      throw new Error(`not in its place: ${line.text}`);
    rest = rest.slice(1);
    if (isList) {
      const item = readScalar(line.text.slice(2));
      if (typeof item !== "string") throw new Error(`not a text: ${line.text}`);
      items.push(item);
      continue;
    }
    const [, key, scalar] = /^([a-z_]+):(?: (.+))?$/.exec(line.text) ?? [];
    if (key === undefined || Object.hasOwn(map, key)) throw new Error(`not a new key: ${line.text}`);
    if (scalar !== undefined) map[key] = readScalar(scalar);
    else [map[key], rest] = readBlock(rest, indent + 2);
  }
  if (rest.length === lines.length) throw new Error("a block without content");
  return [isList ? items : map, rest];
}

function readScalar(text: string): Yaml {
  if (text === "{}") return {};
  if (text === "true" || text === "false") return text === "true";
  if (/^"[^"\\]*"$/.test(text)) return text.slice(1, -1);
  if (/^[a-z][a-z-]*$/.test(text) && !["yes", "no", "on", "off", "null", "y", "n"].includes(text)) return text;
  throw new Error(`a scalar that may be read in two ways: ${text}`);
}
