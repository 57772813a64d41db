import { ITEM } from "../../domain/state.ts";
import { fitText } from "../terminal/width.ts";
import { type Glyphs, paint, SGR } from "../theme.ts";
import { duration } from "./duration.ts";
import { type FanPicture, firstRow, lookOfItem } from "./fan-canvas.ts";
import { oneLine } from "./step-canvas.ts";

const SPARK_COLUMNS = 10;
/** Below this share of the middle rate an item is called slow. */
const SLOW = 0.5;

/** How evenly the work lies: one bar per item, with its rate; who lags behind is named. */
export function paintBars(picture: FanPicture, width: number, height: number): string[] {
  const { fan, ui, glyphs } = picture;
  const middle = middleRate(picture);
  const first = firstRow(ui.cursor, fan.keys.length, height - 1);
  const shown = Math.max(0, Math.min(height - 1, fan.keys.length - first));
  const balance = fitText(balanceOf(picture), width, glyphs.ellipsis);
  return [balance, ...Array.from({ length: shown }, (_, row) => paintBar(picture, first + row, middle, width))];
}

function paintBar(picture: FanPicture, position: number, middle: number | undefined, width: number): string {
  const { fan, ui, glyphs, rates } = picture;
  const look = lookOfItem(fan, position);
  const key = oneLine(fan.keys[position] as string);
  const keyWidth = Math.max(6, Math.min(26, Math.floor(width * 0.25)));
  const barWidth = Math.max(4, Math.min(40, Math.floor(width * 0.32)));
  const share = shareOf(picture, position);
  const rate = rates.perSecond(rateName(picture, position));
  const slow = rate !== undefined && middle !== undefined && look === "running" && rate < middle * SLOW;
  const words = [
    ` ${glyphs[look]} ${fitText(key, keyWidth, glyphs.ellipsis)}`,
    share === undefined ? " ".repeat(barWidth + 5) : `${bar(share, barWidth, glyphs)}${percent(share).padStart(5)}`,
    rates.spark(rateName(picture, position), SPARK_COLUMNS, glyphs.spark),
    rateWords(picture, position, rate),
    slow ? "slow" : "",
  ];
  const text = fitText(words.join(" "), width, glyphs.ellipsis);
  return paint(`${slow ? SGR.asking : SGR[look]}${position === ui.cursor ? ";7" : ""}`, text);
}

export function bar(share: number, columns: number, glyphs: Glyphs): string {
  const full = Math.max(0, Math.min(columns, Math.floor(share * columns)));
  return glyphs.barFull.repeat(full) + glyphs.barEmpty.repeat(columns - full);
}

export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

/** Under which name the rate of an item is noted. */
export function rateName({ ui, fan }: Pick<FanPicture, "ui" | "fan">, position: number): string {
  return `${ui.at}\n${fan.keys[position]}`;
}

function shareOf({ fan, progressOf }: FanPicture, position: number): number | undefined {
  const status = fan.status[position];
  if (status === ITEM.done || status === ITEM.skipped) return 1;
  if (status === ITEM.waiting) return 0;
  const progress = progressOf(position);
  return progress?.total ? Math.min(1, progress.done / progress.total) : undefined;
}

function rateWords(picture: FanPicture, position: number, rate: number | undefined): string {
  const progress = picture.progressOf(position);
  if (!progress || rate === undefined || lookOfItem(picture.fan, position) !== "running") return "";
  const left = progress.total && rate > 0 ? ` ETA ${duration(((progress.total - progress.done) / rate) * 1000)}` : "";
  return `${amount(rate)} ${oneLine(progress.unit)}/s${left}`;
}

export function amount(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Math.round(value * 10) / 10);
}

/** How far apart the running items are; the last of them by name. */
function balanceOf(picture: FanPicture): string {
  let least = { share: 2, position: -1 };
  let most = -1;
  let running = 0;
  for (const position of picture.fan.active) {
    const share = shareOf(picture, position);
    if (share === undefined) continue;
    running++;
    if (share < least.share) least = { share, position };
    most = Math.max(most, share);
  }
  if (running < 2) return "balance: fewer than two running items tell how far they are";
  const last = oneLine(picture.fan.keys[least.position] as string);
  return `balance: ${running} running, ${percent(most - least.share)} between the first and the last (${last})`;
}

function middleRate(picture: FanPicture): number | undefined {
  const rates = [...picture.fan.active]
    .map((position) => picture.rates.perSecond(rateName(picture, position)))
    .filter((rate) => rate !== undefined)
    .sort((a, b) => a - b);
  return rates.length < 2 ? undefined : rates[rates.length >> 1];
}
