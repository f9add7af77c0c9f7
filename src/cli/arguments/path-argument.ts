import { InvalidArgumentError } from "commander";

/** A path given on the command line. An empty path is refused: usually a shell variable is not set. */
export function pathArgument(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError('The path is empty. The current directory is "./".');
}
