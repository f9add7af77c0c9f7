import type { Command, Option } from "commander";
import { EXITS } from "../exit-codes.js";

/** The shells for which there is a completion. */
export type Shell = "bash" | "zsh" | "fish";

/** A command with the words that lead to it, such as `task show`; empty for the program itself. */
interface Placed {
  readonly path: string;
  readonly command: Command;
}

function* placed(command: Command, path = ""): Generator<Placed> {
  yield { path, command };
  for (const sub of command.commands) yield* placed(sub, path === "" ? sub.name() : `${path} ${sub.name()}`);
}

function optionsOf(program: Command, command: Command): readonly Option[] {
  return command === program ? command.options : [...command.options, ...program.options];
}

/** Single quotes of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bash(program: Command): string {
  const all = [...placed(program)];
  const commands = all.filter(({ path }) => path !== "");
  const steps = commands.map(({ path }) => quoted(path.includes(" ") ? path : ` ${path}`)).join(" | ");
  const values = all.flatMap(({ path, command }) =>
    command.options.flatMap(({ long, argChoices }) => {
      if (argChoices === undefined) return [];
      const at = command === program ? `*${quoted(` ${long}`)}` : quoted(`${path} ${long}`);
      return [`    ${at}) words=${quoted(argChoices.join(" "))} ;;`];
    }),
  );
  const words = all.map(({ path, command }) => {
    const names = command.commands.map((sub) => sub.name());
    const flags = optionsOf(program, command).map(({ long }) => long);
    return `    ${quoted(path)}) words=${quoted([...names, ...flags, "--help"].join(" "))} ;;`;
  });
  return `_tos_ai_sync() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
    ${steps}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $prev" in
${values.join("\n")}
  *)
    case "$path" in
${words.join("\n")}
    esac
    ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _tos_ai_sync tos-ai-sync
`;
}

/** The completion of bash runs in zsh by zsh's own emulation. */
function zsh(program: Command): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(program)}`;
}

function fishOption(condition: string, { long, argChoices, required, description }: Option): string {
  const value = argChoices === undefined ? (required ? " -r" : "") : ` -x -a ${quoted(argChoices.join(" "))}`;
  return `complete -c tos-ai-sync${condition} -l ${long?.slice(2)}${value} -d ${quoted(description)}`;
}

function fish(program: Command): string {
  const lines = [...placed(program)].flatMap(({ path, command }) => {
    const seen = path.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`);
    const condition = path === "" ? "" : ` -n ${quoted(seen.join("; and "))}`;
    const at = path === "" ? " -n __fish_use_subcommand" : condition;
    const subs = command.commands.map(
      (sub) => `complete -c tos-ai-sync${at} -f -a ${sub.name()} -d ${quoted(sub.description())}`,
    );
    return [...subs, ...command.options.map((option) => fishOption(condition, option))];
  });
  return `${lines.join("\n")}\n`;
}

/** The script that a shell reads to complete the commands of the program. */
export function completionScript(program: Command, shell: Shell): string {
  switch (shell) {
    case "bash":
      return bash(program);
    case "zsh":
      return zsh(program);
    case "fish":
      return fish(program);
  }
}

/** Text for roff: a hyphen that can be copied, and no line that begins with a request. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/gm, "\\&");
}

function optionPage({ flags, description, defaultValueDescription }: Option): string {
  const without = defaultValueDescription === undefined ? "" : ` (default: ${defaultValueDescription})`;
  return `.TP\n.B ${roff(flags)}\n${roff(description + without)}`;
}

/** The manual page of the program, in roff. */
export function manualPage(program: Command, version: string): string {
  const commands = [...placed(program)].filter(({ path, command }) => path !== "" && command.commands.length === 0);
  const pages = commands.map(({ path, command }) => {
    const usage = `${path} ${command.usage().replace("[options]", "").trim()}`.trim();
    return [`.SS ${roff(usage)}`, roff(command.description()), ...command.options.map(optionPage)].join("\n");
  });
  const exits = Object.values(EXITS).map(({ code, meaning }) => `.TP\n.B ${code}\n${roff(meaning)}`);
  return `${[
    `.TH TOS\\-AI\\-SYNC 1 "" "tos\\-ai\\-sync ${roff(version)}"`,
    `.SH NAME\ntos\\-ai\\-sync \\- ${roff(program.description())}`,
    ".SH SYNOPSIS\n.B tos\\-ai\\-sync\n[options] <command>",
    `.SH OPTIONS\n${program.options.map(optionPage).join("\n")}`,
    `.SH COMMANDS\n${pages.join("\n")}`,
    `.SH EXIT STATUS\n${exits.join("\n")}`,
  ].join("\n")}\n`;
}
