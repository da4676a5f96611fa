// The sheet of all pieces in a real browser: nothing overflows at 320 px, targets are 44 px,
// ids are unique, every control has a name, in two directions and three widths.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, drawSheet, serveSheet } from '../look/serve.mjs';

const dir = mkdtempSync(join(tmpdir(), 'lintel-sheet-'));
const looks = [];
for (const lang of ['en', 'es', 'ar']) for (const width of [320, 600, 1280]) looks.push([lang, width]);

// Runs in the page that holds the frames; the result becomes text that --dump-dom prints.
function measure() {
  const out = [];
  for (const frame of document.querySelectorAll('iframe')) {
    const d = frame.contentDocument, w = frame.contentWindow, bad = [];
    const shown = (e) => e.getClientRects().length > 0 && w.getComputedStyle(e).visibility !== 'hidden';
    const name = (e) => `${e.tagName.toLowerCase()}.${e.className} ${(e.textContent || e.id).trim().slice(0, 30)}`;
    if (d.documentElement.scrollWidth > frame.clientWidth) {
      bad.push(`page is ${d.documentElement.scrollWidth} px wide`);
    }
    for (const e of d.querySelectorAll('main *, header *, footer *')) {
      const r = e.getBoundingClientRect();
      if (shown(e) && !e.closest('.vh') && r.width > 1 && (r.right > frame.clientWidth + 1 || r.left < -1)) {
        bad.push(`sticks out: ${name(e)}`);
      }
    }
    for (const e of d.querySelectorAll('.button, nav a, summary, .pick, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), select, textarea, th a')) {
      const r = e.getBoundingClientRect();
      if (shown(e) && (r.height < 43.9 || r.width < 43.9)) bad.push(`small target ${r.width}x${r.height}: ${name(e)}`);
    }
    for (const e of d.querySelectorAll('input:not([type=hidden]), select, textarea')) {
      if (!e.labels || e.labels.length === 0) bad.push(`no label: ${e.name}`);
      for (const id of (e.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean)) {
        if (!d.getElementById(id)) bad.push(`describedby ${id} is nothing`);
      }
    }
    if (frame.dataset.lang === 'ar' && w.getComputedStyle(d.body).direction !== 'rtl') bad.push('not right to left');
    if (w.getComputedStyle(d.querySelector('.card')).borderRadius === '0px') bad.push('no style sheet');
    out.push({ look: `${frame.dataset.lang}-${frame.clientWidth}`, bad: [...new Set(bad)] });
  }
  const pre = document.createElement('pre');
  pre.textContent = 'RESULT' + JSON.stringify(out) + 'TLUSER';
  document.body.append(pre);
}

const page = `<!doctype html><meta charset="utf-8"><body>${looks.map(([lang, width]) =>
  `<iframe data-lang="${lang}" src="/${lang}.html" style="border:0;width:${width}px;height:3000px"></iframe>`).join('')}
<script>${measure}; addEventListener('load', () => document.fonts.ready.then(measure));</script>`;

let passed = 0, failed = 0;
try {
  drawSheet(dir);
  const server = await serveSheet(dir, 0, { '/measure': page });
  const dom = await chromium(dir, ['--window-size=1400,900', '--virtual-time-budget=15000', '--dump-dom', `${server.at}/measure`]);
  server.close();
  const text = dom.match(/<pre>RESULT(.*?)TLUSER/s);
  const results = text ? JSON.parse(text[1].replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')) : [];
  if (results.length !== looks.length) {
    failed++;
    console.log(`not ok the browser measured ${results.length} of ${looks.length} looks`);
  }
  for (const r of results) {
    if (r.bad.length === 0) { passed++; continue; }
    failed++;
    console.log(`not ok ${r.look}`);
    for (const b of r.bad.slice(0, 12)) console.log(`#   ${b}`);
  }
} finally {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`# ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
