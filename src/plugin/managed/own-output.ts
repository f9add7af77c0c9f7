/** Where the channel's lines go. A writable stream is one. */
export interface ChannelOutput {
  /** False: no more before `drain`. `done` is called when the text has left, or can't. */
  write(text: string, done: () => void): boolean;
  on(event: "drain" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

let taken: ChannelOutput | undefined;

/**
 * Takes standard output for the channel: from now on whatever else is written there, by `process.stdout` or `console`,
 * goes to standard error. To be called before any library is loaded that might print; calling it again gives the same.
 */
export function takeOutput(): ChannelOutput {
  if (taken !== undefined) return taken;
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  taken = {
    write: (text, done) => write(text, () => done()),
    on: (event: "drain" | "close" | "error", listener: (error: Error) => void) => stdout.on(event, listener),
  };
  // Console and pipes look the method up each time they write.
  stdout.write = stderr.write.bind(stderr);
  return taken;
}
