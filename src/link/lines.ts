import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { MAX_LINE_BYTES } from "./protocol.ts";

/** Calls `onMessage` for each JSON line; a line that is no JSON or too long ends the connection. */
export function readMessages(socket: Socket, onMessage: (message: unknown) => void): void {
  const decoder = new StringDecoder("utf8");
  let parts: string[] = [];
  let size = 0;
  socket.on("data", (chunk: Buffer) => {
    const text = decoder.write(chunk);
    let from = 0;
    for (let cut = text.indexOf("\n"); cut >= 0; cut = text.indexOf("\n", from)) {
      parts.push(text.slice(from, cut));
      const line = parts.join("");
      parts = [];
      size = 0;
      from = cut + 1;
      try {
        onMessage(JSON.parse(line));
      } catch {
        socket.destroy();
        return;
      }
    }
    parts.push(text.slice(from));
    size += text.length - from;
    if (size > MAX_LINE_BYTES) socket.destroy();
  });
}

export function writeMessage(socket: Socket, message: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}
