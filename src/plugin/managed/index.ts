export { takeOutput } from "./own-output.js";
