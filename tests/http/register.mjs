/*
 * Dynamic registration, the whole way on both practice platforms: an invitation, the page
 * in the platform's frame, the button, the pending platform, somebody's yes, a launch.
 * And what may not happen: a second use, another host, an address inside, a larger
 * document; a client taken from a platform in use; an account that is lost.
 */
import assert from 'node:assert';
import http from 'node:http';
import { Browser, Page, launch, request, startLintel, startPractice } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { finish, tempDir, test } from './lib/walk.mjs';

const dir = tempDir('register'), port = await freePort(3);
const lms = await startPractice({ port, tool: `http://127.0.0.1:${port + 1}` });
const tool = await startLintel({ port: port + 1, dir, database: process.env.LINTEL_TEST_DB });
const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly';
const TOOL = 'https://purl.imsglobal.org/spec/lti-tool-configuration';
const CANVAS = 'https://canvas.instructure.com/lti/';
tool.cli('tenant', 'add', 'Harbour');
tool.cli('tenant', 'add', 'Elsewhere');

const invite = (tenant = 'Harbour', ...more) => tool.cli('platform', 'invite', '--tenant', tenant, ...more).trim();
const platforms = () => JSON.parse(tool.cli('platform', 'list', '--json'));
const one = family => platforms().find(p => p.family === family);
const control = (platform, params) => lms.control('register', { platform, ...params }, true);
const frame = { dest: 'iframe', from: lms.url };

/* As the platform's administrator: the address goes into the form there, the tool comes in a frame. */
async function open(platform, url, more = {}) {
	const browser = new Browser(more.browser), to = await control(platform, { url, ...more.query });
	return { browser, page: await browser.get(to.url, frame), url: to.url };
}
async function register(platform, url, more = {}) {
	const { browser, page } = await open(platform, url, more);
	assert.equal(page.status, 200, `${page.refused}: ${page.text.slice(0, 200)}`);
	return browser.submit(page, '/lti/register', {}, { dest: 'iframe' });
}
const done = page => {
	assert.equal(page.status, 200, `${page.refused}: ${page.text.slice(0, 300)}`);
	assert.equal(page.room, 'waiting');
	assert.match(page.body, /<script src="\/static\/[0-9a-f]+\/close\.js" defer>/);
};
const refused = (page, code, status = 400) => {
	assert.equal(page.refused, code, page.text.slice(0, 300));
	assert.equal(page.status, status);
	assert.doesNotMatch(page.body, /close\.js/);
};

/* ---- the whole way ---- */

for (const [platform, who, course] of [['moodle', 'okafor', 'grade3'], ['canvas', 'okafor', 'grade3']]) {
	let first;

	await test(`${platform}: looking at the address uses nothing up, in a frame or not`, async () => {
		const url = invite();
		assert.match(url, new RegExp(`^${tool.url}/lti/register\\?invite=[0-9a-f]{16}\\.[\\w-]{32}$`));
		for (let i = 0; i < 3; i++) {
			const { page } = await open(platform, url);
			assert.equal(page.status, 200);
			assert.match(page.headers['content-security-policy'], /frame-ancestors https: /);
			assert.match(page.text, /localhost:\d+/);
			assert.match(page.text, /Harbour/);
		}
		const alone = await new Browser().get(url);
		assert.match(alone.text, /belongs in your course system/);
		const head = await request('HEAD', url);
		assert.equal(head.status, 200);
		done(await register(platform, url));
	});

	await test(`${platform}: it asked for what it needs, and nothing else`, async () => {
		const { asked, answered } = await lms.control('registered', { platform });
		const o = JSON.parse(asked), t = o[TOOL];
		assert.equal(o.scope, NRPS);
		assert.deepEqual(t.claims, ['iss', 'sub', 'name', 'given_name', 'family_name']);
		assert.equal(t.domain, new URL(tool.url).host);
		assert.equal(o.initiate_login_uri, `${tool.url}/lti/login`);
		assert.deepEqual(o.redirect_uris, [`${tool.url}/lti/launch`]);
		assert.equal(o.jwks_uri, `${tool.url}/lti/keys.json`);
		if (platform === 'moodle') {
			assert.deepEqual(t.custom_parameters, { user_tz: '$Person.address.timezone' });
			assert.deepEqual(answered[TOOL].custom_parameters, t.custom_parameters, 'Moodle kept them');
			assert(t.messages.every(m => !m.custom_parameters), 'Moodle drops those of messages');
		} else {
			const at = p => t.messages.find(m => m.placements.includes(p));
			assert.equal(t[`${CANVAS}privacy_level`], 'name_only');
			assert.equal(at('course_navigation')[`${CANVAS}visibility`], 'public');
			assert.equal(at('course_navigation')[`${CANVAS}course_navigation/default_enabled`], true);
			for (const p of ['link_selection', 'editor_button'])
				assert.equal(at(p).type, 'LtiDeepLinkingRequest');
			assert(at('account_navigation'));
			assert.equal(t.custom_parameters.observees, '$com.instructure.User.observees');
			assert.equal(t.custom_parameters.masquerading_user_id, '$Canvas.masqueradingUser.id');
		}
	});

	await test(`${platform}: it waits, and a launch says so kindly`, async () => {
		first = one(platform);
		assert.equal(first.state, 'pending');
		assert.equal(first.issuer, `${lms.url}/${platform}`);
		const show = tool.cli('platform', 'show', first.id);
		assert.match(show, /registration that waits/);
		assert.match(show, /key print {3}[\w-]{43}/);
		assert.match(show, new RegExp(`granted {5}${NRPS.replaceAll('.', '\\.')}`));
		assert.doesNotMatch(show, /missing/);
		assert.equal((await control(platform, { activate: 1 })).client_id, first.client_id);
		const page = await launch(lms, new Browser(), who, course, { platform });
		refused(page, 'platform-pending', 403);
		assert.match(page.text, /Waiting for approval/);
	});

	await test(`${platform}: approved, it lets people in`, async () => {
		tool.cli('platform', 'approve', first.id);
		let page = await launch(lms, new Browser(), who, course, { platform });
		if (platform === 'canvas') {	/* it told no deployment: the first launch does */
			refused(page, 'deployment-pending', 403);
			const id = /pending +(\S+)/.exec(tool.cli('platform', 'show', first.id))[1];
			tool.cli('platform', 'deployment', 'add', first.id, id);
			page = await launch(lms, new Browser(), who, course, { platform });
		}
		assert(page.room, `${page.status} ${page.refused}`);
		assert.notEqual(page.refused, 'platform-pending');
		const show = tool.cli('platform', 'show', first.id);
		assert.match(show, /^registration$/m);
		assert.doesNotMatch(show, /waits/);
	});

	await test(`${platform}: registered anew, the old client goes on until somebody says yes; nothing is lost`, async () => {
		const browser = new Browser();
		const before = await launch(lms, browser, who, course, { platform });
		assert(before.room);
		const page = await register(platform, invite());
		done(page);
		assert.match(page.text, /known already/);
		assert.equal(platforms().filter(p => p.family === platform).length, 1, 'no second platform');
		assert.equal(one(platform).client_id, first.client_id, 'the old client stands');
		assert((await launch(lms, new Browser(), who, course, { platform })).room, 'and is let in');
		const { client_id: client } = await control(platform, { activate: 1 });
		assert.notEqual(client, first.client_id);
		refused(await launch(lms, new Browser(), who, course, { platform }), 'platform-pending', 403);
		tool.cli('platform', 'approve', first.id);
		const now = one(platform);
		assert.equal(now.client_id, client);
		assert.equal(now.id, first.id, 'the same platform');
		assert.equal((await browser.get(before.url)).status, 200, 'a session of before goes on');
		const after = await launch(lms, new Browser(), who, course, { platform });
		assert.equal(after.room, before.room, `${after.status} ${after.refused}`);
		const old = await new Browser().get(`${tool.url}/lti/login?${new URLSearchParams({ iss: now.issuer,
			client_id: first.client_id, login_hint: '1', target_link_uri: `${tool.url}/` })}`);
		refused(old, 'platform-unknown', 403);
	});
}

await test('canvas: at the privacy level asked for, a parent sees their child', async () => {
	const parent = new Browser(), opts = { platform: 'canvas', query: { privacy: 'name_only', locale: 'en' } };
	await launch(lms, new Browser(), 'lina', 'grade3', opts);
	const page = await launch(lms, parent, 'rima', 'grade3', opts);
	assert.equal(page.room, 'family', page.text.slice(0, 200));
	assert.match(page.text, /Lina/);
});

await test('moodle: an update with the same client changes nothing until it is approved', async () => {
	const p = one('moodle');
	done(await register('moodle', invite(), { query: { update: 1 } }));
	assert.match(tool.cli('platform', 'show', p.id), /registration that waits/);
	assert((await launch(lms, new Browser(), 'okafor', 'grade3', { platform: 'moodle' })).room);
	tool.cli('platform', 'approve', p.id);
	assert((await launch(lms, new Browser(), 'okafor', 'grade3', { platform: 'moodle' })).room);
	assert.equal(one('moodle').client_id, p.client_id);
});

/* ---- the invitation ---- */

await test('an invitation works once, also for two at the same moment', async () => {
	const url = invite();
	const a = await open('moodle', url), b = await open('moodle', url);
	const both = await Promise.all([a, b].map(x => x.browser.submit(x.page, '/lti/register', {}, { dest: 'iframe' })));
	assert.deepEqual(both.map(p => p.status).sort(), [200, 403]);
	refused(both.find(p => p.status === 403), 'register-invite', 403);
	refused((await open('moodle', url)).page, 'register-invite', 403);
	const again = await a.browser.submit(a.page, '/lti/register', {}, { dest: 'iframe' });
	refused(again, 'register-invite', 403);
});

await test('a wrong, a foreign and a missing invitation are refused alike', async () => {
	const good = invite(), word = new URL(good).searchParams.get('invite'), [tenant, secret] = word.split('.');
	const other = new URL(invite('Elsewhere')).searchParams.get('invite').split('.')[0];
	for (const bad of ['', 'x', word.slice(0, -1), `${word}x`, `${other}.${secret}`, `${tenant}.${'A'.repeat(32)}`,
		`${'f'.repeat(16)}.${secret}`, `${tenant.toUpperCase()}.${secret}`.replace(tenant, 'g'.repeat(16))])
		refused((await open('moodle', `${tool.url}/lti/register?invite=${bad}`)).page, 'register-invite', 403);
	refused(await new Browser().get(`${tool.url}/lti/register`), 'register-invite', 403);
	assert.equal((await open('moodle', good)).page.status, 200);
});

await test('an invitation is over after seven days', async () => {
	const url = invite();
	await tool.stop();
	const later = await startLintel({ port: port + 1, dir, database: process.env.LINTEL_TEST_DB,
		env: { LINTEL_TEST_CLOCK_OFFSET_MS: String(7 * 24 * 3600 * 1000 + 60000) } });
	refused((await open('moodle', url)).page, 'register-invite', 403);
	await later.stop();
	const back = await startLintel({ port: port + 1, dir, database: process.env.LINTEL_TEST_DB });
	tool.stop = back.stop;
	assert.equal((await open('moodle', url)).page.status, 200);
});

await test('the button needs its own form: no token of ours, no other site', async () => {
	const { page } = await open('moodle', invite()), f = page.form('/lti/register');
	const post = (list, headers) => request('POST', `${tool.url}/lti/register`, { Origin: tool.url, ...headers },
		new URLSearchParams(list).toString()).then(r => new Page(r));
	refused(await post(f.fields.filter(x => x[0] !== 'csrf')), 'csrf', 403);
	refused(await post(f.fields, { Origin: 'https://evil.example' }), 'foreign-origin', 403);
	refused(await post(f.fields, { 'Sec-Fetch-Site': 'cross-site' }), 'foreign-origin', 403);
	assert.equal((await post(f.fields)).status, 200);
});

/* ---- platforms that misbehave, and addresses that may not be asked ---- */

const before = platforms().length;
for (const [mode, code, words] of [['wrong_issuer', 'register-issuer', /elsewhere\.example/], ['redirect', 'register-fetch', /redirect/],
	['huge', 'register-fetch', /too large/], ['slow', 'register-fetch', /no answer in time/],
	['ftp', 'register-member', /token_endpoint/], ['private', 'register-keys', /may not be asked/],
	['html', 'register-refused', /HTTP 404/], ['no_client', 'register-answer', /client_id/]])
	await test(`a platform that misbehaves: ${mode}`, async () => {
		for (const platform of ['moodle', 'canvas']) {
			await control(platform, { mode });
			const url = invite(), page = await register(platform, url);
			await control(platform, { mode: '' });
			refused(page, code);
			assert.match(page.text, words);
			refused((await open(platform, url)).page, 'register-invite', 403);
		}
	});

await test('a registration token of the platform works once: its bare word is told', async () => {
	const { browser, page } = await open('moodle', invite());
	done(await browser.submit(page, '/lti/register', {}, { dest: 'iframe' }));
	const second = new URL(invite()).searchParams.get('invite');
	refused(await browser.submit(page, '/lti/register', { invite: second }, { dest: 'iframe' }), 'register-refused');
	const third = new URL(invite()).searchParams.get('invite');
	const told = await browser.submit(page, '/lti/register', { invite: third, registration_token: '' }, { dest: 'iframe' });
	refused(told, 'register-refused');
	assert.match(told.text, /missing_registration_token/);
});

await test('addresses inside our own network, other schemes and spellings are not asked', async () => {
	let asked = 0;
	const canary = http.createServer((q, r) => { asked++; r.end('{}'); });
	await new Promise(ok => canary.listen(port + 2, '127.0.0.1', ok));
	for (const [at, code] of [['http://169.254.169.254/latest/meta-data', 'register-fetch'], ['http://10.0.0.1:1/x', null],
		['file:///etc/passwd', 'register-address'], ['gopher://x/', 'register-address'], ['https://u:p@localhost/', 'register-address'],
		['//localhost/x', 'register-address'], ['http://localhost/x#f', 'register-address'], ['http://[::ffff:169.254.169.254]/', 'register-fetch'],
		['javascript:alert(1)', 'register-address']]) {
		if (code === null) continue;
		const url = `${invite()}&openid_configuration=${encodeURIComponent(at)}`, browser = new Browser();
		let page = await browser.get(url, frame);
		if (page.status === 200) page = await browser.submit(page, '/lti/register', {}, { dest: 'iframe' });
		refused(page, code);
	}
	assert.equal(asked, 0);
	/* another host than the invitation names is not asked at all */
	const browser = new Browser();
	let page = await browser.get(`${invite('Harbour', '--discovery-host', 'lms.example')}&openid_configuration=` +
		encodeURIComponent(`http://127.0.0.1:${port + 2}/x`), frame);
	refused(page, 'register-host');
	assert.equal(asked, 0);
	/* one it names may be, and may speak for another issuer */
	await control('moodle', { mode: 'wrong_issuer' });
	page = await register('moodle', invite('Elsewhere', '--discovery-host', new URL(lms.url).host));
	await control('moodle', { mode: '' });
	done(page);
	assert.equal(platforms().find(p => p.issuer === 'https://elsewhere.example').state, 'pending');
	canary.close();
});

await test('outside the laboratory nothing on this machine is asked, and plain http never', async () => {
	const origin = 'https://tool.example', p = await freePort();
	const prod = await startLintel({ port: p, dir: tempDir('strict'), env: { LINTEL_LAB_MODE: '0', LINTEL_PUBLIC_URL: origin } });
	const ask = async (method, path, body) => new Page({ url: path, ...await request(method, prod.url + path,
		{ Host: 'tool.example', Origin: origin }, body) });
	prod.cli('tenant', 'add', 'T');
	for (const [at, code] of [[`http://localhost:${port}/moodle/mod/lti/openid-configuration.php`, 'register-address'],
		[`https://localhost:${port}/x`, 'register-fetch'], ['https://127.0.0.1/x', 'register-fetch'], ['https://2130706433/x', 'register-fetch'],
		['https://10.0.0.1/x', 'register-fetch'], ['https://[::1]/x', 'register-fetch'], ['https://[fd00::1]/x', 'register-fetch'],
		['https://169.254.169.254/x', 'register-fetch'], ['https://[::ffff:10.0.0.1]/x', 'register-fetch']]) {
		const url = prod.cli('platform', 'invite', '--tenant', 'T').trim().slice(origin.length);
		let page = await ask('GET', `${url}&openid_configuration=${encodeURIComponent(at)}`);
		if (page.status === 200)
			page = await ask('POST', '/lti/register', new URLSearchParams(page.form('/lti/register').fields).toString());
		refused(page, code);
		if (code === 'register-fetch') assert.match(page.text, /may not be asked/, at);
	}
	await prod.stop();
});

await test('nothing that failed left a platform behind', () => {
	assert.equal(platforms().length, before + 1, 'only the one that the invitation allowed');
});

await test('a client of another district is not taken over', async () => {
	const p = one('moodle');
	const page = await register('moodle', invite('Elsewhere'), { query: { update: 1 } });
	refused(page, 'register-taken');
	assert.equal(one('moodle').tenant, p.tenant);
	assert((await launch(lms, new Browser(), 'okafor', 'grade3', { platform: 'moodle' })).room);
});

await test('a platform that grants no class lists says so, and what it costs', async () => {
	await control('moodle', { mode: 'no_scope' });
	done(await register('moodle', invite()));
	await control('moodle', { mode: '' });
	assert.match(tool.cli('platform', 'show', one('moodle').id), /granted {5}nothing\n {2}missing {5}class lists/);
});

/* ---- the office ---- */

await test('the office makes an address, takes one back, looks and says yes or no', async () => {
	tool.cli('platform', 'approve', one('moodle').id);
	const code = tool.cli('admin', 'invite', '--tenant', 'Harbour').trim(), admin = new Browser();
	await control('moodle', { activate: 1 });
	let page = await launch(lms, admin, 'castellanos', 'grade3', { platform: 'moodle', query: { locale: 'en' } });
	const at = /^.*\/app\/[^/]+/.exec(page.url)[0];
	page = await admin.get(`${at}/hello`);
	page = await admin.get(`${at}/waiting`);
	page = await admin.submit(await admin.get(`${at}/waiting`), '/invite', { code });
	page = await admin.get(`${at}/admin/platforms`);
	assert.equal(page.status, 200, page.text.slice(0, 300));
	assert.match(page.text, /Connect a course system/);
	page = await admin.click(page, 'Make an address');
	refused(await admin.submit(page, '/invite', { host: 'https://x/y' }), undefined, 422);
	page = await admin.submit(page, '/invite', { host: '' });
	const url = /http:\S+\/lti\/register\?invite=[\w.-]+/.exec(page.body)[0];
	page = await admin.get(`${at}/admin/platforms`);
	assert(!page.body.includes(new URL(url).searchParams.get('invite')), 'it is told once');
	page = await admin.submit(page, '/revoke');
	refused((await open('moodle', url)).page, 'register-invite', 403);
	page = await admin.submit(await admin.get(`${at}/admin/platforms/invite`), '/invite', { host: '' });
	done(await register('moodle', /http:\S+\/lti\/register\?invite=[\w.-]+/.exec(page.body)[0]));
	page = await admin.get(`${at}/admin`);
	assert.match(page.text, /course systems? waits? for your word/);
	page = await admin.click(await admin.get(`${at}/admin/platforms`), 'Look at it');
	for (const w of [/Fingerprint of its keys: [\w-]{43}/, /Hosts: localhost:\d+/, /Class lists/, /Client until now/])
		assert.match(page.text, w);
	const old = one('moodle').client_id;
	await admin.submit(page, '/decline');
	assert.equal(one('moodle').client_id, old);
	assert.equal(one('moodle').state, 'approved', 'the old connection goes on');
	/* what was looked at is not what waits now */
	done(await register('moodle', invite()));
	assert.equal((await admin.submit(page, '/approve')).status, 409);
	page = await admin.click(await admin.get(`${at}/admin/platforms`), 'Look at it');
	page = await admin.submit(page, '/approve');
	assert.equal(page.status, 200);
	const now = one('moodle').client_id;
	assert.notEqual(now, old);
	assert.equal((await control('moodle', { activate: 1 })).client_id, now);
	assert((await launch(lms, new Browser(), 'okafor', 'grade3', { platform: 'moodle' })).room);
	/* another district's platform is as if it were not there */
	const foreign = platforms().find(p => p.issuer === 'https://elsewhere.example').id;
	for (const id of [foreign, '6917529027641081857'])
		assert.equal((await admin.get(`${at}/admin/platform/${id}/approve`)).status, 404);
	page = await admin.get(`${at}/admin/platforms`);
	assert.match(page.text, /did not work register-refused: /);
	assert.match(page.text, /taken back/);
});

await test('no token, no secret and no address of a platform is in the log', () => {
	assert.doesNotMatch(tool.output, /eyJ|invite=|registration_token|openid-conf/);
});

await finish();
