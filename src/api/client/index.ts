export { exactText, jsonText, parseJson, parseRequest } from "./json-text.js";
export { readOrCreateToken, readToken, tokensEqual } from "./token-file.js";
