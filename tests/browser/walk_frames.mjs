// Cookies, frames, tabs: how a session comes to be, what it survives, what ends it.
import assert from 'node:assert';
import http from 'node:http';
import { freePort } from '../practice/port.mjs';
import { pageOf, room, session, test } from './lib.mjs';

/* What this chromium does with an ordinary cookie of another site: a page of ours asks. */
async function thirdPartyBlocked(w) {
	let got;
	const port = await freePort();
	const server = http.createServer((q, r) => {
		r.setHeader('Content-Type', 'text/html');
		if (q.url === '/top') return r.end(`<iframe src="http://127.0.0.1:${port}/set"></iframe>`);
		if (q.url === '/set') {
			r.setHeader('Set-Cookie', ['plain=1; Secure; SameSite=None; Path=/',
				'own=1; Secure; SameSite=None; Path=/; Partitioned']);
			return r.end('<script>location = "/see"</script>');
		}
		if (q.url === '/see') got = q.headers.cookie || '';
		r.end();
	});

	await new Promise(done => server.listen(port, done));
	const context = await w.chrome.newContext(), page = await context.newPage();
	await page.goto(`http://localhost:${port}/top`);
	for (let i = 0; got === undefined && i < 300; i++) await page.waitForTimeout(30);
	await context.close();
	server.closeAllConnections();
	server.close();
	return got;
}

async function cookies(w) {
	await test('this browser blocks third-party cookies, all but partitioned ones', async () => {
		assert.equal(await thirdPartyBlocked(w), 'own=1');
	});

	for (const scripts of [true, false])
		await test(`a teacher gets in inside the course page, scripts ${scripts ? 'on' : 'off'}`, async () => {
			const p = await w.person({ scripts }), at = await p.open('okafor');

			assert.equal(await room(at), 'class');
			const names = (await p.context.cookies()).filter(c => c.name.startsWith('__Host-s-'));
			assert.equal(names.length, 1);
			assert(names[0].httpOnly && names[0].secure && names[0].sameSite === 'None');
			assert(names[0].partitionKey, 'the cookie is not partitioned');
			await w.check(at, 'teacher in a frame');
			await p.close();
		});

	await test('a parent gets in from Canvas, in the frame of its page', async () => {
		const p = await w.person({ width: 360 }), at = await p.open('rima', { platform: 'canvas' });

		assert.equal(await room(at), 'family');
		assert.equal(await at.locator('html').getAttribute('dir'), 'rtl');
		await w.check(at, 'parent in a frame');
		await p.close();
	});
}

/*
 * The course's form sent once more, with the cookies the first one had: as when both
 * clicks are on their way at once. In a frame of the course page, or in a window.
 */
async function sentTwice(p, page, target) {
	const { url, body, cookies } = p.launch;

	await p.context.addCookies(cookies);
	await page.evaluate(([action, fields, name]) => {
		const form = Object.assign(document.createElement('form'), { method: 'post', action, target: name });

		if (name === 'again')
			document.body.prepend(Object.assign(document.createElement('iframe'), { name, title: 'Again' }));
		for (const [key, value] of fields)
			form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: key, value }));
		document.body.append(form);
		form.submit();
	}, [url, [...new URLSearchParams(body)], target]);
}

/* A window that opens with a POST has no frame yet. */
function onTop(request) {
	try {
		return request.frame().parentFrame() === null;
	} catch {
		return true;
	}
}

/* Keeps what the first launch was sent with, in a frame or in a window. */
async function watchLaunch(p, top) {
	await p.context.route('**/lti/launch', async route => {
		const r = route.request();

		if (!p.launch && onTop(r) === top)
			p.launch = { url: r.url(), body: r.postData(), cookies: (await p.context.cookies())
				.filter(c => c.name.startsWith('__Host-l-')) };
		await route.continue();
	});
}

async function twice(w) {
	await test('a launch sent twice inside the course page: the button leads on', async () => {
		const p = await w.person();

		await watchLaunch(p, false);
		const at = await p.open('okafor'), page = pageOf(at), was = session(at);
		p.quiet = /401/;
		await sentTwice(p, page, 'again');
		await page.frameLocator('iframe[name=again]').locator('body[data-refused=replay]').waitFor();
		const second = page.frame('again');
		await w.check(second, 'replay in a frame');
		await w.shot(page, 'replay-frame');
		await second.getByRole('link', { name: 'Go on to Lintel' }).click();
		await second.locator('body[data-room=class]').waitFor();
		assert.equal(session(second), was);
		await p.close();
	});

	await test('a launch sent twice in a window of its own: the button leads on', async () => {
		const p = await w.person({ width: 360, language: 'ar' });

		await watchLaunch(p, true);
		const page = await p.window('rima', { locale: 'ar' }), was = session(page);
		p.quiet = /401/;
		const course = await p.picker('rima', { locale: 'ar' });
		const [again] = await Promise.all([p.context.waitForEvent('page'), sentTwice(p, course, '_blank')]);
		await again.locator('body[data-refused=replay]').waitFor();
		await w.check(again, 'replay at 360');
		await w.shot(again, 'replay-360-ar');
		await again.getByRole('link', { name: 'تابع إلى Lintel' }).click();
		await again.locator('body[data-room=family]').waitFor();
		assert.equal(session(again), was);
		await p.close();
	});
}

async function noCookies(w) {
	await test('a browser that keeps no cookie in the frame gets a button, and it works', async () => {
		const p = await w.refuser(), asked = [];

		p.context.on('request', r => { if (r.isNavigationRequest()) asked.push(r.url()); });
		const at = await p.open('okafor');
		assert.equal(await room(at), 'waiting');
		assert.equal(asked.filter(u => u.includes('/lti/login')).length, 2, 'once, and once more');
		assert.equal(asked.filter(u => u.includes('/auth.php')).length, 0, 'the hint is still unused');
		await w.check(at, 'settling page');
		await w.shot(pageOf(at), 'settling-360');
		const [page] = await Promise.all([p.context.waitForEvent('page'),
			at.getByRole('button', { name: 'Open in a new window' }).click()]);
		await page.waitForURL(/\/app\//);
		assert.equal(await room(page), 'class');
		await page.getByRole('link', { name: 'Class', exact: true }).click();
		await page.waitForURL(/\/class/);
		await page.reload();
		assert.equal(await room(page), 'class');
		const n = asked.length;
		await page.waitForTimeout(500);
		assert.equal(asked.length, n, 'nothing goes round in circles');
		await p.close();
	});
}

async function tabs(w) {
	await test('reload, back and a second tab need no new launch', async () => {
		const p = await w.person(), page = await p.window('okafor'), first = page.url();
		let launches = 0;

		p.context.on('request', r => { if (/\/lti\//.test(r.url())) launches++; });
		await page.getByRole('link', { name: 'Class', exact: true }).click();
		await page.waitForURL(/\/class/);
		await page.reload();
		assert.equal(await room(page), 'class');
		await page.goBack();
		assert.equal(page.url(), first);
		assert.equal(await room(page), 'class');
		const second = await p.context.newPage();
		assert.equal((await second.goto(first)).status(), 200);
		assert.equal(await room(second), 'class');
		assert.equal(launches, 0);
		await p.close();
	});

	await test('two tabs, two courses of one teacher, each keeps its own', async () => {
		const p = await w.person();
		const one = await p.window('haile');
		const two = await p.window('haile', { also: true });
		const text = page => page.locator('body').innerText();

		assert.notEqual(session(one), session(two));
		await one.goto(`${session(one)}/class`);
		await two.goto(`${session(two)}/class`);
		const was = [await text(one), await text(two)];
		assert.match(was[0], /Haddad|Osei|Whitcombe/);
		assert.notEqual(was[0], was[1]);
		await one.reload();
		await two.reload();
		assert.deepEqual([await text(one), await text(two)], was);
		await p.close();
	});

	await test('another account in this browser ends the first one\'s session', async () => {
		const p = await w.person({ width: 360 });
		const teacher = await p.window('okafor'), was = teacher.url();
		const parent = await p.window('rima', { locale: 'en' });

		assert.equal(await room(parent), 'family');
		p.quiet = /401|403/;
		const r = await teacher.goto(was);
		assert(r.status() >= 400, `the teacher's page answers ${r.status()}`);
		assert.equal(await room(teacher), null);
		assert(await teacher.locator('body').getAttribute('data-refused'));
		await w.check(teacher, 'refusal');
		await w.shot(teacher, 'refusal-360');
		await parent.reload();
		assert.equal(await room(parent), 'family');
		await p.close();
	});

	await test('Leave ends it, also for the back button', async () => {
		const p = await w.person({ width: 360, scripts: false });
		const page = await p.window('rima', { locale: 'en' }), was = page.url();

		await page.getByRole('link', { name: 'Leave' }).first().click();
		await w.check(page, 'leave');
		await page.locator('main form button').first().click();
		await page.waitForURL(/goodbye/);
		await w.check(page, 'goodbye');
		p.quiet = /401|403/;
		assert((await page.goto(was)).status() >= 400);
		await p.close();
	});

	await test('Leave inside the frame leaves the course page standing', async () => {
		const p = await w.person(), at = await p.open('okafor');

		await at.getByRole('link', { name: 'Leave' }).first().click();
		await at.locator('main form button').first().click();
		await at.waitForURL(/goodbye/);
		await pageOf(at).getByRole('link', { name: 'Be somebody else' }).waitFor();
		await p.close();
	});
}

export async function walk(w) {
	await cookies(w);
	await twice(w);
	await noCookies(w);
	await tabs(w);
}
