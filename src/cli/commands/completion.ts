import { Argument, type Command } from "commander";
import type { CliIo } from "../output/index.js";

/** `completion` and `man`: both are made of the declarations of the commands. */
export function addCompletion(program: Command, io: CliIo): void {
  program
    .command("completion")
    .description("print the completion of a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .addHelpText(
      "after",
      `
Examples:
  source <(tos-ai-sync completion bash)       in ~/.bashrc
  source <(tos-ai-sync completion zsh)        in ~/.zshrc, after compinit
  tos-ai-sync completion fish | source        in config.fish`,
    )
    .action(async (shell: "bash" | "zsh" | "fish") => {
      const { completionScript } = await import("../actions/completion.js");
      io.out.write(completionScript(program, shell));
    });
  program
    .command("man")
    .description("print the manual page")
    .addHelpText("after", "\nExample:\n  tos-ai-sync man | man -l -")
    .action(async () => {
      const { manualPage } = await import("../actions/completion.js");
      io.out.write(manualPage(program, program.version() ?? ""));
    });
}
