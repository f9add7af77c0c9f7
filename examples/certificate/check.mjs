// Checks a certificate in a browser, with the checks of the package and the WebAssembly kernel.
import { decodeAddress } from "../../dist/protocol/address.js";
import { fromHex, toHex } from "../../dist/protocol/bytes.js";
import { closeCertificate, openCertificate } from "../../dist/protocol/certificate-check.js";
import { NETWORKS } from "../../dist/protocol/rules.js";
import { packItems } from "../../dist/protocol/table.js";
import { hash, Verifier } from "../../wasm/pkg/kernel.js";

/** What is wrong with the input, for a person. */
export class BadInput extends Error {
  name = "BadInput";
}

const MEMBERS_MAX = 10_000;
const WEIGHT_MAX = 10_000;

function blake3(bytes) {
  const out = new Uint8Array(32);
  hash(bytes, out);
  return out;
}

function keyOf(text, network) {
  if (typeof text !== "string") throw new BadInput("a member of the roster has no key");
  if (fromHex(text.toLowerCase(), 32) !== undefined) return text.toLowerCase();
  const decoded = decodeAddress(text, network);
  if (!decoded.ok) throw new BadInput(`the roster has a member that is neither a key nor an address: ${text}`);
  return toHex(decoded.value);
}

function memberOf({ key, weight } = {}, network) {
  const isWeight = Number.isInteger(weight) && weight >= 1 && weight <= WEIGHT_MAX;
  if (!isWeight) throw new BadInput(`a weight in the roster is not 1 to ${WEIGHT_MAX}`);
  return { key: keyOf(key, network), weight };
}

/** The content of a roster file. */
export function parseRosters(text) {
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new BadInput("the roster is no JSON");
  }
  const network = NETWORKS.indexOf(file?.network);
  if (network === -1) throw new BadInput(`the roster names no network of ${NETWORKS.join(", ")}`);
  if (!Array.isArray(file.rosters)) throw new BadInput("the file has no rosters");
  const rosters = file.rosters.map((roster) => {
    const { from_day: fromDay, members } = roster ?? {};
    if (!Number.isInteger(fromDay) || fromDay < 0) throw new BadInput("a roster has no from_day");
    if (!Array.isArray(members) || members.length > MEMBERS_MAX) throw new BadInput("a roster has no list of members");
    const parsed = members.map((member) => memberOf(member ?? {}, network));
    if (new Set(parsed.map(({ key }) => key)).size < parsed.length) throw new BadInput("a roster has a key twice");
    return { fromDay, members: parsed };
  });
  return { network, rosters };
}

/** `{ok: true, value}` with what the certificate states, or `{ok: false, refusal}`. */
export function check(certificateHex, rosterText, genesisHex) {
  const certificate = fromHex(certificateHex.trim().toLowerCase());
  if (certificate === undefined) throw new BadInput("the certificate is no hex text");
  const genesis = fromHex(genesisHex.trim().toLowerCase(), 32);
  if (genesis === undefined) throw new BadInput("the genesis hash is not 64 hex digits");
  const opened = openCertificate(blake3, genesis, parseRosters(rosterText), certificate);
  if (!opened.ok) return opened;
  const verifier = new Verifier(crypto.getRandomValues(new Uint8Array(32)));
  try {
    const verdicts = verifier.verifyMessages(packItems(opened.value.signatures));
    return closeCertificate(
      opened.value,
      [...verdicts].map((verdict) => verdict === 0),
    );
  } finally {
    verifier.free();
  }
}
