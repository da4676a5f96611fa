// Draws the sheet of all pieces into a folder and serves it with the static files, as the
// gateway would: same paths, a strict policy. For tests/look/sheet.mjs and tests/browser.
import { createServer } from 'node:http';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const types = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' };

export function drawSheet(dir) {
  mkdirSync(dir, { recursive: true });
  execFileSync('build/tests/unit/view_sheet', ['every_piece'], { env: { ...process.env, SHEET: dir }, stdio: 'ignore' });
}

// `pages` holds extra pages by path, for scripts that measure.
export async function serveSheet(dir, port, pages = {}) {
  const server = createServer((req, res) => {
    const path = new URL(req.url, 'http://x').pathname;
    if (pages[path]) {
      res.writeHead(200, { 'Content-Type': types.html });
      return res.end(pages[path]);
    }
    const name = basename(path);
    try {
      const body = readFileSync(join(path.startsWith('/static/') ? 'gateway/static' : dir, name));
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
  return { at: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

// One run of Chromium without a window; resolves to what it printed.
export function chromium(dir, args) {
  return new Promise((done) => {
    const flags = ['--headless', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${join(dir, 'profile')}`];
    if (process.getuid() === 0) flags.push('--no-sandbox');
    const child = spawn(process.env.CHROMIUM ?? 'chromium', [...flags, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    const stop = setTimeout(() => child.kill('SIGKILL'), 90000);
    let text = '';
    child.stdout.on('data', (b) => { text += b; });
    child.on('close', () => { clearTimeout(stop); done(text); });
  });
}
