export { failedCommand } from "./status.ts";
