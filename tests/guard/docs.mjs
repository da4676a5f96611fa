// Holds the documents to the repository: every relative link and picture is there, every
// picture is small and used, every `lintel …` is a command, every test named exists.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const PICTURE_MAX = 120 * 1024;
const SKIP = /^(build|node_modules|\.git|corpus)$/;
let passed = 0, failed = 0;

function check(ok, what) {
  if (ok) passed++;
  else { failed++; console.log(`not ok ${what}`); }
}

function files(dir, end) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => SKIP.test(e.name) ? [] :
    e.isDirectory() ? files(path.join(dir, e.name), end) : end.test(e.name) ? [path.join(dir, e.name)] : []);
}

const docs = files('.', /\.md$/);
const text = Object.fromEntries(docs.map((d) => [d, readFileSync(d, 'utf8')]));
check(docs.length > 12, 'the documents are found');

/* ---- links and pictures ---- */

const words = (s) => s.toLowerCase().replace(/[^\w\s-]/g, '').trim().replace(/\s/g, '-');
const headings = (s) => [...s.matchAll(/^#+ (.*)$/gm)].map((m) => words(m[1]));
const used = new Set();

for (const d of docs) {
  const plain = text[d].replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/^( {4}|\t).*$/gm, '').replace(/`[^`\n]*`/g, '');
  const links = [...plain.matchAll(/\]\(([^)\s]+)\)/g), ...plain.matchAll(/<(?:img|a)\b[^>]*?(?:src|href)="([^"]+)"/g)];
  for (const [, to] of links) {
    if (/^[a-z]+:/.test(to)) continue;
    const [file, anchor] = to.split('#'), at = file ? path.join(path.dirname(d), file) : d;
    check(existsSync(at), `${d} links to ${to}`);
    if (anchor && text[at]) check(headings(text[at]).includes(anchor), `${d}: no heading #${anchor} in ${at}`);
    if (/\.(png|svg)$/.test(at)) used.add(path.normalize(at));
  }
}
for (const p of existsSync('docs/img') ? files('docs/img', /./) : []) {
  check(used.has(path.normalize(p)), `${p} is used by no document`);
  check(statSync(p).size <= PICTURE_MAX, `${p} has ${statSync(p).size} bytes, at most ${PICTURE_MAX}`);
}
check(used.size >= 5, `only ${used.size} pictures are shown`);

/* ---- commands ---- */

const program = path.join(process.env.BUILD_DIR || 'build', 'lintel');
const known = new Map();

/* A command's help names its next words; what has none takes arguments. */
function help(...cmd) {
  const key = cmd.join(' ');
  if (!known.has(key)) {
    const r = spawnSync(program, [...cmd, '--help'], { encoding: 'utf8', timeout: 20000 });
    const out = `${r.stdout}${r.stderr}`;
    known.set(key, { ok: r.status === 0, options: out,
      next: /COMMAND …/.test(out) ? [...out.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((m) => m[1]) : null });
  }
  return known.get(key);
}

function command(d, line) {
  const all = line.split(/\s+/), cmd = [];
  if (all[0] === '--config') all.splice(0, 2);
  while (help(...cmd).next && all.length > 0 && /^[a-z]/.test(all[0])) {
    const ok = help(...cmd).next.includes(all[0]);
    check(ok, `${d}: lintel ${[...cmd, all[0]].join(' ')} is no command`);
    if (!ok) return;
    cmd.push(all.shift());
  }
  for (const o of line.match(/(?<=\s)--[a-z][a-z-]*/g) || [])
    if (o !== '--help' && o !== '--config') check(help(...cmd).options.includes(o), `${d}: lintel ${cmd.join(' ')} has no ${o}`);
}

if (existsSync(program)) {
  for (const d of docs) {
    const joined = text[d].replace(/\\\n\s*/g, ' ');
    const found = [...joined.matchAll(/`(?:sudo -u lintel )?lintel ([^`]*)`/g),
      ...joined.matchAll(/^(?: {4,}|\t)(?:sudo -u lintel )?lintel (.*)$/gm)];
    for (const [, line] of found)
      for (const one of line.replace(/\s*\n\s*/g, ' ').split(/\s*(?:&&|\|\s)\s*/)) {
        const s = one.replace(/^(sudo -u lintel )?lintel /, '').trim();
        if (/^[-a-z]/.test(s)) command(d, s);
      }
  }
  check(known.size > 10, `only ${known.size} commands are named`);
} else {
  check(false, `${program} is not built`);
}

/* ---- tests ---- */

const model = text['docs/threat-model.md'] || '';
const tests = [...new Set(model.match(/tests\/[\w./-]+/g) || [])];
for (const t of tests) check(existsSync(t), `docs/threat-model.md names ${t}`);
check(tests.length > 20, `the threat model names only ${tests.length} tests`);

console.log(`# ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
