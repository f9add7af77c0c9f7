import { toHex } from "../../../src/protocol/bytes.js";
import { decodeEnvelope } from "../../../src/protocol/envelope.js";
import { dayOf } from "../../../src/protocol/membership.js";
import { decodePayload } from "../../../src/protocol/message.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import { readRecord } from "../byzantine/records.js";
import type { SimNode } from "../node/sim-node.js";
import type { World } from "../world/world.js";

/** A node keeps at most this many alerts about one author (src/engine/alerts/kept-messages.ts). */
const ALERTS_OF_AN_AUTHOR = 16;

/** An alert about two records or two votes of one author. */
interface HeldAlert {
  readonly author: string;
  /** The slot, or the subject, that two records are about; undefined for votes, which need not be everywhere. */
  readonly about: string | undefined;
  readonly tasks: readonly string[];
}

/** What the alerts of one node prove about one author. */
interface Proved {
  /** Alerts of every kind. */
  count: number;
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
      if (alert.about === undefined) continue;
      const other = all.find(({ proved }) => !isProved(alert, proved.get(alert.author)));
      if (other === undefined) continue;
      const { author, about, tasks } = alert;
      return `${other.node.name} has no alert about ${author}, ${about}, tasks ${tasks.join(" ")}; ${node.name} has one`;
    }
  }
  return undefined;
}

function isProved({ about, tasks }: HeldAlert, proved: Proved | undefined): boolean {
  if (proved === undefined) return false;
  if ((about !== undefined && proved.abouts.has(about)) || proved.count >= ALERTS_OF_AN_AUTHOR) return true;
  return tasks.every((task) => proved.tasks.has(task));
}

function provedBy(alerts: readonly HeldAlert[]): ReadonlyMap<string, Proved> {
  const byAuthor = new Map<string, Proved>();
  for (const { author, about, tasks } of alerts) {
    const proved = byAuthor.get(author) ?? { count: 0, abouts: new Set(), tasks: new Set() };
    byAuthor.set(author, proved);
    proved.count++;
    if (about === undefined) continue;
    proved.abouts.add(about);
    for (const task of tasks) proved.tasks.add(task);
  }
  return byAuthor;
}

function alertsOf({ held }: SimNode, identity: NetworkIdentity): HeldAlert[] {
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
const read = new WeakMap<Uint8Array, readonly HeldAlert[]>();

/** Undefined for a vote. */
function readAlert(bytes: Uint8Array, identity: NetworkIdentity): HeldAlert | undefined {
  const { network, rules } = identity;
  const envelope = decodeEnvelope(bytes, { network, payloadLimits: rules.payloadLimits });
  if (!envelope.ok) return undefined;
  const payload = decodePayload(envelope.value.type, envelope.value.payload);
  if (!payload.ok || payload.value.kind !== "alert") return undefined;
  const { alertKind } = payload.value;
  if (alertKind > 2) {
    const vote = decodeEnvelope(payload.value.first, { network, payloadLimits: rules.payloadLimits });
    return vote.ok ? { author: toHex(vote.value.sender), about: undefined, tasks: [] } : undefined;
  }
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
