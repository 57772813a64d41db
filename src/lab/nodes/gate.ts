import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A listening port with a door. The real software closes its port when it stops; ours keeps it, so that nobody else
 * takes the number meanwhile, and resets whoever knocks at a closed door.
 */
export type Gate = {
  readonly port: number;
  readonly open: boolean;
  setOpen(open: boolean): void;
  close(): Promise<void>;
};

export async function openGate(onRequest: RequestListener, initiallyOpen = false): Promise<Gate> {
  let open = initiallyOpen;
  const server = createServer(onRequest);
  server.on("connection", (socket) => {
    if (!open) socket.resetAndDestroy();
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return open;
    },
    setOpen(next) {
      if (open && !next) server.closeAllConnections();
      open = next;
    },
    close: () => closeServer(server),
  };
}

export function closeServer(server: Pick<Server, "close" | "closeAllConnections">): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
