// With the keyboard alone: the skip link comes first, and where one stands is always seen.
import assert from 'node:assert';
import { room, session, test } from './lib.mjs';

const focused = page => page.evaluate(() => {
	const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();

	return { what: `${e.tagName.toLowerCase()} ${e.className} ${(e.textContent || e.name || '').trim().slice(0, 30)}`,
		body: e === document.body, skip: e.matches('.skip'), ring: s.outlineStyle === 'none' ? 0 :
			parseFloat(s.outlineWidth), shown: r.width > 1 && r.height > 1 && r.right > 0 && r.bottom > 0,
		stops: document.querySelectorAll('a[href], button, summary, input:not([type=hidden]), select, textarea').length };
});

async function tabThrough(page) {
	await page.keyboard.press('Tab');
	let f = await focused(page);
	assert(f.skip, `the first stop is ${f.what}`);
	assert(f.shown, 'the skip link stays hidden');
	for (let n = 0; n < Math.min(f.stops, 60) && !f.body; n++) {
		assert(f.ring >= 3, `no ring around ${f.what}`);
		assert(f.shown, `the focus is nowhere to be seen: ${f.what}`);
		await page.keyboard.press('Tab');
		f = await focused(page);
	}
}

export async function walk(w) {
	for (const [who, path, width] of [['okafor', '/class', 1280], ['rima', '/home', 360]])
		await test(`${who} with the keyboard alone`, async () => {
			const p = await w.person({ width }), page = await p.window(who);

			await page.goto(session(page) + path);
			await tabThrough(page);
			await page.reload();
			await page.keyboard.press('Tab');
			await page.keyboard.press('Enter');
			assert.equal(new URL(page.url()).hash, '#main');
			await page.keyboard.press('Tab');
			assert(await page.evaluate(() => document.querySelector('main').contains(document.activeElement) ||
				document.querySelector('footer').contains(document.activeElement)),
				'the next stop is not in the page\'s content');
			assert(await room(page));
			await p.close();
		});
}
