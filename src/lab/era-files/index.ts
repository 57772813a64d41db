export { contentHash, type HashedTable } from "./content-hash.ts";
export { type GeneratedEra, type GenerateOptions, generateEra } from "./generate.ts";
export { SHAPES, type Shape, type ShapeName } from "./shape.ts";
