/** The style of the report: no font, picture or script from elsewhere, light and dark as the reader's system has it. */
export const reportStyle = `
:root { color-scheme: light dark; --page: #fafafa; --card: #fff; --text: #1b1d21; --soft: #5b6270; --line: #dfe3e8;
  --first: #2463c4; --second: #c2570c; --third: #0b8457; --annotated: #2463c4; --predicted: #d9480f }
@media (prefers-color-scheme: dark) { :root { --page: #131519; --card: #1c1f25; --text: #e8eaee; --soft: #a0a8b6; --line: #343a44;
  --first: #74a9ff; --second: #ffa657; --third: #4fd1a1; --annotated: #74a9ff; --predicted: #ff9357 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 6px }
h2 { font-size: 18px; margin: 34px 0 10px }
p { margin: 4px 0 }
a { color: var(--first) }
.soft, figcaption { color: var(--soft) }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0 0 }
.tile, figure, .table, .picture { background: var(--card); border: 1px solid var(--line); border-radius: 8px }
.tile { padding: 12px 14px }
.tile b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums }
.tile span { color: var(--soft); font-size: 13px }
.table { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: 7px 12px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line) }
tr:last-child td, tr:last-child th { border-bottom: 0 }
th:first-child { text-align: left }
thead th { color: var(--soft); font-weight: 500; font-size: 13px; cursor: help }
tbody th { font-weight: 500 }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 14px }
figure { margin: 0; padding: 14px 16px 10px }
figure h3 { margin: 0 0 2px; font-size: 15px }
figure svg { display: block; width: 100%; height: auto; margin-top: 6px }
figcaption { font-size: 13px }
.key::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 5px 0 10px }
.key:first-child::before { margin-left: 0 }
.key.first::before { background: var(--first) } .key.second::before { background: var(--second) } .key.third::before { background: var(--third) }
.key.annotated::before { background: var(--annotated) } .key.predicted::before { background: var(--predicted) }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif }
svg .grid { stroke: var(--line) } svg .axis { stroke: var(--soft) } svg .ideal { stroke: var(--soft); stroke-dasharray: 4 4 }
svg rect.first, svg circle.first { fill: var(--first) } svg rect.second { fill: var(--second) } svg rect.third, svg circle.third { fill: var(--third) }
svg polyline { fill: none; stroke-width: 2 } svg polyline.first { stroke: var(--first) } svg polyline.third { stroke: var(--third) }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 12px }
.picture { padding: 10px 12px; display: flex; flex-direction: column; gap: 6px }
.picture .head { display: flex; justify-content: space-between; gap: 8px; font-variant-numeric: tabular-nums }
.picture svg { width: 100%; height: 190px }
.picture .soft { font-size: 13px; margin-top: auto }
.picture path { fill: none; stroke-linecap: round; stroke-linejoin: round }
.annotated path { stroke: var(--annotated) } .predicted path { stroke: var(--predicted) }
path.frame { stroke: var(--line); stroke-width: 2 } path.box { stroke-width: 1; stroke-dasharray: 3 4; opacity: .6 }
path.bones { stroke-width: 2; opacity: .75 } path.dots { stroke-width: 3 }
@media print { figure, .picture, .tile { break-inside: avoid } }
`
