import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { makeDirectory } from "../support/scratch.js";
import { CHROMIUM, openBrowser } from "./browser.js";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const vectors = z
  .object({
    genesis: z.string(),
    rosters: z.array(z.unknown()),
    certificates: z.array(z.object({ name: z.string(), certificate: z.string(), answer: z.string() })),
  })
  .parse(JSON.parse(await readFile(at("docs/vectors/certificates.json"), "utf8")));
const ROSTER = JSON.stringify({ network: "devnet", rosters: vectors.rosters });

let directory: Awaited<ReturnType<typeof makeDirectory>>;
beforeAll(async () => {
  directory = await makeDirectory();
});
afterAll(() => directory.remove());

test.runIf(CHROMIUM !== undefined)(
  "a page without a server checks certificates by WebAssembly, refuses forged ones and sends nothing",
  async () => {
    const file = join(directory.path, "certificate.html");
    await promisify(execFile)(process.execPath, [at("scripts/build-certificate-page.mjs"), "--out", file]);
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const faults: string[] = [];
      const url = pathToFileURL(file).href;
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
      page.on("request", (request) => request.url() !== url && faults.push(request.url()));
      await page.goto(url);
      const answer = async (certificate: string, roster = ROSTER, genesis = vectors.genesis): Promise<string> => {
        await page.getByLabel("Certificate, hex").fill(certificate);
        await page.getByLabel("Roster file, JSON").fill(roster);
        await page.getByLabel("Genesis hash, hex").fill(genesis);
        await page.getByRole("button", { name: "Check" }).click();
        return (await page.getByRole("status").textContent()) ?? "";
      };
      for (const { name, certificate, answer: expected } of vectors.certificates) {
        const shown = await answer(certificate);
        expect(shown, name).toContain(expected === "holds" ? "The certificate holds" : `(${expected})`);
      }
      const [valid] = vectors.certificates;
      if (valid === undefined) throw new RangeError("the vectors have certificates");
      expect(await answer(valid.certificate)).toContain("24 of 25 by weight");
      expect(await answer(valid.certificate, ROSTER, "00".repeat(32))).toContain("(wrong_roster)");
      expect(await answer(valid.certificate, "<img src=x onerror=alert(1)>")).toContain("the roster is no JSON");
      expect(await answer("<script>")).toContain("the certificate is no hex text");
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  },
);
