export * from "./contract.ts";
export {
  type Column,
  type ColumnType,
  DATASET_NAMES,
  DATASETS,
  type Dataset,
  type DatasetName,
} from "./datasets.ts";
export { decodeEra } from "./decode-era.ts";
export { EraFormatError, type EraProblem } from "./era-format-error.ts";
export { type BlockRows, type EraStats, type InspectOptions, readEraBlock, readEraStats } from "./inspect.ts";
export { ERA_TAIL_BYTES, planStateSkip, type StateSkip } from "./plan-state-skip.ts";
export { type NativeRow, readNative } from "./read-native.ts";
