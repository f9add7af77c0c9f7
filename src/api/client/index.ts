/**
 * What a client of the API and its server share: exact JSON text and the token file.
 *
 * `parseJson` and `jsonText` keep integers of 64 bits exact. `readToken` reads the token that every request except
 * `/health` carries.
 *
 * This folder imports no server, so that a command of the program starts without it.
 */
export { exactText, jsonText, parseJson, parseRequest } from "./json-text.js";
export { newToken, READ_TOKEN_FILE, readOrCreateToken, readToken, tokensEqual } from "./token-file.js";
