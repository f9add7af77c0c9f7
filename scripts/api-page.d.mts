/** The page of the methods, made of the OpenRPC document as JSON. */
export function apiPage(document: unknown): string;
