import { InvalidArgumentError } from "commander";

/** A path of the command line. An empty one is refused: it is mostly a variable of a shell that is not set. */
export function pathArgument(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError('An empty path names nothing; the current directory is "./".');
}
