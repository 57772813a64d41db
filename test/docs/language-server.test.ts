import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const schema = pathToFileURL(join(root, "schema/runbook.schema.json")).href;

type Diagnostic = { readonly message: string; readonly range: { readonly start: { readonly line: number } } };
type Message = { readonly id?: number; readonly method?: string; readonly params?: unknown; readonly result?: unknown };

let server: ChildProcess;
const waiting = new Map<string, (diagnostics: readonly Diagnostic[]) => void>();
const answers = new Map<number, (result: unknown) => void>();

beforeAll(async () => {
  const bin = join(root, "node_modules/yaml-language-server/bin/yaml-language-server");
  server = spawn(process.execPath, [bin, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  readMessages(server.stdout as NodeJS.ReadableStream, receive);
  await ask("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
  send({ method: "initialized", params: {} });
  // Nothing is fetched from anywhere.
  const settings = { yaml: { schemaStore: { enable: false }, kubernetesCRDStore: { enable: false } } };
  send({ method: "workspace/didChangeConfiguration", params: { settings } });
});
afterAll(async () => {
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await ended;
});

test("editors find nothing wrong with the shipped runbooks", async () => {
  for (const name of readdirSync(join(root, "runbooks"))) {
    const folder = join(root, "runbooks", name);
    for (const file of readdirSync(folder).filter((entry) => entry.endsWith(".yaml"))) {
      const text = readFileSync(join(folder, file), "utf8");
      // Those that are runbooks say so in their first line, by the path of the schema.
      if (text.startsWith("# yaml-language-server:"))
        expect(await diagnosed(join(folder, file), text), file).toEqual([]);
    }
  }
});

test("editors mark a key that the language does not have, and a value that it does not take", async () => {
  const text = `# yaml-language-server: $schema=${schema}
runsheet: 1
name: wrong
steps:
  - id: look
    effects: read
    run: echo
  - id: again
    run: echo
    onFailure: shrug
`;
  const marked = (await diagnosed(join(root, "wrong.yaml"), text)).map(({ message, range }) => [
    range.start.line,
    message,
  ]);
  expect(marked).toEqual([
    [5, expect.stringContaining("effects")],
    [9, expect.stringContaining('"ask"')],
  ]);
});

test("editors complete keys and show what they are for", async () => {
  const uri = pathToFileURL(join(root, "begun.yaml")).href;
  const text = `# yaml-language-server: $schema=${schema}\nrunsheet: 1\nname: begun\nsteps:\n  - id: look\n    ver\n`;
  await diagnosed(join(root, "begun.yaml"), text);
  const position = { line: 5, character: 7 };
  const completed = (await ask("textDocument/completion", { textDocument: { uri }, position })) as {
    readonly items: readonly { readonly label: string; readonly documentation?: unknown }[];
  };
  const found = completed.items.find(({ label }) => label === "verify");
  expect(JSON.stringify(found?.documentation)).toContain("Did it really work?");
});

/** Opens a text in the server and waits for what it says about it. */
function diagnosed(file: string, text: string): Promise<readonly Diagnostic[]> {
  const uri = pathToFileURL(file).href;
  const said = new Promise<readonly Diagnostic[]>((resolve) => waiting.set(uri, resolve));
  send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version: 1, text } } });
  return said;
}

function receive(message: Message): void {
  if (message.method === "textDocument/publishDiagnostics") {
    const { uri, diagnostics } = message.params as { uri: string; diagnostics: readonly Diagnostic[] };
    waiting.get(uri)?.(diagnostics);
    return;
  }
  if (message.id === undefined) return;
  if (message.method === undefined) {
    answers.get(message.id)?.(message.result);
    return;
  }
  // The server asks for settings, one object for each section; ours are its own.
  const items = (message.params as { items?: readonly unknown[] } | undefined)?.items ?? [];
  send({ id: message.id, result: message.method === "workspace/configuration" ? items.map(() => null) : null });
}

let lastId = 0;

function ask(method: string, params: unknown): Promise<unknown> {
  const id = ++lastId;
  const answered = new Promise((resolve) => answers.set(id, resolve));
  send({ id, method, params });
  return answered;
}

function send(message: object): void {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  server.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function readMessages(stream: NodeJS.ReadableStream, onMessage: (message: Message) => void): void {
  let buffer = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const head = buffer.indexOf("\r\n\r\n");
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.toString("latin1", 0, Math.max(0, head)))?.[1]);
      if (head < 0 || buffer.length < head + 4 + length) return;
      onMessage(JSON.parse(buffer.toString("utf8", head + 4, head + 4 + length)) as Message);
      buffer = buffer.subarray(head + 4 + length);
    }
  });
}
