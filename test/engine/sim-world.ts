import type { AttemptEnd } from "../../src/domain/attempt.ts";
import type { Event, RecordedEvent } from "../../src/domain/event.ts";
import type { AttemptRequest, Clock, Files, Journal, Processes, RunningAttempt } from "../../src/domain/ports.ts";

/** A deterministic source of choices; the same seed gives the same interleaving. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How one execution of a command goes: when its effect happens, when and how it ends. */
export type Script = { readonly effectAtMs: number; readonly endAtMs: number; readonly exitCode: number };

type Proc = {
  readonly attemptId: string;
  readonly command: string;
  end: AttemptEnd | undefined;
  readonly waiters: ((end: AttemptEnd) => void)[];
  killed: boolean;
};

type Pending = { readonly dueMs: number; readonly run: () => void; readonly generation: number | undefined };

/**
 * What survives a crash of the executor (journal, processes, ledger) and what does not (everything that an executor
 * awaits). Nothing happens by itself: `step` lets exactly one due thing happen, chosen by the seed.
 */
export class SimWorld {
  readonly events: RecordedEvent[] = [];
  readonly ledger: { readonly command: string; readonly attemptId: string; readonly exitCode: number }[] = [];
  readonly processes = new Map<string, Proc>();
  readonly random: () => number;
  nowMs = 0;
  generation = 0;
  epoch = 0;
  private pending: Pending[] = [];
  private ids = 0;
  readonly scriptOf: (command: string, tries: number) => Script;

  constructor(seed: number, scriptOf: (command: string, tries: number) => Script) {
    this.random = randomOf(seed);
    this.scriptOf = scriptOf;
  }

  /** Runs in `delayMs`; things of an executor (with a generation) never happen after its crash. */
  later(delayMs: number, run: () => void, generation?: number): void {
    this.pending.push({ dueMs: this.nowMs + delayMs, run, generation });
  }

  /** Lets one thing happen; false when nothing is left. */
  step(): boolean {
    this.pending = this.pending.filter((p) => p.generation === undefined || p.generation === this.generation);
    if (this.pending.length === 0) return false;
    const soonest = Math.min(...this.pending.map((p) => p.dueMs));
    const due = this.pending.filter((p) => p.dueMs <= Math.max(soonest, this.nowMs));
    const chosen = due[Math.floor(this.random() * due.length)] as Pending;
    this.pending.splice(this.pending.indexOf(chosen), 1);
    this.nowMs = Math.max(this.nowMs, chosen.dueMs);
    chosen.run();
    return true;
  }

  /** The executor is gone; a share of the processes dies with it when `wholeSession`. */
  crash(wholeSession: boolean): void {
    this.generation++;
    for (const proc of this.processes.values()) {
      if (proc.end) continue;
      // A wrapper that still waits at its gate reads end-of-file.
      if (!this.ledgerStarted.has(proc.attemptId)) this.finish(proc, { kind: "not-started" });
      else if (wholeSession) {
        proc.killed = true;
        this.finish(proc, { kind: "lost", evidence: ["no process is left"], output: { outBytes: 0, errBytes: 0 } });
      }
    }
  }

  readonly ledgerStarted = new Set<string>();

  newId(): string {
    return `id-${++this.ids}`;
  }

  journal(): Journal {
    const generation = this.generation;
    const epoch = ++this.epoch;
    // Commits happen in the order of the calls; whether one happened before a crash is up to the seed.
    const queue: (() => void)[] = [];
    return {
      epoch,
      append: (events: readonly Event[]) =>
        new Promise((resolve) => {
          queue.push(() => {
            const recorded = events.map((event) => this.append(event, epoch));
            this.later(0, () => resolve(recorded), generation);
          });
          this.later(0, () => queue.shift()?.(), generation);
        }),
      read: () => this.events,
      space: () => ({ freeBytes: 1e12, low: false }),
      close: () => {},
    };
  }

  append(event: Event, epoch: number): RecordedEvent {
    // Through JSON, as on disk.
    const recorded = { ...JSON.parse(JSON.stringify(event)), seq: this.events.length + 1, wallMs: this.nowMs, epoch };
    this.events.push(recorded);
    return recorded;
  }

  clock(): Clock {
    const generation = this.generation;
    return {
      monotonicMs: () => this.nowMs,
      wallMs: () => this.nowMs,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          signal?.addEventListener("abort", () => resolve(), { once: true });
          this.later(ms, resolve, generation);
        }),
    };
  }

  files(): Files {
    return {
      readText: async () => ({ kind: "ok", text: "" }),
      openLog: () => ({ line: () => {}, close: async () => {} }),
    };
  }

  processesPort(probe: (command: string) => number): Processes {
    const generation = this.generation;
    const settle = () => new Promise<void>((resolve) => this.later(0, resolve, generation));
    return {
      prepare: async (request) => {
        await settle();
        const proc = this.newProcess(request);
        return {
          kind: "ready",
          attempt: {
            identity: { pid: 1, startTicks: "1", bootId: "b", pidNamespace: "n" },
            release: () => {
              this.start(proc);
              return this.running(proc, generation);
            },
            abandon: async () => this.finish(proc, { kind: "not-started" }),
          },
        };
      },
      adopt: async ({ attemptId }) => {
        await settle();
        return this.running(this.processes.get(attemptId) as Proc, generation);
      },
      probe: async (request) => {
        await settle();
        return { kind: "exited", exitCode: probe(request.command.shown), stdout: "", stderr: "" };
      },
      output: async () => ({ text: "", truncated: false }),
      tail: async () => [],
    };
  }

  private newProcess(request: AttemptRequest): Proc {
    const { attemptId } = request;
    const proc: Proc = { attemptId, command: request.command.shown, end: undefined, waiters: [], killed: false };
    this.processes.set(attemptId, proc);
    return proc;
  }

  private start(proc: Proc): void {
    this.ledgerStarted.add(proc.attemptId);
    const tries = this.ledger.filter((line) => line.command === proc.command).length;
    const script = this.scriptOf(proc.command, tries);
    this.later(script.effectAtMs, () => {
      if (!proc.killed)
        this.ledger.push({ command: proc.command, attemptId: proc.attemptId, exitCode: script.exitCode });
    });
    this.later(script.endAtMs, () => {
      if (!proc.end)
        this.finish(proc, { kind: "exited", exitCode: script.exitCode, output: { outBytes: 0, errBytes: 0 } });
    });
  }

  private finish(proc: Proc, end: AttemptEnd): void {
    proc.end = end;
    for (const waiter of proc.waiters) waiter(end);
  }

  private running(proc: Proc, generation: number): RunningAttempt {
    const ended = new Promise<AttemptEnd>((resolve) => {
      const tell = (end: AttemptEnd) => this.later(0, () => resolve(end), generation);
      if (proc.end) tell(proc.end);
      else proc.waiters.push(tell);
    });
    return {
      ended,
      stop: async () => {
        proc.killed = true;
        if (!proc.end)
          this.finish(proc, { kind: "signalled", signal: "SIGTERM", output: { outBytes: 0, errBytes: 0 } });
      },
    };
  }
}
