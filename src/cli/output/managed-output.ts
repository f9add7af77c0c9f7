/** Imported for its effect, and first: where a host starts this program, nothing that is loaded after this may print to it. */
import { takeOutput } from "../../plugin/managed/own-output.js";

if (process.argv[2] === "managed" && process.env.TOS_AI_PLUGIN_COOKIE !== undefined) takeOutput();
