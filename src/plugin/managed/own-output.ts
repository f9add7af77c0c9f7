/** The output of the channel; a writable stream fits. */
export interface ChannelOutput {
  /** False: wait for `drain`. `done` is called when the text is written, or can't be. */
  write(text: string, done: () => void): boolean;
  on(event: "drain" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

let taken: ChannelOutput | undefined;

/**
 * Reserves standard output for the channel: all other writes to `process.stdout` or `console` go to standard error.
 * Call it before any library that might print is loaded. A second call returns the same output.
 */
export function takeOutput(): ChannelOutput {
  if (taken !== undefined) return taken;
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  taken = {
    write: (text, done) => write(text, () => done()),
    on: (event: "drain" | "close" | "error", listener: (error: Error) => void) => stdout.on(event, listener),
  };
  // Console and pipes look up `write` at each call.
  stdout.write = stderr.write.bind(stderr);
  return taken;
}
