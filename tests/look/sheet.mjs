// Photographs the sheet of all pieces: node tests/look/sheet.mjs DIR [PORT]
// Needs `make tests` and chromium. Not a test: for the eyes of whoever changes a style.
import { createServer } from 'node:http';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const dir = process.argv[2] ?? 'build/sheet';
const port = Number(process.argv[3] ?? 0);
const only = process.argv[4] ?? '';
const types = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' };

mkdirSync(dir, { recursive: true });
execFileSync('build/tests/unit/view_sheet', ['every_piece'], { env: { ...process.env, SHEET: dir } });

const server = createServer((req, res) => {
  const name = basename(new URL(req.url, 'http://x').pathname);
  const from = req.url.startsWith('/static/') ? 'gateway/static' : dir;
  try {
    const body = readFileSync(join(from, name));
    res.writeHead(200, {
      'Content-Type': types[name.split('.').pop()] ?? 'application/octet-stream',
      'Content-Security-Policy': "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'",
    });
    res.end(body);
  } catch {
    res.writeHead(404).end();
  }
}).listen(port, '127.0.0.1');
await new Promise((done) => server.once('listening', done));
const at = `http://127.0.0.1:${server.address().port}`;

const shot = (name, lang, width, height, dark) => new Promise((done) => {
  const child = spawn(process.env.CHROMIUM ?? '/usr/bin/chromium', ['--headless', '--no-sandbox', '--disable-gpu',
    '--hide-scrollbars', `--user-data-dir=${join(dir, 'profile')}`, `--window-size=${width},${height}`,
    `--blink-settings=preferredColorScheme=${dark ? 0 : 1}`, `--screenshot=${join(dir, name + '.png')}`,
    `${at}/${lang}.html`], { stdio: 'ignore', timeout: 60000 });
  child.on('exit', done);
});
const jobs = [
  ['en-1280', 'en', 1280, 4300, false], ['en-360', 'en', 360, 7600, false],
  ['en-1280-dark', 'en', 1280, 4300, true], ['ar-360', 'ar', 360, 7600, false],
  ['ar-1280-dark', 'ar', 1280, 4300, true], ['en-320', 'en', 320, 7600, false],
];
for (const j of jobs) if (j[0].includes(only)) await shot(...j);
server.close();
