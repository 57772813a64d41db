import { connect, type Socket } from "node:net";
import { createFrameReader, type Frame } from "./messages.ts";

export type Frames = { next(): Promise<Frame> };

/** Opens a TCP connection. Rejects when there is none within the time. */
export function openSocket(host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection to ${host}:${port} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

/** The server's messages one after the other; rejects once the connection is gone. */
export function frameQueue(socket: Socket): Frames {
  const ready: Frame[] = [];
  let waiting: { resolve(frame: Frame): void; reject(error: Error): void } | undefined;
  let broken: Error | undefined;
  const fail = (error: Error) => {
    broken ??= error;
    waiting?.reject(broken);
    waiting = undefined;
  };
  const read = createFrameReader((next) => {
    if (waiting) {
      waiting.resolve(next);
      waiting = undefined;
    } else ready.push(next);
  });
  socket.on("data", read);
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("the server closed the connection")));
  return {
    next() {
      const first = ready.shift();
      if (first) return Promise.resolve(first);
      if (broken) return Promise.reject(broken);
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
      });
    },
  };
}
