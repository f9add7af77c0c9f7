/** See `bundle.mjs`. */
export function bundle(
  patches?: readonly { readonly file: string; readonly find: string; readonly replace: string }[],
  options?: { readonly sourcemap?: boolean },
): Promise<string>;
