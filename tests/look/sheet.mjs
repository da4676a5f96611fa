// Photographs the sheet of all pieces: node tests/look/sheet.mjs DIR [PORT [NAME]]
// Needs `make tests` and chromium. Not a test: for the eyes of whoever changes a style.
import { join } from 'node:path';
import { chromium, drawSheet, serveSheet } from './serve.mjs';

const dir = process.argv[2] ?? 'build/sheet';
const only = process.argv[4] ?? '';

drawSheet(dir);
const server = await serveSheet(dir, Number(process.argv[3] ?? 0));
const shots = [
  ['en-1280', 'en', 1280, 4300, false], ['en-360', 'en', 360, 7600, false],
  ['en-1280-dark', 'en', 1280, 4300, true], ['ar-360', 'ar', 360, 7600, false],
  ['ar-1280-dark', 'ar', 1280, 4300, true], ['en-320', 'en', 320, 7600, false],
];
for (const [name, lang, width, height, dark] of shots) {
  if (!name.includes(only)) continue;
  await chromium(dir, [`--window-size=${width},${height}`, `--blink-settings=preferredColorScheme=${dark ? 0 : 1}`,
    `--screenshot=${join(dir, name + '.png')}`, `${server.at}/${lang}.html`]);
}
server.close();
