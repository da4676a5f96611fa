// Two people and what they do together: a conference, a goal, a note.
import assert from 'node:assert';
import { go, looks, send, session, test, words } from './lib.mjs';

const day = n => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10);

async function conference(w, teacher, parent) {
	let p, page;

	await test('a teacher opens a round of conferences', async () => {
		p = await w.person(teacher);
		page = await p.window('okafor', { locale: 'en' });
		await go(page, '/conferences/new');
		await send(page, { title: 'Autumn talks', day: day(10), from: '16:00', to: '18:00',
			length: '15', gap: '5', place: 'Room 12' });
		await page.waitForURL(/\/round\/\d+/);
		await Promise.all([page.waitForNavigation(),
			page.locator('form[action*="/open"] button').click()]);
		assert.match(await words(page), /0 of 6 times booked/);
		await w.shot(page, 'conference-round');
	});
	await test('a parent on a phone, without scripts, books a time in it', async () => {
		const q = await w.person(parent), at = await q.window('rima', { locale: 'en' });

		await at.getByRole('link', { name: 'Conferences' }).first().click();
		await at.locator('a[href*="/conferences/for/"]').first().click();
		await at.locator('label:has(input[name=slot])').first().click();
		assert(await at.locator('input[name=slot]').first().isChecked());
		await w.check(at, 'choosing a time');
		await w.shot(at, 'choosing-a-time-360');
		await Promise.all([at.waitForNavigation(), at.locator('main form button.first').click()]);
		assert.match(await words(at), /Room 12/);
		await w.check(at, 'booked');
		await q.close();
	});
	await test('the teacher sees who booked', async () => {
		await page.reload();
		assert.match(await words(page), /Lina Haddad[^]*1 of 6 times booked|1 of 6 times booked[^]*Lina Haddad/);
		await p.close();
	});
}

/* The child's own number in Lintel, as a person's page links to it. */
async function childOf(page, path, name) {
	await go(page, path);
	const href = await page.locator('a[href*="/child/"]').filter({ hasText: name }).first()
		.getAttribute('href');

	return /\/child\/\d+/.exec(href)[0];
}

async function goal(w, teacher, parent) {
	const p = await w.person(teacher), page = await p.window('okafor', { locale: 'en' });
	const q = await w.person(parent), at = await q.window('rima', { locale: 'en' });

	await test('a teacher proposes a goal, a parent agrees', async () => {
		const child = await childOf(page, '/class', 'Lina');
		await go(page, `${child}/goals/new?domain=academic`);
		await w.check(page, 'new goal');
		const blank = page.locator('main [name="domain"]');
		if (await blank.count() && await blank.first().getAttribute('type') === 'radio')
			await page.locator('main label:has([name="domain"])').first().click();
		await send(page, { words: 'Lina reads aloud every day', school: 'Ten quiet minutes after lunch' });
		assert.match(await words(page), /Lina reads aloud every day/);

		await go(at, `${child}/goals`);
		assert.match(await words(at), /Lina reads aloud every day/);
		await at.locator('main a[href*="/goals/"]').filter({ hasText: 'Lina reads aloud' }).first().click();
		const step = at.locator('main form [name="step"]');
		if (await step.count()) await step.fill('A story before bed');
		await w.check(at, 'a goal to agree to');
		await w.shot(at, 'goal-to-agree-360');
		await Promise.all([at.waitForNavigation(),
			at.locator('form[action*="/sign"] button.first').click()]);
		assert.match(await words(at), /A story before bed/);
		await page.reload();
		await go(page, `${child}/goals`);
		assert.match(await words(page), /A story before bed/);
		await looks(w, page, 'goals-agreed');
	});
	await p.close();
	await q.close();
}

async function note(w, teacher, parent) {
	const p = await w.person(teacher), page = await p.window('okafor', { locale: 'en' });
	const q = await w.person(parent), at = await q.window('rima', { locale: 'en' });

	await test('a parent writes, the teacher answers, the parent reads it', async () => {
		const child = await childOf(at, '/home', 'Lina');
		await go(at, `${child}/notes/new`);
		await w.check(at, 'new note');
		await send(at, { body: 'Lina slept badly and may be tired today.' });
		assert.match(await words(at), /slept badly/);
		await w.check(at, 'note sent');
		const where = at.url().replace(session(at), '').replace(/\?.*/, '');

		await go(page, '/notes');
		await page.locator('main a[href*="/note/"]').first().click();
		assert.match(await words(page), /slept badly/);
		await page.locator('main textarea[name=body]').fill('Thank you, we take it slowly.');
		await Promise.all([page.waitForNavigation(),
			page.locator('button[name="do"][value="send"]').click()]);
		await looks(w, page, 'note-answered');
		await go(at, /\/note\//.test(where) ? where : '/messages');
		if (!/\/note\//.test(where)) await at.locator('main a[href*="/note/"]').first().click();
		assert.match(await words(at), /we take it slowly/);
	});
	await p.close();
	await q.close();
}

export async function walk(w) {
	const teacher = { width: 1280 }, parent = { width: 360, scripts: false };

	await conference(w, teacher, parent);
	await goal(w, teacher, parent);
	await note(w, teacher, parent);
}
