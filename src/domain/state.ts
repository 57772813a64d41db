export type RunState = { readonly seq: number };
