/*
 * Connecting by hand from the office's pages: what is copied, what is typed, and that a
 * platform connected so is the one that `lintel platform add` would have made.
 */
import assert from 'node:assert';
import { Browser, launch, startLintel, startPractice } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { startMiniLms } from './lib/mini_lms.mjs';
import { finish, tempDir, test } from './lib/walk.mjs';

const port = await freePort(2);
const lms = await startPractice({ port, tool: `http://127.0.0.1:${port + 1}` });
const tool = await startLintel({ port: port + 1, dir: tempDir('connect'), database: process.env.LINTEL_TEST_DB });
const office = await startMiniLms({ tool, name: 'Office' });
const platforms = () => JSON.parse(tool.cli('platform', 'list', '--json'));
const tenant = platforms()[0].tenant;

/* An administrator of a district whose platform is another one than those below. */
const admin = new Browser();
let page = await office.enter(admin, { user: 'a', given: 'Ada', family: 'Admin', course: 'c', title: 'Course',
	roles: ['Administrator'] });
const at = /^.*\/app\/[^/]+/.exec(page.url)[0];
page = await admin.submit(await admin.get(`${at}/waiting`), '/invite', { code: tool.cli('admin', 'invite', '--tenant', tenant).trim() });

const values = p => [...p.body.matchAll(/<input id="copy-\d" class="copy" type="text" readonly dir="ltr" value="([^"]*)"/g)].map(m => m[1]);

await test('the office chooses a course system', async () => {
	page = await admin.click(await admin.get(`${at}/admin/platforms`), 'Connect one by hand');
	assert.equal(page.status, 200, page.text.slice(0, 200));
	assert.deepEqual(page.links().filter(l => /make=/.test(l.href)).map(l => l.href.replace(/.*=/, '')), ['moodle', 'canvas', 'other']);
	assert.equal((await admin.get(`${at}/admin/platforms/add?make=x`)).status, 400);
});

await test('the values to copy are the addresses of this Lintel, one a field', async () => {
	const moodle = values(await admin.get(`${at}/admin/platforms/add?make=moodle`));
	assert.deepEqual(moodle, [`${tool.url}/`, `${tool.url}/lti/keys.json`, `${tool.url}/lti/login`, `${tool.url}/lti/launch`,
		'user_tz=$Person.address.timezone']);
	assert.deepEqual(values(await admin.get(`${at}/admin/platforms/add?make=canvas`)), [`${tool.url}/lti/launch`,
		`${tool.url}/lti/canvas.json`]);
	assert.equal(values(await admin.get(`${at}/admin/platforms/add?make=other`)).length, 5);
});

await test('Moodle: only its address, client and deployment are typed, and people come in', async () => {
	page = await admin.get(`${at}/admin/platforms/add?make=moodle`);
	assert.deepEqual(page.form('/add').fields.map(f => f[0]), ['csrf', 'address', 'client', 'deployment', 'name']);
	page = await admin.submit(page, '/add', { address: `${lms.url}/moodle/`, client: 'practice-moodle', deployment: '1', name: 'Our Moodle' });
	assert.equal(page.status, 200, page.text.slice(0, 300));
	assert.match(page.text, /Our Moodle/);
	const p = platforms().find(x => x.name === 'Our Moodle');
	assert.deepEqual([p.family, p.state, p.tenant, p.issuer, p.auth_url, p.jwks_url, p.match, p.accept_deployments],
		['moodle', 'approved', tenant, `${lms.url}/moodle`, `${lms.url}/moodle/mod/lti/auth.php`, `${lms.url}/moodle/mod/lti/certs.php`,
			'none', 'approve']);
	const in_ = await launch(lms, new Browser(), 'okafor', 'grade3', { platform: 'moodle' });
	assert(in_.room && !in_.refused, `${in_.status} ${in_.refused}`);
});

await test('Canvas: its own address, the issuer where it is another; without a deployment the first launch waits', async () => {
	page = await admin.get(`${at}/admin/platforms/add?make=canvas`);
	await admin.submit(page, '/add', { address: `${lms.url}/canvas`, issuer: `${lms.url}/canvas`, client: '10000000000004' });
	const p = platforms().find(x => x.family === 'canvas');
	assert.equal(p.name, `${lms.url}/canvas`);
	assert.equal(p.token_url, `${lms.url}/canvas/login/oauth2/token`);
	assert.equal((await launch(lms, new Browser(), 'okafor', 'grade3', { platform: 'canvas' })).refused, 'deployment-pending');
	/* hosted: nothing but the client is typed */
	page = await admin.submit(await admin.get(`${at}/admin/platforms/add?make=canvas`), '/add', { client: '170000000000123' });
	assert.equal(page.status, 200);
	assert.equal(platforms().find(x => x.client_id === '170000000000123').auth_url, 'https://sso.canvaslms.com/api/lti/authorize_redirect');
});

await test('any other: every address as typed', async () => {
	const url = { issuer: 'https://x.example', auth: 'https://x.example/a', token: 'https://x.example/t', keys: 'https://x.example/k' };
	page = await admin.submit(await admin.get(`${at}/admin/platforms/add?make=other`), '/add', { ...url, client: 'c', name: 'Our Moodle' });
	assert.equal(page.status, 200);
	assert.equal(platforms().find(x => x.issuer === url.issuer).name, 'Our Moodle (2)');
});

await test('what does not fit is said beside its field, and what was typed stays', async () => {
	const n = platforms().length;
	for (const [make, typed, words] of [['moodle', { address: '', client: 'c' }, /begins with https/], ['moodle', { address: 'moodle example', client: 'c' },
		/begins with https/], ['moodle', { address: 'm.example' }, /./], ['canvas', { address: 'ftp://x', client: 'kept-1' }, /begins with https/],
	['other', { issuer: 'https://y.example', client: 'kept-2' }, /begins with https/],
	['moodle', { address: `${lms.url}/moodle`, client: 'practice-moodle' }, /connected already/]]) {
		page = await admin.submit(await admin.get(`${at}/admin/platforms/add?make=${make}`), '/add', typed);
		assert.equal(page.status, 422, JSON.stringify(typed));
		assert.match(page.text, words);
		if (typed.client) assert(page.body.includes(`value="${typed.client}"`));
		assert.equal(values(page).length > 1, true, 'the values to copy are still there');
	}
	assert.equal(platforms().length, n);
	page = await admin.get(`${at}/admin/platforms/add?make=moodle`);
	const bare = await admin.post(`${at}/admin/platforms/add`, [...page.form('/add').fields.filter(f => f[0] === 'csrf'), ['client', 'c']]);
	assert.equal(bare.status, 400, 'no make');
});

office.stop();
await finish();
