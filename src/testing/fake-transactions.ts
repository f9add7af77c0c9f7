import type { Json, JsonObject } from "./daemon-json.js";

/** The effect of a transaction on the AI mining state. Keys, ids and hashes are 64 hex digits; amounts are nanoTOS. */
export type AiAction =
  | { readonly kind: "register"; readonly key: string; readonly fee: number }
  | {
      readonly kind: "publish";
      readonly key: string;
      readonly taskId: string;
      readonly reward: number;
      readonly difficulty: string;
      readonly deadlineMs: number;
      readonly description: string;
    }
  | {
      readonly kind: "answer";
      readonly key: string;
      readonly taskId: string;
      readonly answerId: string;
      readonly content: string;
      readonly contentHash: string;
      readonly stake: number;
    }
  | {
      readonly kind: "validate";
      readonly key: string;
      readonly taskId: string;
      readonly answerId: string;
      /** 0 to 100; from 70 on the task is completed. */
      readonly score: number;
    };

export interface FakeTransaction {
  readonly hash: string;
  /** Address of the sender. */
  readonly source: string;
  /** The sender's key, 64 hex digits. */
  readonly sourceKey: string;
  readonly fee: number;
  readonly nonce: number;
  readonly size: number;
  readonly firstSeenSeconds: number;
  readonly action: AiAction;
}

/** A key in the form of AI mining's answers: 32 numbers. */
export function keyBytes(key: string): readonly number[] {
  return [...Buffer.from(key, "hex")];
}

function payload(action: AiAction): JsonObject {
  switch (action.kind) {
    case "register":
      return { RegisterMiner: { miner_address: keyBytes(action.key), registration_fee: action.fee } };
    case "publish":
      return {
        PublishTask: {
          deadline: action.deadlineMs,
          description: action.description,
          difficulty: action.difficulty,
          reward_amount: action.reward,
          task_id: action.taskId,
        },
      };
    case "answer":
      return {
        SubmitAnswer: {
          answer_content: action.content,
          answer_hash: action.contentHash,
          stake_amount: action.stake,
          task_id: action.taskId,
        },
      };
    case "validate":
      return {
        ValidateAnswer: { answer_id: action.answerId, task_id: action.taskId, validation_score: action.score },
      };
  }
}

const ZEROS = "0".repeat(64);
const point = (hash: string): readonly number[] => keyBytes(hash);

/** A transaction inside a block. Proofs have the right shape but are not valid. */
export function transactionJson(transaction: FakeTransaction): JsonObject {
  const { hash } = transaction;
  const proof = Object.fromEntries(["Y_0", "Y_1", "Y_2", "z_r", "z_s", "z_x"].map((name) => [name, point(hash)]));
  return {
    data: { a_i_mining: payload(transaction.action) },
    fee: transaction.fee,
    hash,
    multisig: null,
    nonce: transaction.nonce,
    range_proof: Array.from({ length: 21 }, () => point(hash)).flat(),
    reference: { hash: ZEROS, topoheight: 0 },
    signature: hash + hash,
    size: transaction.size,
    source: transaction.source,
    source_commitments: [{ asset: ZEROS, commitment: point(hash), proof }],
    version: 0,
  };
}

/** The place of a transaction. */
export interface Whereabouts {
  /** Hashes of the blocks that contain it. */
  readonly blocks: readonly string[];
  /** The ordered block that executed it. */
  readonly executedIn: string | null;
}

/** Event `transaction_orphaned`: no block has executed it. */
export function orphanedJson(transaction: FakeTransaction): JsonObject {
  return {
    ...transactionJson(transaction),
    blocks: null,
    executed_in_block: null,
    first_seen: transaction.firstSeenSeconds,
    in_mempool: false,
  };
}

/** An answer of get_transactions: the transaction and its place. */
export function locatedJson(transaction: FakeTransaction, { blocks, executedIn }: Whereabouts): JsonObject {
  const inMempool = blocks.length === 0;
  const blocksShown: Json = inMempool ? null : blocks;
  return {
    ...transactionJson(transaction),
    blocks: blocksShown,
    executed_in_block: executedIn,
    first_seen: inMempool ? transaction.firstSeenSeconds : null,
    in_mempool: inMempool,
  };
}

/** Event `transaction_added_in_mempool`, and an entry of get_mempool_summary. */
export function mempoolJson(transaction: FakeTransaction): JsonObject {
  return {
    fee: transaction.fee,
    first_seen: transaction.firstSeenSeconds,
    hash: transaction.hash,
    size: transaction.size,
    source: transaction.source,
  };
}
