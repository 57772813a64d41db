import { fileURLToPath } from "node:url";
import xterm from "@xterm/headless";
import { type IPty, spawn } from "node-pty";
import type { Bench } from "../rig/runsheet.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const LIMIT_MS = 30_000;
/** A frame is one synchronized update. */
const FRAME_BEGIN = "\u001b[?2026h";
const FRAME_END = "\u001b[?2026l";

export type TerminalOptions = {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Record<string, string>;
  /** Instead of the program. */
  readonly command?: readonly string[];
};

/** The program in a real pseudo-terminal, seen through a terminal emulator. */
export class Terminal {
  readonly exited: Promise<number>;
  /** Every byte that the program wrote. */
  raw = "";
  readonly pty: IPty;
  private readonly screen: InstanceType<typeof xterm.Terminal>;
  private readonly changed = new Set<() => void>();
  /** Not in the middle of a frame: half of it may be read in the next piece, and a person never sees that half. */
  private whole = true;

  constructor(bench: Bench, args: readonly string[], options: TerminalOptions = {}) {
    const { columns: cols = 120, rows = 40 } = options;
    this.screen = new xterm.Terminal({ cols, rows, allowProposedApi: true });
    const { CI: _ci, NO_COLOR: _noColor, ...env } = process.env;
    const [file, ...argv] = options.command ?? [process.execPath, main, ...args];
    this.pty = spawn(file as string, argv, {
      cols,
      rows,
      cwd: bench.dir,
      name: "xterm-256color",
      env: {
        ...env,
        LANG: "C.UTF-8",
        LC_ALL: "C.UTF-8",
        XDG_STATE_HOME: bench.state,
        LEDGER: bench.ledger,
        ...options.env,
      } as Record<string, string>,
    });
    this.pty.onData((text) => {
      this.raw += text;
      const whole = this.raw.lastIndexOf(FRAME_END) >= this.raw.lastIndexOf(FRAME_BEGIN);
      this.screen.write(text, () => {
        this.whole = whole;
        for (const look of this.changed) look();
      });
    });
    this.exited = new Promise((resolve) => this.pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  type(keys: string): void {
    this.pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows);
    this.pty.resize(columns, rows);
  }

  /** What a person sees, without blanks at the ends of lines. */
  text(): string {
    const { active } = this.screen.buffer;
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? "").join("\n");
  }

  get onAlternateScreen(): boolean {
    return this.screen.buffer.active.type === "alternate";
  }

  /** Waits until the screen shows `wanted`. */
  async sees(wanted: string | RegExp): Promise<void> {
    const there = (): boolean => (typeof wanted === "string" ? this.text().includes(wanted) : wanted.test(this.text()));
    await this.until(there, String(wanted));
  }

  private async until(is: () => boolean, wanted: string): Promise<void> {
    const there = (): boolean => this.whole && is();
    if (there()) return;
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.changed.delete(look);
      };
      const look = (): void => {
        if (!there()) return;
        done();
        resolve();
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`never saw ${wanted}; the screen reads:\n${this.text()}`));
      }, LIMIT_MS);
      this.changed.add(look);
    });
  }

  /** Waits until the program has written `wanted`, which need not be visible. */
  async hears(wanted: string): Promise<void> {
    await this.until(() => this.raw.includes(wanted), `bytes ${JSON.stringify(wanted)}`);
  }

  /** Types again and again until the screen shows `wanted`: keys are dropped while a new dialog is muted. */
  async typeUntil(keys: string, wanted: string | RegExp): Promise<void> {
    const again = setInterval(() => this.type(keys), 300);
    this.type(keys);
    await this.sees(wanted).finally(() => clearInterval(again));
  }

  /** Types again and again until the program ends; gives its exit code. */
  async typeUntilExit(keys: string): Promise<number> {
    const again = setInterval(() => this.type(keys), 300);
    this.type(keys);
    return this.exited.finally(() => clearInterval(again));
  }

  close(): void {
    try {
      this.pty.kill("SIGKILL");
    } catch {
      // Already gone.
    }
    this.screen.dispose();
  }
}
