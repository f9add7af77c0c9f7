import type { Stream } from "@libp2p/interface";
import { expect, it } from "vitest";
import { pauseStream, resumeStream } from "../../src/network/streams/stream-flow.js";

type Part = Pick<Stream, "readStatus" | "pause" | "resume" | "abort">;

/** A stream whose connection closes in the same turn in which its reading resumes. */
function closing(readStatus: Stream["readStatus"]): { readonly stream: Stream; readonly aborted: Error[] } {
  const aborted: Error[] = [];
  const part: Part = {
    readStatus,
    pause: () => undefined,
    resume: () => {
      throw new Error("Cannot write to a stream that is closing");
    },
    abort: (error) => {
      aborted.push(error);
    },
  };
  return { stream: part as Stream, aborted };
}

it("resumeStream resets a stream whose connection is closing, and does not throw", () => {
  const { stream, aborted } = closing("paused");
  resumeStream(stream);
  expect(aborted.map(({ message }) => message)).toEqual(["Cannot write to a stream that is closing"]);
});

it("resumeStream does nothing on a stream that is being read or has ended", () => {
  const { stream, aborted } = closing("closed");
  resumeStream(stream);
  pauseStream(stream);
  expect(aborted).toEqual([]);
});
