/** A value that survives JSON. Integers beyond 2^53 travel as decimal strings, never as rounded numbers. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export type JsonObject = { readonly [key: string]: Json };
