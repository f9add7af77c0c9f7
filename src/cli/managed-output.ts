/** Imported for its effect, and first: where the command is `managed`, nothing that is loaded after this may print. */
import { takeOutput } from "../plugin/managed/own-output.js";

if (process.argv[2] === "managed") takeOutput();
