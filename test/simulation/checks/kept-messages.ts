import { decodeEnvelope } from "../../../src/protocol/envelope.js";
import { dayOf } from "../../../src/protocol/membership.js";
import { decodePayload } from "../../../src/protocol/message.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import { readRecord } from "../byzantine/records.js";
import type { SimNode } from "../node/sim-node.js";
import type { World } from "../world/world.js";

/** A node keeps at most this many alerts about one author (src/engine/alerts/kept-messages.ts). */
const ALERTS_OF_AN_AUTHOR = 16;

/** An alert about two records. Those about votes are left out: no honest node makes them. */
interface RecordAlert {
  readonly author: string;
  /** The slot or the subject that it is about. */
  readonly about: string;
  readonly tasks: readonly string[];
}

/** What the alerts of one node prove about one author. */
interface Proved {
  readonly abouts: Set<string>;
  readonly tasks: Set<string>;
}

/**
 * The first alert that is not everywhere, as text. Nodes keep different alerts about one exclusion, since each keeps
 * the one that came first. So an alert of one node has to be proved on all nodes: each of them has one about the same
 * slot or subject, or excludes the author from the same tasks, or has as many alerts about the author as it keeps.
 */
export function missingAlert({ nodes, identity }: Pick<World, "nodes" | "identity">): string | undefined {
  const all = nodes.map((node) => {
    const alerts = alertsOf(node, identity);
    return { node, alerts, proved: provedBy(alerts) };
  });
  for (const { node, alerts } of all) {
    for (const alert of alerts) {
      const other = all.find(({ proved }) => !isProved(alert, proved.get(alert.author)));
      if (other === undefined) continue;
      const { author, about, tasks } = alert;
      return `${other.node.name} has no alert about ${author}, ${about}, tasks ${tasks.join(" ")}; ${node.name} has one`;
    }
  }
  return undefined;
}

function isProved({ about, tasks }: RecordAlert, proved: Proved | undefined): boolean {
  if (proved === undefined) return false;
  if (proved.abouts.has(about) || proved.abouts.size >= ALERTS_OF_AN_AUTHOR) return true;
  return tasks.every((task) => proved.tasks.has(task));
}

function provedBy(alerts: readonly RecordAlert[]): ReadonlyMap<string, Proved> {
  const byAuthor = new Map<string, Proved>();
  for (const { author, about, tasks } of alerts) {
    const proved = byAuthor.get(author) ?? { abouts: new Set(), tasks: new Set() };
    byAuthor.set(author, proved);
    proved.abouts.add(about);
    for (const task of tasks) proved.tasks.add(task);
  }
  return byAuthor;
}

function alertsOf({ held }: SimNode, identity: NetworkIdentity): RecordAlert[] {
  return [...held.messages.values()].flatMap((envelope) => {
    const known = read.get(envelope);
    if (known !== undefined) return known;
    const alert = readAlert(envelope, identity);
    const alerts = alert === undefined ? [] : [alert];
    read.set(envelope, alerts);
    return alerts;
  });
}

/** Each envelope is read once. */
const read = new WeakMap<Uint8Array, readonly RecordAlert[]>();

/** Undefined for a vote, and for an alert about votes. */
function readAlert(bytes: Uint8Array, identity: NetworkIdentity): RecordAlert | undefined {
  const { network, rules } = identity;
  const envelope = decodeEnvelope(bytes, { network, payloadLimits: rules.payloadLimits });
  if (!envelope.ok) return undefined;
  const payload = decodePayload(envelope.value.type, envelope.value.payload);
  if (!payload.ok || payload.value.kind !== "alert") return undefined;
  const { alertKind } = payload.value;
  const first = readRecord(identity, payload.value.first);
  const second = readRecord(identity, payload.value.second);
  if (first === undefined || second === undefined) return undefined;
  const { author, strand, number, timestampSeconds } = first;
  const tasks = [...new Set([first.task.taskId, second.task.taskId])];
  const type = first.payload.kind === "cancel" ? "task" : first.payload.kind;
  const subject = first.payload.kind === "validation" ? first.payload.submissionId : first.task.taskId;
  const slot = `slot ${type} ${strand} day ${dayOf(timestampSeconds)} number ${number}`;
  return { author, tasks, about: alertKind === 1 ? slot : `subject ${type} ${subject}` };
}
