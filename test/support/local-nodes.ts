import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { LocalNode } from "./local-node.js";
import { makeDirectory } from "./scratch.js";

/** Nodes of one test, each in a directory of its own. The test's end stops them and removes the directories. */
export interface LocalNodes {
  /** The directory of a node. */
  directoryOf(name: string): string;
  start(name: string, ...bootstrap: LocalNode[]): Promise<LocalNode>;
  /** Makes the directory of `first` with a new author key, and copies the key and its signing log to `second`. */
  copyKey(): Promise<void>;
}

/** Call it in a `describe`: it registers what runs before and after each test. */
export function localNodes(): LocalNodes {
  let directory: Awaited<ReturnType<typeof makeDirectory>>;
  const nodes: LocalNode[] = [];
  beforeEach(async () => {
    directory = await makeDirectory();
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
    await directory.remove();
  });

  const directoryOf = (name: string): string => join(directory.path, name);
  const start = async (name: string, ...bootstrap: LocalNode[]): Promise<LocalNode> => {
    const addresses = bootstrap.map(({ address }) => address);
    const node = await LocalNode.start(directoryOf(name), addresses);
    nodes.push(node);
    return node;
  };
  const copyKey = async (): Promise<void> => {
    const made = await start("first");
    await made.stop();
    const key = (name: string): string => join(directoryOf(name), "ai", "dev", "keys", "default");
    await cp(key("first"), key("second"), { recursive: true });
  };
  return { directoryOf, start, copyKey };
}
