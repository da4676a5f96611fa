// The pictures of the README, of a school that has used Lintel for five weeks: docs/img.
import assert from 'node:assert';
import { picture, room, session, start } from './lib.mjs';

async function go(page, path) {
	const r = await page.goto(session(page) + path);

	assert.equal(r.status(), 200, `${path} answers ${r.status()}`);
}

const follow = (page, what) => Promise.all([page.waitForNavigation(), page.locator(what).first().click()]);

async function teacher(w) {
	const p = await w.person({ width: 1280 }), page = await p.window('okafor', { locale: 'en' });

	await go(page, '/class');
	await picture(page, 'class');
	await follow(page, 'main th a:has-text("Lina")');
	await picture(page, 'child');
	await p.close();
}

async function parent(w) {
	const p = await w.person({ width: 360 });
	let page = await p.window('rima', { locale: 'en' });

	await picture(page, 'home');
	await follow(page, 'main a[href*="/conferences/for/"]');
	await page.locator('label:has(input[name=slot])').nth(2).click();
	await picture(page, 'booking');
	page = await p.window('rima', { locale: 'ar' });
	await picture(page, 'home-arabic');
	await p.close();
}

async function office(w) {
	const p = await w.person({ width: 1280 }), page = await p.window('castellanos', { locale: 'en' });

	if (await room(page) === 'picker') await follow(page, 'main form:has(input[value="4"]) button');
	await go(page, '/admin/platforms');
	await picture(page, 'platforms');
	await p.close();
}

export async function take() {
	const w = await start({ filled: true });

	try {
		await teacher(w);
		await parent(w);
		await office(w);
	} finally {
		await w.end();
	}
}
