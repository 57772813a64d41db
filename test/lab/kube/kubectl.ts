import { execFileSync, spawn } from "node:child_process";

export type Said = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Why tests with the real kubectl cannot run here, or undefined when they can. */
export function kubectlProblem(): string | undefined {
  try {
    const text = execFileSync("kubectl", ["version", "--client", "-o", "json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const { gitVersion, minor } = (JSON.parse(text) as { clientVersion: { gitVersion: string; minor: string } })
      .clientVersion;
    return Number.parseInt(minor, 10) >= 30
      ? undefined
      : `kubectl ${gitVersion} is older than 1.30 and cannot exec over WebSocket`;
  } catch {
    return "there is no kubectl on this machine";
  }
}

/** kubectl on one kubeconfig. */
export function kubectl(kubeconfig: string) {
  const start = (args: readonly string[], input?: string, env: NodeJS.ProcessEnv = {}) => {
    const child = spawn("kubectl", [...args], {
      env: { ...process.env, KUBECONFIG: kubeconfig, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const ended = new Promise<Said>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
    return { child, ended, soFar: () => stdout };
  };
  return {
    start,
    /** Runs it to its end, whatever that is. */
    say: (args: string, input?: string, env?: NodeJS.ProcessEnv) => start(args.split(" "), input, env).ended,
    argv: (args: readonly string[], input?: string) => start(args, input).ended,
    /** Runs it and expects it to succeed. */
    async ok(args: string, input?: string): Promise<string> {
      const said = await start(args.split(" "), input).ended;
      if (said.code !== 0) throw new Error(`kubectl ${args}: ${said.stderr}`);
      return said.stdout;
    },
    async json<T = Record<string, never>>(args: string): Promise<T> {
      return JSON.parse(await this.ok(`${args} -o json`)) as T;
    },
  };
}
