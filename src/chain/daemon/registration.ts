import { decodeAddress } from "../../protocol/address.js";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { badAnswer, isRecord } from "./daemon-text.js";
import { hash, key, list, record, text } from "./decode.js";

/** The least fee of a registration, in the chain's smallest unit; the daemon executes none with a lower fee. */
export const REGISTRATION_FEE_MIN = 1_000_000_000;
/** An address has 63 characters on every network. */
const ADDRESS_CHARACTERS = 128;

/**
 * Keys that these transactions of one block register for AI mining (protocol.md, section 8): a RegisterMiner for the
 * transaction's own source with a sufficient fee. `result` is the answer of get_transactions to `hashes`, in their
 * order. The daemon's field for execution is ignored: it depends on chains that the daemon saw before
 * (docs/decisions/0007).
 *
 * Throws `not_found` if the daemon no longer has one of the transactions, and `chain_answer` for an answer of another
 * shape.
 */
export function readRegistered(result: unknown, hashes: readonly string[], network: number): string[] {
  const transactions = list(result, "transactions", hashes.length);
  if (transactions.length !== hashes.length) throw badAnswer("get_transactions left some out");
  const keys: string[] = [];
  for (const [i, transaction] of transactions.entries()) {
    if (transaction === null)
      throw new NetworkError("not_found", "the daemon does not have a transaction of its block");
    const { hash: stated, data, source } = record(transaction, "a transaction");
    if (hash(stated, "a transaction's hash") !== hashes[i]) throw badAnswer("another transaction was answered");
    if (!isRecord(data) || !isRecord(data.a_i_mining)) continue;
    const registration = data.a_i_mining.RegisterMiner;
    if (registration === undefined) continue;
    const { miner_address, registration_fee: fee } = record(registration, "RegisterMiner");
    const miner = key(miner_address, "miner_address");
    // An amount past 2^53 is inexact here, which does not change the comparison.
    if (typeof fee !== "number" || fee < 0) throw badAnswer("registration_fee is not an amount");
    if (fee >= REGISTRATION_FEE_MIN && miner === keyOf(source, network)) keys.push(miner);
  }
  return keys;
}

function keyOf(source: unknown, network: number): string {
  const address = decodeAddress(text(source, "source", ADDRESS_CHARACTERS), network);
  if (!address.ok) throw badAnswer("source is not an address of this network");
  return toHex(address.value);
}
