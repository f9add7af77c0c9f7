import { NetworkError } from "../protocol/errors.js";

/** Undefined where the one who is asked is gone, refuses or answers wrongly; any other error is thrown. */
export async function unknownIfFailed<T>(answer: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NetworkError) return undefined;
    throw error;
  }
}
