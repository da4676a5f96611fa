/*
 * Launches that are not a plain teacher's, parent's or pupil's, each with its answer:
 * masquerade, test student, an administrator who is in no course, an
 * Instructor who is also Mentor, from the account's own menu, and from a phone's app,
 * which opens the tool in no frame. Through the practice LMS.
 */
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { Browser, launch, prepare } from '../practice/client.mjs';
import { check, enter, finish, fullSchool, test } from './lib/walk.mjs';

const { lms, tool, dir } = await fullSchool('kinds');
const sqlite = !process.env.LINTEL_TEST_DB;
const sql = text => {
	const r = spawnSync('sqlite3', ['-readonly', path.join(dir, 'lintel.db'), text], { encoding: 'utf8' });
	assert.equal(r.status, 0, r.stderr);
	return r.stdout.trim();
};
const canvas = (who, course = 'grade3', opts = {}) => enter(lms, who, course, { platform: 'canvas', ...opts });

/* On Canvas a pupil has a name once they came in. */
await canvas('lina');
const okafor = await canvas('okafor');
const childOf = page => page.links().map(l => /\/child\/(\d+)/.exec(l.href || '')?.[1]).find(Boolean);
const child = childOf(await okafor.get('/class'));
check(child, 'the class has a child');

await test('masquerade: reads, says so, changes nothing, counts as nothing', async () => {
	const before = sqlite && sql('SELECT COUNT(*) FROM member'), m = await canvas('okafor', 'grade3', { misbehave: 'masquerade' });

	assert.equal(m.page.room, 'class');
	for (const at of ['/today', `/child/${child}`]) assert.match((await m.get(at)).text, /nothing you do is kept/, at);
	assert.equal((await m.get(`/child/${child}/notes/new`)).refused, 'read-only');
	const csrf = (await m.get('/language')).form('/language').value('csrf');
	const r = await m.browser.post(`${m.at}/child/${child}/notes/new`, { csrf, body: 'CANARYmask' }, { from: m.page.url });
	assert.equal(r.refused, 'read-only');
	if (sqlite) {
		assert.equal(sql('SELECT COUNT(*) FROM member'), before);
		assert.equal(sql("SELECT COUNT(*) FROM session WHERE real_user <> ''"), '1');
	}
	/* as a parent: what the launch says of children is no evidence either */
	const links = sqlite && sql('SELECT COUNT(*) FROM family_link');
	await canvas('rima', 'grade3', { misbehave: 'masquerade,unpaired' });
	if (sqlite) assert.equal(sql('SELECT COUNT(*) FROM family_link'), links);
});

await test('test student: made-up data only, and no child', async () => {
	const t = await canvas('teststudent');

	assert.equal(t.page.room, 'student');
	assert.match(t.page.text, /You are the test student/);
	assert.equal((await t.get(`/child/${child}`)).status, 404);
	assert.equal((await t.get('/class')).refused, 'not-yours');
	if (sqlite) assert.equal(sql("SELECT COUNT(*) FROM member m JOIN session s ON s.person_id = m.person_id " +
		"WHERE s.flags & 2 <> 0"), '0');
});

for (const [platform, course] of [['canvas', 'account'], ['canvas', 'grade3'], ['moodle', 'grade3']])
	await test(`an administrator without membership opens only the page that asks for a code: ${platform} ${course}`, async () => {
		const a = await enter(lms, 'castellanos', course, { platform });

		/* Moodle calls every administrator an Instructor, too: held, and no child before a grant */
		const held = platform === 'moodle';
		assert.equal(a.page.room, held ? 'class' : 'waiting');
		if (!held) assert.match(a.page.text, /lintel admin invite/);
		assert.equal((await a.get('/admin')).refused, 'not-yours');
		assert.equal((await a.get(`/child/${child}`)).status, held ? 404 : 403);
		for (const name of ['Lina', 'Haddad', 'Tomás']) assert(!(await a.get(held ? '/class' : '/waiting')).body.includes(name), name);
	});

await test('Instructor and Mentor: one account, a choice of doors, each with its own', async () => {
	const d = await canvas('demir', 'secondary'), doors = d.page.forms().filter(f => f.value('door')).map(f => f.value('door'));

	assert.equal(d.page.room, 'picker');
	assert.deepEqual(doors, ['1', '2']);
	/* until one is chosen none is open: no union of the two */
	for (const at of ['/class', '/home', '/today']) assert.equal((await d.get(at)).refused, 'not-yours', at);
	const family = await d.send(await d.get('/doors'), f => f.value('door') === '2');
	assert.equal(family.room, 'family');
	assert.equal((await d.get('/class')).refused, 'not-yours');
	const teacher = await d.send(await d.get('/doors'), f => f.value('door') === '1');
	assert.equal(teacher.room, 'class');
	assert.equal((await d.get('/home')).refused, 'not-yours');
	/* a door that was not offered is none */
	const csrf = (await d.get('/doors')).form('/doors').value('csrf');
	assert.equal((await d.browser.post(`${d.at}/doors`, { csrf, door: '4' }, { from: d.page.url })).status, 404);
});

await test('account level: no course, no child, and nothing said about families', async () => {
	const parent = await canvas('rima');
	assert.equal(parent.page.room, 'family');
	const links = sqlite && sql("SELECT COUNT(*) FROM family_link WHERE state = 'active'");
	const a = await canvas('rima', 'account');
	assert.equal(a.page.room, 'stranger');
	assert(!a.page.body.includes('Lina'));
	/* variables that were not expanded there end no link of the course */
	if (sqlite) assert.equal(sql("SELECT COUNT(*) FROM family_link WHERE state = 'active'"), links);
	assert.equal((await parent.get('/home')).room, 'family');
	const t = await canvas('okafor', 'account');
	assert(['stranger', 'class', 'waiting'].includes(t.page.room), t.page.room);
	assert.equal((await t.get(`/child/${child}`)).status, t.page.room === 'class' ? 404 : 403);
});

/* Canvas's and Moodle's apps open a browser view of their own: no frame, no scripts of the LMS around. */
for (const platform of ['canvas', 'moodle'])
	await test(`unframed mobile launch: one journey, no page in between (${platform})`, async () => {
		const phone = new Browser({ headers: { 'User-Agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148' } });
		const l = await prepare(lms, phone, 'rima', platform === 'canvas' ? 'grade3' : 'door1',
			{ platform, query: { container: 'window', locale: 'en' } });
		/* the app adds a word of its own, and comes from no page at all */
		const login = await phone.post(l.login_url, { ...l.login_params, platform: 'mobile' }, { from: null });
		const page = await phone.submit(login, 'ltiAuthForm', {}, { from: lms.url });

		assert.equal(page.status, 200);
		assert.equal(page.room, 'family');
		assert.deepEqual(page.trail.map(t => t[2]).slice(0, 1), [303]);
		assert([...phone.cookies.values()].some(c => c.name.startsWith('__Host-s-')));
		/* a link inside is followed, the page survives a reload, all in the same view */
		assert.equal((await phone.get(page.url)).room, 'family');
		assert.match(page.text, /Lina/);
	});

await test('a login of nobody signed in leads to the platform and leaves nothing', async () => {
	const b = new Browser(), before = sqlite && sql('SELECT (SELECT COUNT(*) FROM session) + (SELECT COUNT(*) FROM account)');
	const page = await launch(lms, b, 'rima', 'door1', { platform: 'moodle', until: 'login', frame: false });

	assert.equal(page.status, 302);
	if (sqlite) assert.equal(sql('SELECT (SELECT COUNT(*) FROM session) + (SELECT COUNT(*) FROM account)'), before);
});

check(!/ error /.test(tool.output), 'nothing of ours failed', tool.output.match(/.* error .*/)?.[0]);
await finish();
