// An administrator of the LMS connects Lintel, inside the frame of the LMS's own page.
import assert from 'node:assert';
import { looks, pageOf, test, words } from './lib.mjs';

const WAY = { moodle: '/moodle/mod/lti/toolconfigure.php', canvas: '/canvas/accounts/1/developer_keys' };

async function open(w, p, platform, tenant) {
	const page = await p.context.newPage();
	const url = w.tool.cli('platform', 'invite', '--tenant', tenant).trim();

	await page.goto(`${w.lms.url}${WAY[platform]}?${new URLSearchParams({ url })}`);
	const at = await (await page.locator('iframe[name=tool]').elementHandle()).contentFrame();
	await at.locator('form[action="/lti/register"]').waitFor();
	return at;
}

const press = at => at.locator('form[action="/lti/register"] button').click();

async function whole(w) {
	w.tool.cli('tenant', 'add', 'Harbour registers');
	for (const [platform, width, language, scripts] of [['moodle', 1280, 'en', true], ['moodle', 360, 'ar', true],
		['canvas', 360, 'en', false], ['canvas', 1280, 'ar', true]])
		await test(`${platform} registers at ${width} in ${language}, scripts ${scripts ? 'on' : 'off'}`, async () => {
			const p = await w.person({ width, language, scripts });
			const at = await open(w, p, platform, 'Harbour registers');

			assert.equal(await at.locator('html').getAttribute('dir'), language === 'ar' ? 'rtl' : 'ltr');
			assert.match(await words(at), /Harbour registers/);
			await w.check(at, `asks to register, ${width} ${language}`);
			await w.shot(pageOf(at), `register-ask-${width}-${language}`);
			await press(at);
			await at.locator('body[data-room=waiting]').waitFor();
			await w.check(at, `registered, ${width} ${language}`);
			await w.shot(pageOf(at), `register-done-${width}-${language}`);
			const closed = pageOf(at).locator('body[data-closed]');
			if (scripts) {
				assert(await at.locator('[data-close]').isVisible());
				await closed.waitFor();
				assert.equal(await closed.getAttribute('data-closed'), w.tool.url, 'who said so');
			} else {
				assert.match(await words(at), /You can close this window/);
				assert.equal(await at.locator('[data-close]').isVisible(), false, 'a button that could do nothing');
			}
			await p.close();
		});
	const all = JSON.parse(w.tool.cli('platform', 'list', '--json')).filter(x => x.state === 'pending');
	for (const x of all) w.tool.cli('platform', 'disable', x.id);
}

async function refused(w) {
	await test('an address that was used says so inside the frame', async () => {
		const p = await w.person({ width: 360, language: 'ar' });
		const at = await open(w, p, 'moodle', 'Harbour registers'), url = at.url();

		await press(at);
		await at.locator('body[data-room=waiting]').waitFor();
		p.quiet = /403/;
		await at.goto(url);
		await at.locator('body[data-refused=register-invite]').waitFor();
		await w.check(at, 'a used address at 360');
		await p.close();
	});

	await test('a platform that is not who it says ends in a page that can be read', async () => {
		const p = await w.person({ width: 360 }), at = await open(w, p, 'canvas', 'Harbour registers');

		await w.lms.control('register', { platform: 'canvas', mode: 'wrong_issuer' }, true);
		p.quiet = /400/;
		await press(at);
		await at.locator('body[data-refused=register-issuer]').waitFor();
		await w.lms.control('register', { platform: 'canvas', mode: '' }, true);
		await w.check(at, 'a registration that failed at 360');
		await w.shot(pageOf(at), 'register-failed-360');
		assert.equal(await at.locator('[data-close]').count(), 0);
		await p.close();
	});
}

async function office(w) {
	await test('the office makes an address, looks at what came, connects by hand: in every look', async () => {
		const q = await w.person(), page = await q.window('castellanos', { locale: 'en' });
		const base = /^.*\/app\/[^/?]+/.exec(page.url())[0];

		await page.goto(`${base}/waiting`);
		if (await page.locator('input[name=code]').count()) {
			await page.locator('input[name=code]').fill(w.invite());
			await page.locator('main form button.first').last().click();
		}
		await page.goto(`${base}/admin/platforms/invite`);
		await looks(w, page, 'invite-new');
		await page.locator('main form button.first').click();
		await page.locator('input.copy').waitFor();
		await w.check(page, 'the address, told once');
		const url = await page.locator('input.copy').inputValue();
		const p = await w.person(), lms = await p.context.newPage();
		await lms.goto(`${w.lms.url}${WAY.moodle}?${new URLSearchParams({ url })}`);
		const at = await (await lms.locator('iframe[name=tool]').elementHandle()).contentFrame();
		await press(at);
		await at.locator('body[data-room=waiting]').waitFor();
		await p.close();
		await page.goto(`${base}/admin/platforms`);
		await looks(w, page, 'platforms-waiting');
		await page.getByRole('link', { name: 'Look at it' }).click();
		await page.locator('form[action$="/decline"]').waitFor();
		await looks(w, page, 'platform-approve');
		await page.locator('form[action$="/decline"] button').click();
		await page.locator('form[action$="/revoke"], section.card').first().waitFor();
		assert.equal(await page.getByRole('link', { name: 'Look at it' }).count(), 0);
		for (const make of ['', '?make=moodle', '?make=canvas', '?make=other']) {
			assert.equal((await page.goto(`${base}/admin/platforms/add${make}`)).status(), 200);
			await looks(w, page, `connect-${make.slice(6) || 'choose'}`);
		}
		await q.close();
	});
}

export async function walk(w) {
	await whole(w);
	await refused(w);
	await office(w);
}
