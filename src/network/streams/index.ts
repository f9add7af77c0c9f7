export { type Deadline, deadline } from "./deadline.js";
export { FrameStream } from "./frame-stream.js";
export { plainBytes } from "./plain-bytes.js";
export { pauseStream, resumeStream } from "./stream-flow.js";
