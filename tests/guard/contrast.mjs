// Computes the contrast of every pair of colours the pages use, from the tokens in
// gateway/static/lintel.css, in both schemes (WCAG 2.2, 1.4.3 and 1.4.11), and holds the
// style sheet to docs/look.md: tokens, logical properties, no animation, no other colour.
import { readFileSync } from 'node:fs';

const css = readFileSync('gateway/static/lintel.css', 'utf8');
const look = readFileSync('docs/look.md', 'utf8');
let passed = 0, failed = 0;

function check(ok, what) {
  if (ok) passed++;
  else { failed++; console.log(`not ok ${what}`); }
}

function tokens(block) {
  return Object.fromEntries([...block.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6})\s*;/g)].map((m) => [m[1], m[2]]));
}

const light = tokens(css.match(/^:root \{([\s\S]*?)^\}/m)[1]);
const dark = tokens(css.match(/@media \(prefers-color-scheme: dark\) \{([\s\S]*?)^\}/m)[1]);

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}

check(Math.abs(contrast('#000000', '#ffffff') - 21) < 0.001, 'black on white is 21');
check(Math.abs(contrast('#767676', '#ffffff') - 4.54) < 0.01, '#767676 on white is 4.54');

const sides = ['home', 'school', 'both', 'alert'];
const tints = sides.map((s) => s + '-tint');
const text = [];
for (const bg of ['paper', 'ground', ...tints]) text.push(['ink', bg], ['soft', bg], ['school', bg]);
for (const s of sides) text.push([s, 'paper'], [s, 'ground'], [s, s + '-tint']);
text.push(['paper', 'ink'], ['ink', 'line']);
const marks = [];
for (const bg of ['paper', 'ground']) for (const s of [...sides, 'edge', 'ink']) marks.push([s, bg]);
for (const t of tints) marks.push(['school', t]);	// the focus ring on a notice
for (const s of sides) marks.push([s, s + '-tint']);

for (const [scheme, t] of [['light', light], ['dark', dark]]) {
  for (const [pairs, least] of [[text, 4.5], [marks, 3]]) {
    for (const [fg, bg] of pairs) {
      const c = t[fg] && t[bg] ? contrast(t[fg], t[bg]) : 0;
      check(c >= least, `${scheme}: ${fg} on ${bg} is ${c.toFixed(2)}, needs ${least}`);
    }
  }
}

const rows = [...look.matchAll(/^\| ([a-z-]+) \| (#[0-9a-f]{6}) \| (#[0-9a-f]{6}) \|/gm)];
check(rows.length === 14, `docs/look.md lists ${rows.length} tokens, not 14`);
for (const [, name, l, d] of rows) {
  check(light[name] === l, `light ${name} is ${light[name]}, docs/look.md says ${l}`);
  check(dark[name] === d, `dark ${name} is ${dark[name]}, docs/look.md says ${d}`);
}

const plain = css.replace(/\/\*[\s\S]*?\*\//g, '');
const rules = plain.replace(/:root \{[\s\S]*?\}/g, '');
check(!/#[0-9a-fA-F]{3,8}\b/.test(rules), 'a colour that is no token');
check(!/(^|[\s;{])(margin|padding|border|inset)-(left|right|top|bottom)\b/.test(rules), 'a physical margin, padding or border');
check(!/(^|[\s;{])(left|right|top|bottom|width|height|min-width|max-width|min-height|max-height|float)\s*:/.test(rules.replace(/@media[^{]*\{/g, '')), 'a physical property');
check(!/text-align:\s*(left|right)/.test(rules), 'a physical text-align');
check(!/\b(animation|transition|@keyframes)\b/.test(rules), 'animation');
check(!/\b(url\(|@import|@font-face)/.test(rules), 'a request of its own');
check(/:focus-visible \{ outline: 3px solid/.test(rules), 'the focus ring is 3px');
check(/forced-colors: active/.test(css) && /@media print/.test(css), 'print and forced colours');
check(!/outline:\s*(none|0)\b/.test(rules), 'a focus ring taken away');

console.log(`# ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
