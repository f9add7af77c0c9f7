import type { MessagePort } from "node:worker_threads";
import { NetworkError } from "../../protocol/errors.js";
import type { Damage } from "../damage.js";
import { type DataDirectory, openDataDirectory } from "../directory/index.js";
import { ALL_MEMBERS, taskRange } from "../keys.js";
import { Losses } from "../losses.js";
import { DiskRecordStore } from "../records/index.js";
import type { RecordStore } from "../types.js";
import {
  type CallName,
  type Calls,
  type FromThread,
  type ListName,
  type LossNotice,
  type OpenedDirectory,
  type PackedValues,
  packValues,
  partsOf,
  type Request,
  type Row,
} from "./messages.js";
import { Readings } from "./readings.js";

type KeyAndValue = readonly [Uint8Array, Uint8Array];
type AnyRow = KeyAndValue | Row<ListName>;

function isKeyAndValue(row: AnyRow): row is KeyAndValue {
  return Array.isArray(row);
}

function isListRow(row: AnyRow): row is Row<ListName> {
  return !isKeyAndValue(row);
}

/** Reports each loss to the main thread, which counts it. */
class ReportedLosses extends Losses {
  readonly #report: (notice: LossNotice) => void;

  constructor(report: (notice: LossNotice) => void) {
    super();
    this.#report = report;
  }

  override damaged(damage: Damage): void {
    super.damaged(damage);
    // A copy: a message with a part of a buffer carries the whole buffer.
    this.#report({ loss: "damaged", damage: { ...damage, key: damage.key?.slice() } });
  }

  override missing(id: string, reason: string): void {
    super.missing(id, reason);
    this.#report({ loss: "missing", id, reason });
  }

  override undecodable(what: string): void {
    super.undecodable(what);
    this.#report({ loss: "undecodable", what });
  }
}

interface Opened {
  readonly directory: DataDirectory;
  readonly store: DiskRecordStore;
}

type Handlers = { readonly [N in CallName]: (input: Calls[N]["in"]) => Promise<Calls[N]["out"]> };

/** Owns the database of one data directory and answers the requests of the main thread. */
export class StoreHost {
  readonly #port: Pick<MessagePort, "postMessage">;
  #opened: Opened | undefined;
  readonly #readings = new Readings<AnyRow>();

  constructor(port: Pick<MessagePort, "postMessage">) {
    this.#port = port;
  }

  /** Answers one request. Never rejects. */
  async take(request: Request): Promise<void> {
    const { id } = request;
    try {
      const output = await this.#run(request);
      this.#send({ id, output }, buffersOf(output));
    } catch (error) {
      this.#send({ id, error: partsOf(error) });
    }
  }

  readonly #handlers: Handlers = {
    open: (options) => this.#open(options),
    apply: async ({ packed, sync }) => {
      await this.#store.applyPacked(packed, { sync });
      return undefined;
    },
    records: async (refs) => packValues(await this.#store.records(refs)),
    task: async (taskId) => {
      const rows: KeyAndValue[] = [];
      for await (const row of this.#store.rows(taskRange(taskId))) rows.push(row);
      return packValues(rows.flat());
    },
    members: async () => this.#readings.begin(this.#store.rows(ALL_MEMBERS)),
    checkpoints: async () => this.#readings.begin(this.#store.checkpointRows()),
    rowPage: async (number) => packValues((await this.#readings.page(number)).filter(isKeyAndValue).flat()),
    body: async (hash) => packValues([await this.#store.body(hash)]),
    hasBody: (hash) => this.#store.hasBody(hash),
    events: ({ after, limit }) => this.#store.events(after, limit),
    newestEvent: () => this.#store.newestEvent(),
    meta: async (key) => packValues([await this.#store.meta(key)]),
    metaEntries: async ({ prefix, limit }) => {
      const entries = await this.#store.metaEntries(prefix, limit);
      return { keys: entries.map(([key]) => key), values: packValues(entries.map(([, value]) => value)) };
    },
    list: async (name) => this.#readings.begin(rowsOf(this.#store, name)),
    page: async (number) => (await this.#readings.page(number)).filter(isListRow),
    leave: async (number) => {
      await this.#readings.leave(number);
      return undefined;
    },
    repair: async () => {
      await this.#store.repair();
      return undefined;
    },
    close: async () => {
      const opened = this.#opened;
      this.#opened = undefined;
      // Waits for the steps under way; the directory closes the database.
      await opened?.store.settled();
      await opened?.directory.close();
      return undefined;
    },
  };

  /** The switch gives each handler the input of its own call. */
  #run(request: Request): Promise<Calls[CallName]["out"]> {
    const handler = this.#handlers[request.call] as (input: Request["input"]) => Promise<Calls[CallName]["out"]>;
    return handler(request.input);
  }

  get #store(): DiskRecordStore {
    if (this.#opened !== undefined) return this.#opened.store;
    throw new NetworkError("storage_failed", "the database is not open");
  }

  async #open(options: Calls["open"]["in"]): Promise<OpenedDirectory> {
    const directory = await openDataDirectory(options);
    const losses = new ReportedLosses((notice) => this.#send(notice));
    this.#opened = { directory, store: new DiskRecordStore(directory.store, losses) };
    const { store: _, close: __, readOnly: ___, ...opened } = directory;
    return opened;
  }

  #send(message: FromThread, buffers: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, buffers);
  }
}

async function* keptRows(store: RecordStore): AsyncGenerator<Row<"kept">> {
  // A copy: a message with a part of a buffer carries the whole buffer.
  for await (const { entry, envelope } of store.kept()) yield { entry, envelope: envelope.slice() };
}

function rowsOf(store: RecordStore, name: ListName): AsyncIterable<Row<ListName>> {
  return name === "kept" ? keptRows(store) : store[name]();
}

/** Buffers that an answer gives away. */
function buffersOf(output: Calls[CallName]["out"]): ArrayBuffer[] {
  if (typeof output !== "object") return [];
  const packed: (PackedValues | undefined)[] = [];
  if ("lengths" in output) packed.push(output);
  if ("values" in output && typeof output.values === "object") packed.push(output.values);
  return packed.flatMap((values) => (values === undefined ? [] : [values.lengths.buffer, values.bytes.buffer]));
}
