export { AHEAD_BLOCKS, WINDOW_BLOCKS } from "./block-window.js";
export { BlockFollower } from "./follower.js";
export { untoldHead } from "./untold-head.js";
