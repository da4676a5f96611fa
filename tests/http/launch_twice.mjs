/*
 * The same launch twice, as after a double click on the course's button: refused and
 * nothing written, but the page says so kindly and leads on to what the first one opened.
 */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Browser, importRoster, launch, registerPlatforms, startLintel, startPractice, stopAll } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';

const dir = mkdtempSync(path.join(os.tmpdir(), 'lintel-twice-'));
const port = await freePort(2);
let passed = 0, failed = 0;

async function test(name, fn) {
	try {
		await fn();
		passed++;
		console.log(`ok ${name}`);
	} catch (e) {
		failed++;
		console.log(`not ok ${name}\n#   ${String(e.stack || e).split('\n').slice(0, 12).join('\n#   ')}`);
	}
}

const lms = await startPractice({ port: port + 1, tool: `http://127.0.0.1:${port}` });
const tool = await startLintel({ port, dir, database: process.env.LINTEL_TEST_DB });
registerPlatforms(lms, tool);
importRoster(lms, tool);

const sessions = b => [...b.cookies.values()].filter(c => c.name.startsWith('__Host-s-')).map(c => c.name + c.value);

/* One launch sent twice: the cookies of the second are those the first was sent with. */
async function twice(language, { dest = 'document', keep = true } = {}) {
	const b = new Browser({ language });
	const form = await launch(lms, b, 'okafor', 'grade3', { until: 'form', query: { locale: language } });
	const before = [...b.cookies].map(([k, v]) => [k, { ...v }]), go = { dest, from: lms.url };
	const first = await b.submit(form, 'ltiAuthForm', {}, go);
	const had = sessions(b);

	if (!keep) b.cookies.clear();
	for (const [k, v] of before) b.cookies.set(k, v);
	return { b, first, had, second: await b.submit(form, 'ltiAuthForm', {}, go) };
}

await test('the second one is refused, opens nothing and leads on to the first', async () => {
	const { b, first, had, second } = await twice('en');
	assert.equal(first.room, 'class');
	assert.equal(second.status, 401);
	assert.equal(second.refused, 'replay');
	assert.match(second.text, /This link was used already/);
	assert.match(second.text, /open it again from your course/);
	assert.deepEqual(sessions(b), had, 'a session by replay');
	assert(!second.cookies.some(c => c.startsWith('__Host-s-')));
	assert.equal(second.link('Go on to Lintel').href, '/app/');
	assert.equal(second.links().filter(l => l.href === '/app/').length, 1);
	const on = await b.click(second, 'Go on to Lintel');
	assert.equal(on.status, 200);
	assert.equal(on.room, 'class');
	assert.equal(on.url.match(/\/app\/[^/]+/)[0], first.url.match(/\/app\/[^/]+/)[0], 'another session');
});

await test('a browser that got no cookie is told to come from the course again, also in a frame', async () => {
	const { b, second } = await twice('en', { dest: 'iframe', keep: false });
	assert.equal(second.refused, 'replay');
	assert.match(second.headers['content-security-policy'], /frame-ancestors https:/);
	const on = await b.click(second, 'Go on to Lintel', { dest: 'iframe' });
	assert.equal(on.status, 401);
	assert.equal(on.refused, 'no-session');
	assert.match(on.headers['content-security-policy'], /frame-ancestors https:/);
	assert.deepEqual(sessions(b), []);
});

for (const [language, dir, title, go] of [['es', 'ltr', 'Este enlace ya se usó', 'Seguir a Lintel'],
	['ar', 'rtl', 'استُخدم هذا الرابط من قبل', 'تابع إلى Lintel']])
	await test(`the same words in ${language}`, async () => {
		const { b, second } = await twice(language);
		assert.equal(second.refused, 'replay');
		assert(second.body.includes(`dir="${dir}"`) && second.text.includes(title), second.text);
		assert.equal((await b.click(second, go)).room, 'class');
	});

await test('no other refusal has the button', async () => {
	for (const misbehave of ['wrong_nonce', 'expired', 'wrong_state', 'bad_signature']) {
		const page = await launch(lms, new Browser(), 'okafor', 'grade3', { misbehave });
		assert(page.refused && page.refused !== 'replay', `${misbehave}: ${page.status} ${page.refused}`);
		assert(!page.body.includes('/app/'), misbehave);
	}
	const none = await new Browser().get(`${tool.url}/app/`);
	assert.equal(none.refused, 'no-session');
	assert(!none.body.includes('href="/app/"'));
});

await stopAll();
rmSync(dir, { recursive: true, force: true });
console.log(`# ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
