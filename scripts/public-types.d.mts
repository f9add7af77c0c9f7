export declare const TYPES: URL;
export declare const ENTRIES: Readonly<Record<string, string>>;
export declare function publicTypes(name: string): { readonly text: string; readonly unexported: readonly string[] };
