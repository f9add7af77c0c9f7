// Preloaded with --import: prints the URL of each loaded module on standard error.
import { register } from "node:module";

register(
  `data:text/javascript,${encodeURIComponent(`
    import { writeSync } from "node:fs";
    export function load(url, context, next) {
      writeSync(2, url + "\\n");
      return next(url, context);
    }`)}`,
);
