import type { z } from "zod";
import type { EventBodies, EventName } from "../../engine/index.js";
import type {
  alertParams,
  digestParams,
  listParams,
  PublishInput,
  resolveParams,
  SubmissionInput,
  TaskInput,
  ValidationInput,
} from "../params/index.js";
import type {
  alertsShape,
  certificatesShape,
  digestShape,
  fraudAnalysisShape,
  infoShape,
  minerShape,
  peersShape,
  publishedShape,
  resolvedShape,
  rewardsShape,
  statsShape,
  submissionShape,
  syncRequestedShape,
  taskDetailsShape,
  taskPageShape,
  votesShape,
} from "../shapes/index.js";

/** The parameters and the answer of each method (docs/api-methods.md). */
export interface NodeMethods {
  readonly ai_get_network_info: { readonly params: undefined; readonly result: z.output<typeof infoShape> };
  readonly ai_get_peers: { readonly params: undefined; readonly result: z.output<typeof peersShape> };
  readonly ai_get_node_stats: { readonly params: undefined; readonly result: z.output<typeof statsShape> };
  readonly ai_publish_task: { readonly params: TaskInput; readonly result: z.output<typeof publishedShape> };
  readonly ai_submit_solution: { readonly params: SubmissionInput; readonly result: z.output<typeof publishedShape> };
  readonly ai_validate_submission: {
    readonly params: ValidationInput;
    readonly result: z.output<typeof publishedShape>;
  };
  readonly ai_cancel_task: {
    readonly params: PublishInput & { readonly task_id: string };
    readonly result: z.output<typeof publishedShape>;
  };
  readonly ai_get_task_details: {
    readonly params: { readonly task_id: string };
    readonly result: z.output<typeof taskDetailsShape>;
  };
  readonly ai_get_fraud_alerts: {
    readonly params: z.input<typeof alertParams> | undefined;
    readonly result: z.output<typeof alertsShape>;
  };
  readonly ai_get_miner_stats: {
    readonly params: { readonly miner: string };
    readonly result: z.output<typeof minerShape>;
  };
  readonly ai_get_submission: {
    readonly params: { readonly submission_id: string };
    readonly result: z.output<typeof submissionShape>;
  };
  readonly ai_get_certificates: {
    readonly params: { readonly submission_id: string };
    readonly result: z.output<typeof certificatesShape>;
  };
  readonly ai_get_votes: {
    readonly params: { readonly submission_id: string };
    readonly result: z.output<typeof votesShape>;
  };
  readonly ai_get_reward_distribution: {
    readonly params: { readonly task_id: string };
    readonly result: z.output<typeof rewardsShape>;
  };
  readonly ai_get_fraud_analysis: {
    readonly params: { readonly submission_id: string };
    readonly result: z.output<typeof fraudAnalysisShape>;
  };
  readonly ai_list_active_tasks: {
    readonly params: z.input<typeof listParams> | undefined;
    readonly result: z.output<typeof taskPageShape>;
  };
  readonly ai_resolve_id: {
    readonly params: z.input<typeof resolveParams>;
    readonly result: z.output<typeof resolvedShape>;
  };
  readonly ai_get_state_digest: {
    readonly params: z.input<typeof digestParams> | undefined;
    readonly result: z.output<typeof digestShape>;
  };
  readonly ai_sync_task: {
    readonly params: { readonly task_id: string };
    readonly result: z.output<typeof syncRequestedShape>;
  };
}

export type MethodResult<M extends keyof NodeMethods> = NodeMethods[M]["result"];

/** The arguments of a call: none where every parameter is optional. */
export type MethodParams<M extends keyof NodeMethods> = undefined extends NodeMethods[M]["params"]
  ? [params?: NodeMethods[M]["params"]]
  : [params: NodeMethods[M]["params"]];

/** An event as the node sends it. `event` decides the other members. */
export type ReceivedEvent =
  | {
      readonly [Name in EventName]: { readonly event: Name; readonly sequence: number } & EventBodies[Name];
    }[EventName]
  | {
      /** The node no longer has the events after `after` and before `next`. */
      readonly event: "events_missed";
      readonly sequence: number;
      readonly after: number;
      readonly next: number;
    };
