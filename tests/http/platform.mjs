/*
 * Registrations as the door sees them: a deployment nobody has approved, one that may
 * come by itself (--accept-deployments auto), a platform that was closed, and how long
 * the address of a login may be.
 */
import assert from 'node:assert';
import { Browser, Page, request, startLintel } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { startMiniLms } from './lib/mini_lms.mjs';
import { finish, tempDir, test } from './lib/walk.mjs';

const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
const dir = tempDir('platform');
const tool = await startLintel({ port: await freePort(), dir, database: process.env.LINTEL_TEST_DB });
const asks = await startMiniLms({ tool, name: 'Asks' });
const auto = await startMiniLms({ tool, name: 'Auto', more: ['--accept-deployments', 'auto'] });
const closed = await startMiniLms({ tool, name: 'Closed' });

/* A teacher of a course whose link belongs to this deployment of that platform. */
async function teacher(lms, deployment, guid) {
	return lms.enter(new Browser(), { user: 't', given: 'Tess', family: 'Sample', course: 'c', title: 'Course',
		roles: ['Instructor'], claims: { [CLAIM + 'deployment_id']: deployment,
			...(guid && { [CLAIM + 'tool_platform']: { guid, product_family_code: 'other' } }) } });
}

const came = page => assert.equal(page.room, 'class', `${page.status} ${page.refused}`);
const waits = page => {
	assert.equal(page.status, 403);
	assert.equal(page.refused, 'deployment-pending');
	assert.match(page.text, /Waiting for approval/);
	assert.doesNotMatch(page.body, /Sample/);
};
const state = (lms, id) => new RegExp(`^  (\\S+) +${id}\\b`, 'm').exec(tool.cli('platform', 'deployment', 'list', lms.name))?.[1];

await test('a deployment nobody knows waits, is listed, and comes in once approved', async () => {
	waits(await teacher(asks, 'new', 'g'));
	waits(await teacher(asks, 'new', 'g'));
	assert.equal(state(asks, 'new'), 'pending');
	assert.match(tool.cli('platform', 'show', asks.name), /pending +new/);
	tool.cli('platform', 'deployment', 'add', asks.name, 'new');
	came(await teacher(asks, 'new', 'g'));
	assert.equal(state(asks, 'new'), 'approved');
});

await test('"approve" asks each time, the same guid or not', async () => {
	came(await teacher(asks, '1', 'g'));
	waits(await teacher(asks, 'next', 'g'));
});

await test('"auto" waits, too, while no approved deployment has said who the platform is', async () => {
	waits(await teacher(auto, 'early', 'g'));
	waits(await teacher(auto, 'nameless'));
});

await test('"auto" lets deployments of the first approved guid in, and no others', async () => {
	came(await teacher(auto, '1', 'g'));
	came(await teacher(auto, 'two', 'g'));
	assert.equal(state(auto, 'two'), 'approved');
	waits(await teacher(auto, 'other', 'h'));
	waits(await teacher(auto, 'none'));
	waits(await teacher(auto, 'longer', 'gg'));
	assert.equal(state(auto, 'other'), 'pending');
});

await test('what waited before goes on waiting for a person', async () => {
	waits(await teacher(auto, 'early', 'g'));
});

await test('an approved deployment of another guid does not take the first one\'s place', async () => {
	tool.cli('platform', 'deployment', 'add', auto.name, 'other');
	came(await teacher(auto, 'other', 'h'));
	waits(await teacher(auto, 'other2', 'h'));
	came(await teacher(auto, 'three', 'g'));
});

await test('closing a platform ends its sessions and forgets its keys', async () => {
	const browser = new Browser();
	const page = await closed.enter(browser, { user: 't', given: 'Tess', family: 'Sample', course: 'c', title: 'Course',
		roles: ['Instructor'] });
	came(page);
	await teacher(closed, '1');
	assert.equal(closed.seen.keys, 1, 'one key set for two launches');
	tool.cli('platform', 'disable', closed.name);
	assert.equal((await browser.get(page.url)).refused, 'no-session');
	await assert.rejects(teacher(closed, '1'), /login: 403 platform-disabled/);
	tool.cli('platform', 'approve', closed.name);
	came(await teacher(closed, '1'));
	assert.equal(closed.seen.keys, 2, 'the keys were read anew');
});

await test('a closed platform\'s keys are forgotten at once, its sessions stay ended', async () => {
	const browser = new Browser(), n = closed.seen.keys;
	const page = await closed.enter(browser, { user: 't', given: 'Tess', family: 'Sample', course: 'c', title: 'Course',
		roles: ['Instructor'] });
	came(page);
	assert.equal(closed.seen.keys, n, 'the keys are known');
	/* no launch in between, and long before the minute of the sweep */
	tool.cli('platform', 'disable', closed.name);
	assert.equal((await browser.get(page.url)).refused, 'no-session');
	tool.cli('platform', 'approve', closed.name);
	assert.equal((await browser.get(page.url)).refused, 'no-session', 'a session of before');
	came(await teacher(closed, '1'));
	assert.equal(closed.seen.keys, n + 1, 'the keys were read anew');
	came(await teacher(asks, '1', 'g'));
	assert.equal(asks.seen.keys, 1, 'those of the others stay');
});

await test('a login by GET may carry long hints; no other address may', async () => {
	const ask = async (at, n) => new Page(await request('GET', `${tool.url}${at}?${new URLSearchParams({ iss: asks.issuer,
		client_id: asks.client, login_hint: 'u', target_link_uri: `${tool.url}/lti/launch`,
		lti_message_hint: 'h'.repeat(n) })}`, { 'Sec-Fetch-Dest': 'document' }));
	const long = await ask('/lti/login', 8000);
	assert.equal(long.status, 302);
	assert.ok(new URL(long.headers.location).searchParams.get('lti_message_hint').length === 8000);
	assert.equal((await ask('/lti/login', 9000)).status, 400);
	assert.equal((await ask('/lti/login', 13000)).refused, 'bad-target');
	for (const at of ['/lti/launch', '/lti/keys.json', '/goodbye', '/app/aaaaaaaa/today', '/lti/login/'])
		assert.equal((await ask(at, 2100)).refused, 'bad-target', at);
});

await test('the log names no person', () => assert.doesNotMatch(tool.output, /Sample|Tess/));

asks.stop();
auto.stop();
closed.stop();
await finish();
