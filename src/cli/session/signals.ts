import type { Control } from "../../engine/index.ts";

/** Second SIGINT within this time ends what runs. */
const TWICE_MS = 2_000;

/**
 * Signals to an executor (durability: the other failures). HUP: go at once, commands run on. TERM: end what runs, within the
 * grace. INT: after the current step; twice: end what runs. Returns a function that stops listening.
 */
export function listenToSignals(control: Control): () => void {
  let lastIntMs = Number.NEGATIVE_INFINITY;
  const onInt = (): void => {
    const twice = performance.now() - lastIntMs < TWICE_MS;
    lastIntMs = performance.now();
    control.stop({ kind: twice ? "now" : "after-step", reason: { kind: "signal", signal: "SIGINT" }, exitCode: 130 });
    if (!twice) process.stderr.write("stopping after what runs now; press ctrl-c again within 2 s to end it\n");
  };
  const onTerm = (): void =>
    control.stop({ kind: "now", reason: { kind: "signal", signal: "SIGTERM" }, exitCode: 143 });
  const onHup = (): void =>
    control.stop({ kind: "leave", reason: { kind: "signal", signal: "SIGHUP" }, exitCode: 129 });
  // A terminal or pipe that is gone must not take the run with it.
  const ignore = (): void => {};
  process.on("SIGINT", onInt).on("SIGTERM", onTerm).on("SIGHUP", onHup);
  process.stdout.on("error", ignore);
  process.stderr.on("error", ignore);
  return () => {
    process.off("SIGINT", onInt).off("SIGTERM", onTerm).off("SIGHUP", onHup);
    process.stdout.off("error", ignore);
    process.stderr.off("error", ignore);
  };
}
