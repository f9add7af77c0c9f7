export { outcomeLabel } from "./rpc.js";
export { type ApiLog, type ApiServer, type ApiServerOptions, createApiServer } from "./server.js";
