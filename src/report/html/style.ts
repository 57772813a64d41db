/** Colours that can be told apart by brightness too; everything else follows the reader's light or dark. */
export const STYLE = `
:root { color-scheme: light dark;
  --page: light-dark(#fff, #15181c); --text: light-dark(#1d2125, #d9dee3); --dim: light-dark(#5b6570, #98a2ad);
  --line: light-dark(#d8dde2, #343a41); --panel: light-dark(#f5f7f9, #1d2126);
  --done: light-dark(#2c7a4b, #4fb477); --failed: light-dark(#c0262d, #f0666c); --open: light-dark(#9a6500, #e0a53a);
  --skipped: light-dark(#a3acb5, #5d6771); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 3rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem; }
p { margin: .3rem 0; }
code, pre { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, monospace; overflow-wrap: anywhere; }
time, .note, .kicker, footer { color: var(--dim); }
.kicker { margin: 0; } .kicker b { margin-left: .6em; padding: 0 .4em; border: 1px solid var(--open); border-radius: 3px; color: var(--open); font-size: .8em; }
.pill { display: inline-block; padding: .05rem .7rem; border: 1px solid; border-radius: 1rem; font-weight: 600; }
.done { color: var(--done); } .failed { color: var(--failed); } .open { color: var(--open); } .skipped { color: var(--dim); }
.cards { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; }
.cards div { flex: 1 1 7.5rem; padding: .55rem .8rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
.cards dt { color: var(--dim); font-size: .8rem; } .cards dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.cards dd.note { font-size: .8rem; font-weight: 400; overflow-wrap: anywhere; }
.next { padding: .1rem .9rem .8rem; background: var(--panel); border-left: 3px solid var(--open); border-radius: 0 6px 6px 0; }
.next h2 { margin: .6rem 0 .3rem; } .next pre { border: 0; padding: 0; margin: 0; background: none; }
.wide { overflow-x: auto; } td code { overflow-wrap: break-word; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 400; font-size: .85rem; } .nowrap { white-space: nowrap; font-variant-numeric: tabular-nums; }
pre { margin: .3rem 0; padding: .6rem .8rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; }
.failure { margin: .6rem 0; padding-left: .8rem; border-left: 3px solid var(--failed); }
.failure p { margin: 0; } details { margin: .5rem 0; } summary { cursor: pointer; }
.timeline { font-size: 13px; }
.row, .axis { display: grid; grid-template-columns: minmax(7rem, 15rem) minmax(5.5rem, 10rem) 1fr; gap: 0 .6rem; align-items: center; }
.row { border-top: 1px solid var(--line); } .row.item { border-top: 0; font-size: 12px; color: var(--dim); }
.name { padding-left: calc(var(--depth) * 1rem); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row .state { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.axis div { position: relative; height: 1.4em; color: var(--dim); }
.axis i { position: absolute; font-style: normal; white-space: nowrap; padding-left: 3px; border-left: 1px solid var(--line); }
.track { position: relative; height: 1.75em; } .item .track { height: 1.1em; }
.bar { position: absolute; top: .4em; bottom: .4em; min-width: 3px; border-radius: 2px; background: currentColor; }
.item .bar { top: .25em; bottom: .25em; opacity: .75; } .bar.skipped { background: var(--skipped); }
.track small { position: absolute; top: .15em; white-space: nowrap; color: var(--dim); font-variant-numeric: tabular-nums; }
.track b { position: absolute; top: 0; bottom: 0; border-left: 1px dashed var(--open); }
.lanes { display: block; width: 100%; margin: .2em 0 .5em; } .lanes rect { fill: currentColor; opacity: .8; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 32rem)); gap: 1rem; }
figure { margin: 0; } figcaption { color: var(--dim); font-size: 13px; margin-bottom: .3rem; }
figure svg { width: 100%; display: block; } figure text { font-size: 11px; fill: var(--dim); }
figure polyline { fill: none; stroke: currentColor; stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
figure polygon { fill: var(--done); opacity: .15; } .grid line { stroke: var(--line); }
footer { margin-top: 2.5rem; padding-top: .6rem; border-top: 1px solid var(--line); font-size: 13px; overflow-wrap: anywhere; }
@media (max-width: 40rem) { .row, .axis { grid-template-columns: 7rem 1fr; } .row .state, .axis span + span, .row > span:empty { display: none; } }
@media print {
  :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 11px; } code, pre { font-size: 10px; }
  .bar, .lanes rect, .cards div, .pill { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2 { break-after: avoid; } .row, tr, figure, .failure { break-inside: avoid; }
  .cards div, pre, .next { background: none; } details::details-content { content-visibility: visible; display: block; }
}
`;
