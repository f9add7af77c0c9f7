import { describe, expect, onTestFinished, test } from "vitest";
import type { StoreWrite } from "../../src/engine/index.js";
import { readCertificates } from "../../src/manager/answers/certificate-reader.js";
import { openStore } from "../../src/storage/database/open-store.js";
import { recordKey } from "../../src/storage/keys.js";
import type { Lost } from "../../src/storage/losses.js";
import { DiskRecordStore } from "../../src/storage/records/record-store.js";
import type { KeyStore } from "../../src/storage/types.js";
import { scratchDirectory } from "../support/scratch.js";
import { blake3, keyOf } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { equalWeights, RosterVotes, withRoster } from "../support/simulation/roster-votes.js";
import { author } from "../support/simulation/story.js";

const VOTERS = [1, 2, 3, 4].map((i) => author(i));
const ROSTER = equalWeights(VOTERS);
const [PUBLISHER, SUBMITTER] = [author(10), author(11)];

/** A node that holds one certified submission, in its engine and in a real database. */
class CertifiedNode {
  readonly lone = new LoneWorld({}, withRoster(ROSTER));
  readonly keys: KeyStore;
  readonly store: DiskRecordStore;
  readonly lost: string[] = [];
  readonly submissionId: string;
  readonly writer = { failing: false, readable: async () => undefined };

  private constructor(keys: KeyStore) {
    this.keys = keys;
    this.store = new DiskRecordStore(keys);
    this.store.losses.onLost((lost: Lost) => {
      this.lost.push(...lost.records);
      this.lone.node.step({ kind: "values_lost", ...lost });
    });
    const { lone } = this;
    const { story, node, identity } = lone;
    lone.peer("a");
    const task = story.publish(node, story.task(PUBLISHER, story.nowSeconds + 3600));
    const answer = story.publish(node, story.submission(SUBMITTER, task.task));
    const list = [80, 82].map((score, i) => {
      const validator = VOTERS[i] as string;
      return { validator, score, id: story.publish(node, story.validation(validator, answer, score)).id };
    });
    const subject = { publisher: PUBLISHER, submission: answer, submitter: SUBMITTER };
    const votes = new RosterVotes(identity, ROSTER, subject, list);
    lone.gossip("a", [votes.certificate(VOTERS.slice(0, 3), keyOf("x"), story.nowSeconds)]);
    this.submissionId = answer.id;
  }

  static async open(): Promise<CertifiedNode> {
    const keys = await openStore("leveldb", await scratchDirectory(), { createIfMissing: true });
    const node = new CertifiedNode(keys);
    onTestFinished(() => node.store.close());
    const { disk } = node.lone.node;
    const records = [...disk.records.values()].map((record): StoreWrite => ({ ...record, kind: "put_record" }));
    await node.store.apply(records, { sync: false });
    return node;
  }

  read() {
    const { engine } = this.lone.node;
    const { genesis } = this.lone.identity;
    const { store, writer } = this;
    return readCertificates({ engine, store, writer, blake3, genesis }, this.submissionId);
  }

  get certificateId(): string {
    return this.lone.node.engine.certificates(this.submissionId)[0]?.id ?? "";
  }

  async drop(): Promise<void> {
    const entry = this.lone.node.engine.entry(this.certificateId);
    if (entry === undefined) throw new Error("no certificate");
    await this.store.apply([{ kind: "drop_record", entry }], { sync: false });
  }
}

describe("the certificates of a submission", () => {
  test("are read from the disk", async () => {
    const node = await CertifiedNode.open();
    expect(await node.read()).toMatchObject({ contested: false, certificates: [{ id: node.certificateId }] });
    expect(node.lost).toEqual([]);
  });

  test("that the disk lost are an error, and the node asks its peers for them", async () => {
    const node = await CertifiedNode.open();
    const id = node.certificateId;
    await node.drop();
    await expect(node.read()).rejects.toMatchObject({ code: "storage_corrupt" });
    expect(node.lost).toEqual([id]);
    expect(node.store.losses.counts).toMatchObject({ missing: 1 });
    // The engine no longer claims a certificate that nobody can check.
    expect(await node.read()).toMatchObject({ certificates: [] });
  });

  test("whose bytes changed on the disk are lost", async () => {
    const node = await CertifiedNode.open();
    const id = node.certificateId;
    const taskId = node.lone.node.engine.taskOf(id) ?? "";
    const key = recordKey({ id, taskId });
    const value = await node.keys.get("records", key);
    if (value === undefined) throw new Error("no certificate");
    const changed = value.slice();
    changed[200] = (changed[200] as number) ^ 1;
    await node.keys.write([{ op: "put", family: "records", key, value: changed }], { sync: false });
    await expect(node.read()).rejects.toMatchObject({ code: "storage_corrupt" });
    expect(node.lost).toEqual([id]);
  });

  test("that a disk without room has not taken yet are an error, and are not lost", async () => {
    const node = await CertifiedNode.open();
    await node.drop();
    node.writer.failing = true;
    await expect(node.read()).rejects.toMatchObject({ code: "storage_failed" });
    expect(node.lost).toEqual([]);
  });

  test("of an unknown submission are not found", async () => {
    const node = await CertifiedNode.open();
    const { engine } = node.lone.node;
    const parts = { engine, store: node.store, writer: node.writer, blake3, genesis: node.lone.identity.genesis };
    await expect(readCertificates(parts, "ab".repeat(32))).rejects.toMatchObject({ code: "not_found" });
  });
});
