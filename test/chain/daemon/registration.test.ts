import { describe, expect, test } from "vitest";
import { REGISTRATION_FEE_MIN, readRegistered } from "../../../src/chain/daemon/registration.js";
import { encodeAddress } from "../../../src/protocol/address.js";
import { recording } from "../../support/recordings.js";

const DEVNET = 3;
const recorded = JSON.parse(recording("registration/registrations.json"));
const [executed] = recorded["get_transactions of one that a block executed, and of one that is unknown"];
const MINER = "7cc1f3eb87beb862b471f0f70baf16d2c67980a2d66e85168f7f39bbee226131";
const OTHER = "11".repeat(32);

/** The recorded registration with another fee, miner, source or data. */
function registration(change: { fee?: unknown; miner?: string; source?: string; data?: unknown } = {}): object {
  const { fee = REGISTRATION_FEE_MIN, miner = MINER, source = executed.source } = change;
  const RegisterMiner = { miner_address: [...Buffer.from(miner, "hex")], registration_fee: fee };
  return { ...executed, source, data: change.data ?? { a_i_mining: { RegisterMiner } } };
}

const read = (...transactions: unknown[]) =>
  readRegistered(
    transactions,
    transactions.map(() => executed.hash),
    DEVNET,
  );

describe("what a block registers", () => {
  test("a registration is read from the transactions, not from the daemon's execution field", () => {
    const orphaned = recorded["event transaction_orphaned of the second registration"];
    expect(read(executed)).toEqual([MINER]);
    expect(read({ ...executed, executed_in_block: null, blocks: null })).toEqual([MINER]);
    expect(readRegistered([orphaned], [orphaned.hash], DEVNET)).toEqual([MINER]);
    expect(read(registration(), registration({ data: { transfers: [] } }), registration())).toEqual([MINER, MINER]);
  });

  test("a registration needs a sufficient fee and its own source", () => {
    const small = recorded["a registration for a fee of 5, in the block of height 131"];
    expect(read({ ...executed, data: small.data })).toEqual([]);
    expect(read(registration({ fee: REGISTRATION_FEE_MIN - 1 }))).toEqual([]);
    expect(read(registration({ fee: 2 ** 63 }))).toEqual([MINER]);
    expect(read(registration({ source: encodeAddress(Buffer.from(OTHER, "hex"), DEVNET) }))).toEqual([]);
    expect(read(registration({ miner: OTHER }))).toEqual([]);
  });

  test("the recorded addresses are decoded", () => {
    for (const [source, miner] of Object.entries<string>(recorded.addresses)) {
      expect(read(registration({ source, miner }))).toEqual([miner]);
    }
  });

  test("a missing transaction makes the registrations of a block unavailable", () => {
    expect(() => readRegistered([executed, null], [executed.hash, OTHER], DEVNET)).toThrow(
      expect.objectContaining({ code: "not_found" }),
    );
    const refused = (result: unknown, hashes = [executed.hash]) =>
      expect(() => readRegistered(result, hashes, DEVNET)).toThrow(expect.objectContaining({ code: "chain_answer" }));
    refused([]);
    refused([executed], [executed.hash, OTHER]);
    refused([executed], [OTHER]);
    refused([executed, executed]);
    refused([registration({ fee: "1000000000" })]);
    refused([registration({ fee: -1 })]);
    refused([registration({ source: "tos1qqqq" })]);
    refused([registration({ data: { a_i_mining: { RegisterMiner: { miner_address: MINER } } } })]);
  });
});
