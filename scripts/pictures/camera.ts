import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import xterm from "@xterm/headless";
import { type IPty, spawn } from "node-pty";
import { svgOf } from "./svg.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const LIMIT_MS = 90_000;

/** Pictures show the same names wherever they are made. */
const names = `import os from "node:os"; import { syncBuiltinESMExports } from "node:module"; os.hostname = () => "ops-1"; syncBuiltinESMExports();`;

/** A folder with runbooks and a state directory, and terminals in it. */
export class Studio {
  readonly dir = mkdtempSync(join(tmpdir(), "ops-"));
  readonly env: Record<string, string>;
  private readonly cameras: Camera[] = [];

  constructor() {
    const { CI: _ci, NO_COLOR: _no, TMUX: _tmux, ...env } = process.env;
    this.env = {
      ...(env as Record<string, string>),
      LANG: "C.UTF-8",
      LC_ALL: "C.UTF-8",
      TERM: "xterm-256color",
      SUDO_USER: "ada",
      XDG_STATE_HOME: join(this.dir, ".state"),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(names)}`,
    };
  }

  file(name: string, text: string): void {
    writeFileSync(join(this.dir, name), text);
  }

  open(args: readonly string[], columns: number, rows: number): Camera {
    const camera = new Camera(this, args, columns, rows);
    this.cameras.push(camera);
    return camera;
  }

  /** Ends every process of this studio, executors and commands too. `only`: those with this in their environment. */
  kill(only = this.env.XDG_STATE_HOME as string): void {
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
      try {
        if (readFileSync(`/proc/${name}/environ`, "latin1").includes(only)) process.kill(Number(name), "SIGKILL");
      } catch {
        // Gone, or not ours.
      }
    }
  }

  close(): void {
    for (const camera of this.cameras) camera.close();
    this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The program in a real pseudo-terminal. */
export class Camera {
  private readonly pty: IPty;
  private readonly screen: InstanceType<typeof xterm.Terminal>;
  readonly exited: Promise<number>;

  constructor(studio: Studio, args: readonly string[], cols: number, rows: number) {
    this.screen = new xterm.Terminal({ cols, rows, allowProposedApi: true });
    this.pty = spawn(process.execPath, [main, ...args], {
      cols,
      rows,
      cwd: studio.dir,
      name: "xterm-256color",
      env: studio.env,
    });
    this.pty.onData((text) => this.screen.write(text));
    this.exited = new Promise((resolve) => this.pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  type(keys: string): void {
    this.pty.write(keys);
  }

  text(): string {
    const { active } = this.screen.buffer;
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? "").join("\n");
  }

  async sees(wanted: string | RegExp, keys?: string): Promise<void> {
    const begun = performance.now();
    const there = (): boolean => (typeof wanted === "string" ? this.text().includes(wanted) : wanted.test(this.text()));
    let typedMs = Number.NEGATIVE_INFINITY;
    while (!there()) {
      if (performance.now() - begun > LIMIT_MS) throw new Error(`never saw ${wanted}:\n${this.text()}`);
      if (keys !== undefined && performance.now() - typedMs > 400) {
        typedMs = performance.now();
        this.type(keys);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** As it is now. */
  shoot(title: string): string {
    return svgOf(this.screen, title);
  }

  close(): void {
    try {
      this.pty.kill("SIGKILL");
    } catch {
      // Already gone.
    }
  }
}
