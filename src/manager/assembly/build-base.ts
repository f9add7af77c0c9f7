import type { ManagerOptions } from "../options.js";
import type { OwnResults } from "../publish/index.js";
import type { Shared } from "../shared.js";
import type { NetworkLink } from "./network-link.js";

/** What every builder takes. */
export interface BuildBase {
  readonly options: ManagerOptions;
  readonly shared: Shared;
  readonly results: OwnResults;
  readonly link: NetworkLink;
}
