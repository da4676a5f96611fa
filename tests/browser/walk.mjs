// All walks, one after the other, in one chromium and with one school.
import assert from 'node:assert';
import { count, start, test } from './lib.mjs';
import * as frames from './walk_frames.mjs';
import * as journeys from './walk_journeys.mjs';
import * as keyboard from './walk_keyboard.mjs';
import * as later from './walk_later.mjs';
import * as links from './walk_links.mjs';
import { take } from './pictures.mjs';
import * as register from './walk_register.mjs';
import * as rooms from './walk_rooms.mjs';

const walks = { frames, journeys, keyboard, rooms, later, register, links };
let w;

for (const signal of ['SIGINT', 'SIGTERM'])
	process.on(signal, async () => { await w?.end(); process.exit(1); });
try {
	if (process.env.PICTURES === '1') await take();
	w = await start();
	for (const [name, { walk }] of Object.entries(walks)) {
		if (process.env.ONLY && !process.env.ONLY.split(' ').includes(name)) continue;
		const t0 = Date.now();
		await walk(w);
		console.log(`# ${name}: ${((Date.now() - t0) / 1000).toFixed(1)} s`);
	}
	await test('no page logged an error', () => assert.deepEqual(w.errors, []));
	await test('nobody else was asked for anything', () => assert.deepEqual(w.strangers, []));
} catch (e) {
	count.failed++;
	console.log(`not ok the walk broke off\n#   ${String(e.stack || e).replace(/\n/g, '\n#   ')}`);
} finally {
	await w?.end();
}
console.log(`# ${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed > 0 ? 1 : 0);
