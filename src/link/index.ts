export { connectLink, type LinkClient } from "./client.ts";
export type { ToScreen } from "./protocol.ts";
export { type LinkOptions, startLink } from "./server.ts";
