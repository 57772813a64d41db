import type { Prompt } from "../../domain/prompt.ts";
import type { StepPlace } from "../../domain/run-request.ts";
import type { Change } from "../dialog/edit.ts";
import { findInFile } from "../log/find.ts";
import type { LogPager } from "../log/pager.ts";
import type { RunSource } from "../run-source.ts";
import { copyToClipboard } from "../terminal/announce.ts";
import type { Output } from "../terminal/output.ts";
import type { SuspendTerminal, TerminalSession } from "../terminal/session.ts";
import { type Effect, probed, replied, type Ui } from "../ui.ts";
import { diagnose } from "./diagnose.ts";

/** What carrying out an effect needs of the screen. */
export type Hands = {
  readonly source: RunSource;
  readonly output: Output;
  readonly session: TerminalSession;
  readonly pager: LogPager;
  suspendTerminal(): SuspendTerminal | undefined;
  /** Changes the ui whenever something has come back. */
  change(next: (ui: Ui) => Ui): void;
  lastLines(path: string): readonly string[];
  leave(): void;
  mute(): void;
};

/** Does what keys ask for. What takes time comes back through `change`; nothing here waits for anything. */
export class RunEffects {
  private readonly hands: Hands;
  private finding: AbortController | undefined;

  constructor(hands: Hands) {
    this.hands = hands;
  }

  stop(): void {
    this.finding?.abort();
  }

  perform(effect: Effect): void {
    const { source, pager, output, change } = this.hands;
    const note = (text: string): void => change((ui) => ({ ...ui, note: text }));
    const trouble = (problem: string | undefined): void => {
      if (problem !== undefined) note(`not taken: ${problem}`);
    };
    switch (effect.kind) {
      case "answer":
        void source
          .answer(effect.prompt, effect.answer)
          .then((problem) => change((ui) => replied(ui, effect.prompt.id, problem)));
        return;
      case "stop":
        void source.stop(effect.stop).then(trouble);
        return;
      case "request":
        void this.request(effect, note);
        return;
      case "retry-with":
        void this.retryWith(effect.changes, note);
        return;
      case "leave":
        this.hands.leave();
        return;
      case "suspend":
        this.lend((suspend) => this.hands.session.suspend(suspend));
        return;
      case "redraw":
        output.invalidate();
        return;
      case "mute":
        this.hands.mute();
        return;
      case "shell":
        void this.shell(effect.at, note);
        return;
      case "diagnose": {
        const { plan, state, logPath } = source;
        const nowMs = state.status.kind === "running" ? Date.now() : state.lastMs;
        const lines = diagnose({ plan, state, nowMs, logPath, lastLines: this.hands.lastLines }, effect.at);
        const title = `DIAGNOSIS - ${effect.at}`;
        change((ui) => ({ ...ui, dialog: { kind: "text", title, lines, top: 0, back: ui.dialog } }));
        return;
      }
      case "probe":
        void this.probe(effect.prompt);
        return;
      case "copy":
        copyToClipboard(output, effect.what === "path" ? (pager.file ?? "") : pager.pageText());
        note(effect.what === "path" ? "the path is copied" : "what is shown is copied");
        return;
      case "open-pager":
        this.openPager();
        return;
      case "pager":
        if (effect.toggle === "wrap") pager.wrapped = !pager.wrapped;
        else pager.clock = !pager.clock;
        return;
      case "find":
        void this.find(effect.text, effect.from, note);
        return;
      case "stop-finding":
        this.finding?.abort();
        return;
      case "scroll":
        this.scroll(effect.to);
    }
  }

  private async request(
    { request, done }: Extract<Effect, { kind: "request" }>,
    note: (text: string) => void,
  ): Promise<void> {
    const reply = await this.hands.source.request?.(request);
    if (!reply) note("this screen cannot ask for that");
    else note(reply.kind === "ok" ? done : `not taken: ${reply.problem}`);
  }

  private async retryWith(changes: readonly Change[], note: (text: string) => void): Promise<void> {
    const { source } = this.hands;
    if (!source.retryWith) {
      note(`not from here: runsheet resume ${source.runId} -p name=value`);
      return;
    }
    const problem = await source.retryWith(Object.fromEntries(changes.map(({ name, after }) => [name, after])));
    note(problem === undefined ? "going on with the changed parameters" : `not taken: ${problem}`);
  }

  private scroll(to: Extract<Effect, { kind: "scroll" }>["to"]): void {
    const { pager } = this.hands;
    if (to === "top") pager.start();
    else if (to === "end") pager.end();
    else if (to === "freeze") pager.freeze();
    else if ("pages" in to) pager.scrollPages(to.pages);
    else pager.scroll(to.lines);
  }

  private lend(use: (suspend: SuspendTerminal) => Promise<void>): void {
    const suspend = this.hands.suspendTerminal();
    if (!suspend) return;
    void use(suspend).then(() => this.hands.change((ui) => ui));
  }

  private async shell(at: string, note: (text: string) => void): Promise<void> {
    const reply = await this.hands.source.request?.({ kind: "place", at });
    if (!reply) return note("this screen cannot ask where the step runs");
    if (reply.kind === "failed") return note(`no shell: ${reply.problem}`);
    const { cwd, env, secrets } = reply.value as unknown as StepPlace;
    const without = secrets.length > 0 ? `; secrets are not set: ${secrets.join(", ")}` : "";
    this.lend((suspend) =>
      this.hands.session.child(suspend, process.env.SHELL || "/bin/sh", [], {
        cwd,
        env: { ...process.env, ...env, RUNSHEET_SHELL: at },
        greeting: `shell of step ${at} in ${cwd}${without}; the run goes on; exit comes back`,
      }),
    );
  }

  private openPager(): void {
    const { pager } = this.hands;
    const file = pager.file;
    if (file === undefined) return;
    // $PAGER may have arguments; the path never becomes part of a command line.
    const line = `${process.env.PAGER || "less"} "$1"`;
    this.lend((suspend) => this.hands.session.child(suspend, "/bin/sh", ["-c", line, "pager", file]));
  }

  private async probe(prompt: Prompt): Promise<void> {
    const { source, change } = this.hands;
    change((ui) => probed(ui, prompt.id, ["asking the step's probes"]));
    const reply = await source.request?.({ kind: "probe", at: prompt.at });
    const lines =
      reply?.kind === "ok" ? (reply.value as string[]) : [`not asked: ${reply?.problem ?? "nobody to ask"}`];
    change((ui) => probed(ui, prompt.id, lines));
  }

  private async find(text: string, from: "here" | "next" | "previous", note: (text: string) => void): Promise<void> {
    const { pager } = this.hands;
    this.finding?.abort();
    const finding = new AbortController();
    this.finding = finding;
    pager.freeze();
    const { file } = pager;
    if (file === undefined) return;
    const at = from === "next" ? pager.nextOffset : pager.offset;
    const found = await findInFile(file, text, at, from === "previous" ? "backward" : "forward", finding.signal);
    if (found.kind === "cancelled" || pager.file !== file) return;
    if (found.kind === "none") return note(`${from === "previous" ? "not before here" : "not from here on"}: ${text}`);
    pager.goTo(found.lineOffset, text);
    note("");
  }
}
