export { cleanFailedCommand } from "./clean.ts";
