// What comes later: a student's own word, the day they decide alone, the end of a course.
import assert from 'node:assert';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { go, looks, room, send, session, test, words } from './lib.mjs';

const day = n => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10);
const click = (page, at) => Promise.all([page.waitForNavigation(), at.click()]);
const child = async (page, name) => /\/child\/\d+/.exec(await page.locator('a[href*="/child/"]')
	.filter({ hasText: name }).first().getAttribute('href'))[0];

/* Agreed by the school and the mother of a student of thirteen; its path. */
async function agreement(w) {
	const p = await w.person(), teacher = await p.window('wright', { locale: 'en' });
	const q = await w.person({ width: 360, scripts: false }), mother = await q.window('zaneta', { locale: 'en' });
	const at = await child(mother, 'Jakub');

	await go(mother, `${at}/agreements/new`);
	await send(mother, { expectation: 'Phones away by ten', school: 'We ask once', home: 'We charge them in the kitchen',
		review: day(30) }, mother.locator('button[name=do][value=offer]'));
	const page = mother.url().replace(session(mother), '').replace(/\?.*/, '');
	await go(teacher, page);
	await click(teacher, teacher.locator('button[name=do][value=agree]'));
	await q.close();
	await p.close();
	return page;
}

async function ownWord(w) {
	await test('a student says on a phone what they think of an agreement', async () => {
		const path = await agreement(w);
		const p = await w.person({ width: 360, scripts: false }), page = await p.window('kuba', { locale: 'en' });

		await go(page, path);
		await w.check(page, 'an agreement a student may speak about');
		await w.shot(page, 'student-agreement-360');
		await send(page, { words: 'Ten is early on a Friday.' }, page.locator('form[action$="/say"] button.first'));
		assert.match(await words(page), /Ten is early on a Friday/);
		await w.check(page, 'said');
		await w.shot(page, 'student-said-360');
		await p.close();
		const q = await w.person(), teacher = await q.window('wright', { locale: 'ar' });
		await go(teacher, path);
		assert.match(await words(teacher), /Ten is early on a Friday/);
		await looks(w, teacher, 'teacher-agreement-said-ar');
		await q.close();
	});
}

async function alone(w) {
	await test('a student who decides alone finds a door of their own, in every look', async () => {
		const o = await w.person(), office = await o.window('castellanos', { locale: 'en' });
		const q = await w.person({ width: 360 }), mother = await q.window('zaneta', { locale: 'en' });
		const at = (await child(mother, 'Jakub')).replace('child', 'admin/person');

		await office.goto(`${session(office)}/waiting`);
		if (await office.locator('input[name=code]').count())
			await send(office, { code: w.invite() });
		await go(office, at);
		await send(office, { day: day(40) }, office.locator('form[action$="/rights"] button').first());
		await go(mother, '/home');
		assert.match(await words(mother), /decides alone/);
		await looks(w, mother, 'mother-before-the-day');
		await go(office, at);
		await send(office, { day: day(-1) }, office.locator('form[action$="/rights"] button').first());
		await looks(w, office, 'office-person-rights');
		await q.close();
		for (const locale of ['en', 'ar']) {
			const p = await w.person({ width: 360 }), page = await p.window('kuba', { locale });

			assert.equal(await room(page), 'picker');
			await looks(w, page, `own-door-${locale}`);
			await click(page, page.locator('form:has([name=door][value="2"]) button, button[name=door][value="2"]').first());
			assert.equal(await room(page), 'family');
			await looks(w, page, `own-home-${locale}`);
			await page.goto(session(page) + await child(page, ''));
			await looks(w, page, `own-page-${locale}`);
			await p.close();
		}
		await go(office, at);
		await send(office, { day: day(2000) }, office.locator('form[action$="/rights"] button').first());
		await o.close();
	});
}

/* The practice roster gives every course one last day. */
function lastDay(w, n) {
	const file = path.join(w.dir, 'last-day.xml'), roster = w.lms.print('roster');

	writeFileSync(file, n === undefined ? roster : roster.replace(/(<end restrict="1">)[^<]*/g, `$1${day(n)}`));
	w.tool.cli('roster', 'import', file, '--platform', 'Practice Moodle');
}

async function ended(w) {
	await test('the family of a course that ended reads, and is told until when', async () => {
		lastDay(w, -5);
		for (const [who, locale] of [['rima', 'ar'], ['rima', 'en']]) {
			const p = await w.person({ width: 360 }), page = await p.window(who, { locale });

			await looks(w, page, `ended-home-${locale}`);
			await page.goto(session(page) + await child(page, ''));
			assert.equal(await page.locator('main form button.first').count(), 0, 'nothing to send');
			await looks(w, page, `ended-child-${locale}`);
			await p.close();
		}
		lastDay(w);
	});
}

export async function walk(w) {
	await ownWord(w);
	await alone(w);
	await ended(w);
}
