import { closeSync, constants, openSync, readSync } from "node:fs";
import { Socket } from "node:net";

/*
 * A FIFO that every process of an attempt has open for writing tells whether one of them lives: opened for reading without
 * blocking, a read says EAGAIN while a writer is left and 0 bytes when none is (fifo(7), read(2)). It knows nothing of
 * process ids, so nothing can be mistaken, and works for grandchildren and across reboots.
 */

const readNow = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Whether a process holds the attempt. A missing FIFO is held by nobody that could be found this way; where we cannot look
 * (no descriptor left, say), the answer is yes, because a wrong "nobody" would let work be done twice.
 */
export function isHeld(alive: string): boolean {
  const opened = openNow(alive);
  if (typeof opened === "string") return opened === "unknown";
  try {
    return hasWriter(opened);
  } finally {
    closeSync(opened);
  }
}

/** An end that can be waited for and given up. */
export type Watch = { readonly freed: Promise<void>; close(): void };

/** Tells when the last process of the attempt is gone; at once when none is left. */
export function watchHeld(alive: string): Watch {
  const { promise, resolve } = Promise.withResolvers<void>();
  let socket: Socket | undefined;
  let retry: NodeJS.Timeout | undefined;

  function begin(): void {
    const opened = openNow(alive);
    if (opened === "unknown") {
      retry = setTimeout(begin, retryMs);
      return;
    }
    // The kernel announces the end of writers only to readers that were there before it: without this look, an end
    // between two calls would be waited for in vain.
    if (opened === "missing" || !hasWriter(opened)) {
      if (opened !== "missing") closeSync(opened);
      resolve();
      return;
    }
    socket = new Socket({ fd: opened, readable: true, writable: false });
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
    socket.on("end", () => socket?.destroy());
    socket.resume();
  }

  begin();
  return {
    freed: promise,
    close: () => {
      clearTimeout(retry);
      socket?.destroy();
    },
  };
}

const retryMs = 100;

function openNow(alive: string): number | "missing" | "unknown" {
  try {
    return openSync(alive, readNow);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? "missing" : "unknown";
  }
}

function hasWriter(descriptor: number): boolean {
  try {
    return readSync(descriptor, Buffer.alloc(1), 0, 1, null) !== 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EAGAIN";
  }
}
