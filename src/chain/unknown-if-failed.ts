import { NetworkError } from "../protocol/errors.js";

/** Maps a NetworkError (unreachable, refused, bad answer) to undefined; throws other errors. */
export async function unknownIfFailed<T>(answer: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NetworkError) return undefined;
    throw error;
  }
}
