import { spawn } from "node:child_process";
import { once } from "node:events";
import { printable } from "../../lib/printable.ts";
import type { Input } from "./input.ts";
import type { Output } from "./output.ts";

/** The window title is put aside and taken back (XTWINOPS 22 and 23, xterm's control sequences). */
const ENTER = "\u001b[22;0t\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?1004h\u001b[2J";
const LEAVE =
  "\u001b[?2026l\u001b[?1004l\u001b[?2004l\u001b[?7h\u001b[0m\u001b]9;4;0\u0007\u001b[?25h\u001b[?1049l\u001b[23;0t";

/** Ink's way of lending the terminal to somebody else and drawing again afterwards. */
export type SuspendTerminal = (whileAway: () => Promise<void>) => Promise<void>;

const SIGNALS = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130, SIGQUIT: 131 } as const;

/**
 * The terminal as we found it and as we need it: one pair of sequences, put back on every way out (quit, signals, bugs,
 * suspend, a child). Only kill -9 leaves traces; `reset` mends those.
 */
export class TerminalSession {
  private readonly output: Output;
  private readonly input: Input;
  private up = false;
  /** How Ink lends the terminal; set once it has mounted. */
  suspender: SuspendTerminal | undefined;
  /** Where stray writes of libraries go; never to the screen. */
  private readonly stray: (text: string) => void;
  private readonly writes = { stdout: process.stdout.write, stderr: process.stderr.write };

  constructor(output: Output, input: Input, stray: (text: string) => void) {
    this.output = output;
    this.input = input;
    this.stray = stray;
  }

  enter(): void {
    if (this.up) return;
    this.up = true;
    // Before anything can be seen: a key that is typed into a cooked terminal would wait for a line to end.
    this.input.setRawMode(true);
    this.output.once("shown", () => this.input.open());
    this.output.finish(ENTER);
    this.output.setLive(true);
    this.output.emit("entered");
    const divert = (chunk: unknown, second?: unknown, third?: unknown): boolean => {
      this.stray(String(chunk));
      const done = typeof second === "function" ? second : third;
      if (typeof done === "function") done();
      return true;
    };
    process.stdout.write = divert as typeof process.stdout.write;
    process.stderr.write = divert as typeof process.stderr.write;
  }

  leave(): void {
    if (!this.up) return;
    this.up = false;
    this.output.setLive(false);
    process.stdout.write = this.writes.stdout;
    process.stderr.write = this.writes.stderr;
    this.output.finish(LEAVE);
  }

  /** Installs the handlers of every way out; `onSignal` is told before the process ends. Returns a function that removes them. */
  guard(onSignal: (what: string) => void): () => void {
    const restore = (): void => {
      this.leave();
      try {
        this.input.setRawMode(false);
      } catch {
        // The terminal is gone; there is nothing to restore.
      }
    };
    const removers: (() => void)[] = [];
    const on = (event: string, handler: (error?: unknown) => void): void => {
      process.on(event as never, handler as never);
      removers.push(() => process.off(event, handler as never));
    };
    on("exit", restore);
    for (const [signal, code] of Object.entries(SIGNALS)) {
      on(signal, () => {
        onSignal(signal);
        restore();
        process.exit(code);
      });
    }
    // A stop from outside (kill -TSTP) leaves the terminal as it was, like ctrl-z does.
    on("SIGTSTP", () => {
      if (this.suspender && this.up) void this.suspend(this.suspender);
      else process.kill(process.pid, "SIGSTOP");
    });
    for (const event of ["uncaughtException", "unhandledRejection"]) {
      on(event, (error) => {
        restore();
        process.stderr.write(`runsheet: a bug of the screen; the run goes on without it\n${textOf(error)}\n`);
        onSignal(event);
        process.exit(70);
      });
    }
    return () => {
      for (const remove of removers) remove();
    };
  }

  /** Lends the terminal to a command and takes it back; what was typed meanwhile and shortly after is not for us. */
  async child(
    suspend: SuspendTerminal,
    command: string,
    args: readonly string[],
    {
      greeting,
      ...options
    }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly greeting?: string } = {},
  ): Promise<void> {
    await suspend(async () => {
      this.leave();
      if (greeting !== undefined) this.output.finish(`${printable(greeting)}\r\n`);
      const child = spawn(command, [...args], { stdio: "inherit", ...options });
      await Promise.race([once(child, "exit"), once(child, "error")]).catch(() => {});
      this.enter();
    });
    this.input.mute(500);
    this.output.invalidate();
  }

  /** ctrl-z. SIGSTOP, because a SIGTSTP that one sends oneself is dropped in an orphaned process group. */
  async suspend(suspend: SuspendTerminal): Promise<void> {
    await suspend(async () => {
      this.leave();
      const back = once(process, "SIGCONT");
      process.kill(process.pid, "SIGSTOP");
      await back;
      this.enter();
    });
    this.output.invalidate();
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
