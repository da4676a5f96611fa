// A teacher adds a link to the course: the picker inside the LMS's page, the answer that
// sends itself back there, and the same without scripts.
import assert from 'node:assert';
import { pageOf, room, test } from './lib.mjs';

/* What the course page's frame shows once the answer has arrived. */
async function arrived(w, at) {
	await at.waitForURL(url => url.href.startsWith(w.lms.url));
	return at.locator('main').innerText();
}

async function add(w, { platform, width, locale, scripts }) {
	const label = `${platform} ${width} ${locale} scripts ${scripts ? 'on' : 'off'}`;

	await test(`a link is added in a frame: ${label}`, async () => {
		const p = await w.person({ width, scripts });
		const at = await p.open('okafor', { platform, locale, more: '&message=deeplink' });

		assert.equal(await room(at), 'picker');
		assert.equal(await at.locator('html').getAttribute('dir'), locale === 'ar' ? 'rtl' : 'ltr');
		assert.equal(await at.locator('main input[type=checkbox]').count(), 4);
		if (scripts) await w.check(at, `picker ${label}`);
		await w.shot(pageOf(at), `picker-${label}`);
		await at.locator('input[name=family]').check();
		await at.locator('input[name=plan]').check();
		await at.locator('main form button.first').click();
		if (!scripts) {
			const form = at.locator('main form[data-send]');

			await form.waitFor();
			assert.deepEqual(await form.locator('[name]').evaluateAll(all => all.map(e => e.name)), ['JWT']);
			await form.locator('button').click();
		}
		assert.match(await arrived(w, at), /Added to the course/);
		const { items } = await w.lms.control('items', { platform });
		assert.deepEqual(items.slice(-2).map(x => x.item.custom.lintel_page), ['family', 'plan']);
		await p.close();
	});
}

export async function walk(w) {
	for (const [platform, width, locale] of [['moodle', 360, 'en'], ['moodle', 1280, 'ar'], ['canvas', 360, 'ar'],
		['canvas', 1280, 'en']])
		await add(w, { platform, width, locale, scripts: true });
	await add(w, { platform: 'moodle', width: 360, locale: 'ar', scripts: false });
	await add(w, { platform: 'canvas', width: 1280, locale: 'en', scripts: false });

	await test('one at a time, by a button each; and going back adds nothing', async () => {
		const p = await w.person({ width: 360 });
		let at = await p.open('okafor', { more: '&message=deeplink&one=1' });

		assert.equal(await at.locator('main input[type=checkbox]').count(), 0);
		await w.check(at, 'picker of one');
		await at.locator('button[name=conferences]').click();
		assert.match(await arrived(w, at), /Conferences/);
		at = await p.open('okafor', { more: '&message=deeplink' });
		await at.locator('button[name=back]').click();
		assert.match(await arrived(w, at), /Nothing was added/);
		await p.close();
	});

	await test('a link opens the page it names, inside the course page', async () => {
		const { items } = await w.lms.control('items', { platform: 'moodle' });
		const plan = items.find(x => x.item.custom.lintel_page === 'plan');
		const p = await w.person({ width: 360 });
		const at = await p.open('okafor', { more: `&item=${plan.number}` });

		assert.match(at.url(), /\/class$/);
		await p.close();
	});
}
