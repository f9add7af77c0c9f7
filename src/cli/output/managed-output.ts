/** Imported first, for its effect: in managed mode no later module may print to the host's pipe. */
import { takeOutput } from "../../plugin/managed/own-output.js";

if (process.argv[2] === "managed" && process.env.TOS_AI_PLUGIN_COOKIE !== undefined) takeOutput();
