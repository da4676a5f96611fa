// Every page each kind of person can reach: axe, both schemes, three widths.
import assert from 'node:assert';
import { room, session, test, tour } from './lib.mjs';

async function rounds(w, label, who, wanted, opts = {}) {
	await test(`${label}: every page in every look`, async () => {
		const p = await w.person(), page = await p.window(who, opts);

		if (opts.before) await opts.before(page);
		assert.equal(await room(page), wanted);
		const kinds = await tour(w, page, label);
		console.log(`#   ${label}: ${[...kinds].join(' ')}`);
		await p.close();
	});
}

/* What the first person of an office has to do before anything opens. */
async function invited(w, page) {
	await page.goto(`${session(page)}/waiting`);
	await page.locator('input[name=code]').fill(w.invite());
	await page.locator('main form button').last().click();
	await page.waitForURL(/\/admin/);
}

async function firstPage(w, label, who, wanted, opts) {
	await test(`${label}: the first page`, async () => {
		const p = await w.person({ width: 360, ...opts }), page = await p.window(who, opts);

		assert.equal(await room(page), wanted);
		await w.check(page, label);
		await w.shot(page, `${label}-first-360`);
		await p.close();
	});
}

export async function walk(w) {
	await rounds(w, 'teacher', 'okafor', 'class');
	await rounds(w, 'parent-ar', 'rima', 'family');
	await rounds(w, 'parent-en', 'rima', 'family', { locale: 'en' });
	await rounds(w, 'student', 'lina', 'student', { locale: 'en' });
	await rounds(w, 'admin', 'castellanos', 'admin', { before: page => invited(w, page) });
	await firstPage(w, 'parent-es', 'marisol', 'family', { locale: 'es' });
	await firstPage(w, 'stranger', 'stranger', 'stranger', { scripts: false, locale: 'en' });
	await firstPage(w, 'teacher-who-is-a-parent', 'demir', 'picker', { platform: 'canvas', locale: 'en' });
	await firstPage(w, 'test-student', 'teststudent', 'student', { platform: 'canvas', locale: 'en' });
}
