import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type Refusal, statusObject } from "../refusal.ts";

/** What arrives and leaves on one exec connection, with the channels of Kubernetes' remote command protocol hidden. */
export type ExecStreams = {
  stdout(bytes: Buffer): void;
  stderr(bytes: Buffer): void;
  onStdin(write: (bytes: Buffer | null) => void): void;
  readonly closed: AbortSignal;
};

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, close: 255 };
const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/** The WebSocket side of `exec` (kubectl 1.30 and newer; older clients want SPDY, which is refused). */
export function createExecSockets() {
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => protocols.find((protocol) => offered.has(protocol)) ?? false,
  });
  return {
    accept(request: IncomingMessage, socket: Duplex, head: Buffer, run: (streams: ExecStreams) => Promise<number>) {
      sockets.handleUpgrade(request, socket, head, (client) => serve(client, run));
    },
    close() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
    },
  };
}

async function serve(client: WebSocket, run: (streams: ExecStreams) => Promise<number>) {
  const closed = new AbortController();
  const waiting: (Buffer | null)[] = [];
  let writeStdin: ((bytes: Buffer | null) => void) | undefined;
  client.on("close", () => closed.abort());
  client.on("error", () => closed.abort());
  client.on("message", (data: Buffer) => {
    const bytes = Buffer.from(data);
    const ended = bytes[0] === channels.close && bytes[1] === channels.stdin;
    const input = ended ? null : bytes[0] === channels.stdin ? bytes.subarray(1) : undefined;
    if (input === undefined) return;
    if (writeStdin) writeStdin(input);
    else waiting.push(input);
  });
  const send = (channel: number, bytes: Buffer) => {
    if (client.readyState === client.OPEN && bytes.length > 0)
      client.send(Buffer.concat([Buffer.from([channel]), bytes]));
  };
  const streams: ExecStreams = {
    stdout: (bytes) => send(channels.stdout, bytes),
    stderr: (bytes) => send(channels.stderr, bytes),
    onStdin(write) {
      writeStdin = write;
      for (const bytes of waiting.splice(0)) write(bytes);
    },
    closed: closed.signal,
  };
  // What goes wrong in the lab itself must reach the user of exec, not end the lab.
  const code = await run(streams).catch((error: unknown) => {
    streams.stderr(Buffer.from(`lab: ${String(error)}\n`));
    return 126;
  });
  send(channels.error, Buffer.from(JSON.stringify(exitStatus(code))));
  client.close(1000);
}

function exitStatus(code: number): object {
  if (code === 0) return { metadata: {}, status: "Success" };
  const message = `command terminated with non-zero exit code: exit status ${code}`;
  const causes = [{ reason: "ExitCode", message: String(code) }];
  return { metadata: {}, status: "Failure", message, reason: "NonZeroExitCode", details: { causes } };
}

/** Refuses an upgrade with an ordinary HTTP answer. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const body = JSON.stringify(statusObject(refusal));
  const head = `HTTP/1.1 ${refusal.code} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  socket.end(`${head}\r\n\r\n${body}`);
}
