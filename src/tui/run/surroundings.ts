import type { Progress } from "../../domain/action.ts";
import { type Address, childAddress, encodeKey, parentOf } from "../../domain/address.ts";
import { type FanOutState, ITEM } from "../../domain/state.ts";
import type { RunSource } from "../run-source.ts";
import type { Surroundings, Ui } from "../ui.ts";
import { failureIn } from "./diagnose.ts";
import { gridOf } from "./fan-canvas.ts";
import type { FanFacts } from "./fan-press.ts";
import { fieldsOf } from "./param-fields.ts";
import { currentStep } from "./step-rows.ts";
import { attemptFor, leftMs } from "./view.ts";

/** What the screen has before it when a key arrives. */
export type Seen = {
  readonly source: RunSource;
  readonly ui: Ui;
  readonly live: boolean;
  /** The step whose output is shown. */
  readonly shown: Address | undefined;
  readonly addresses: readonly Address[];
  readonly failed: readonly Address[];
  readonly hasLog: boolean;
  readonly window: { readonly columns: number; readonly rows: number };
  readonly logSize: { readonly width: number; readonly height: number };
};

/** Everything that a key is judged by, taken now. */
export function surroundingsOf(seen: Seen): Surroundings {
  const { source, ui, live, shown } = seen;
  const { state } = source;
  const step = state.steps.get(shown ?? "");
  const waits = live && shown !== undefined && leftMs(state, shown, Date.now()) !== undefined;
  const failed = step && failureIn(step);
  const fan = fanFacts(seen);
  const inFan = ui.fan !== undefined && !ui.fan.inItem;
  return {
    nowMs: performance.now(),
    columns: seen.window.columns,
    rows: seen.window.rows,
    waiting: state.prompts.size > 0,
    readOnly: source.readOnly,
    live,
    hasLog: seen.hasLog,
    hasGrid: fan !== undefined,
    retrying: waits,
    tried: attemptFor(state, shown) !== undefined || step?.fan !== undefined,
    hasFailed: inFan ? (fan?.failed ?? 0) > 0 : seen.failed.length > 0,
    searched: ui.search.last !== "",
    inFan,
    steps: seen.addresses,
    failed: seen.failed,
    current: currentStep(state),
    prompts: live ? [...state.prompts.values()].map(({ prompt }) => prompt) : [],
    waitingStep: waits
      ? { at: shown, title: shown, text: [failed?.message, failed?.hint].filter(Boolean).join("\n\n") }
      : undefined,
    fields: () => fieldsOf(source.plan.runbook, source.paramTexts?.() ?? []),
    checkField: (name, text) => {
      const spec = source.plan.runbook.params[name];
      if (!spec || (text === "" && spec.optional)) return undefined;
      const read = source.readValue(spec, text);
      return read.kind === "failed" ? read.problem : undefined;
    },
    fan,
    readValue: source.readValue,
  };
}

/** The fan-out that is shown, or the one that the shown item belongs to. */
function fanFacts({ source, ui, shown, logSize }: Seen): FanFacts | undefined {
  const { steps } = source.state;
  let at = ui.fan?.at ?? shown ?? "";
  while (at !== "" && !steps.get(at)?.fan) at = parentOf(at);
  const fan = steps.get(at)?.fan;
  if (!fan) return undefined;
  const { columns, rows, perCell } = gridOf(fan.keys.length, logSize.width, logSize.height);
  return {
    at,
    count: fan.keys.length,
    failed: fan.counts.failed,
    perCell,
    columns,
    pageRows: rows,
    itemAt: (position) => childAddress(at, encodeKey(fan.keys[position] as string)),
    failedAfter: (position) => {
      const next = fan.status.indexOf(ITEM.failed, Math.max(0, position + 1));
      const found = next >= 0 ? next : fan.status.indexOf(ITEM.failed);
      return found >= 0 ? found : undefined;
    },
  };
}

/** Progress of an item, or of whatever runs inside of it. */
export function itemProgress(
  source: RunSource,
  fanAt: Address,
  fan: FanOutState,
  position: number,
): Progress | undefined {
  const item = childAddress(fanAt, encodeKey(fan.keys[position] as string));
  const own = source.progressOf(item);
  if (own) return own;
  for (const at of source.state.inside.get(item) ?? []) {
    const inside = source.progressOf(at);
    if (inside) return inside;
  }
  return undefined;
}
