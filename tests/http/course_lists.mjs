/*
 * Course lists of the practice Moodle and Canvas (Names and Roles), pulled by command:
 * who is known afterwards, a class of 2,000, what a list that fails or shrinks does.
 */
import assert from 'node:assert';
import { finish, enter, school, test } from './lib/walk.mjs';

const { lms, tool } = await school('course-lists');
const platform = Object.fromEntries(JSON.parse(tool.cli('platform', 'list', '--json')).map(p => [p.family, p.name]));
const TITLE = 'Grade 3 · Room 12', PAGES = 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
const set = (family, what) => lms.control('misbehave', { platform: family, set: what }, true);
const crowd = n => lms.control('crowd', { n }, true);

/* { people, added, gone } of what the command says; more: options. */
function pull(family, ...more) {
	const said = tool.cli('roster', 'pull', '--platform', platform[family], '--context', TITLE, ...more);
	const m = /^(.*): (\d+) people, (\d+) new, (\d+) gone$/m.exec(said);
	assert(m && m[1] === TITLE, said);
	return { people: +m[2], added: +m[3], gone: +m[4] };
}
function refused(family, word, ...more) {
	assert.throws(() => pull(family, ...more), e => {
		assert.match(e.message, new RegExp(`: 1: [^]*${TITLE}: ${word} \\(`), e.message);
		assert.doesNotMatch(e.message, /Haddad|Lina|Okafor/);	/* nobody's name in what went wrong */
		return true;
	});
}

await test('no launch, no list', () => {
	for (const family of ['moodle', 'canvas'])
		assert.throws(() => pull(family), /no such course has told us/);
	assert.throws(() => tool.cli('roster', 'pull'), /which platform/);
});

const teacher = { moodle: await enter(lms, 'okafor', 'grade3', { platform: 'moodle' }),
	canvas: await enter(lms, 'okafor', 'grade3', { platform: 'canvas' }) };
const size = {};

await test('Moodle: everybody of the course is known, and stays unsorted', async () => {
	const r = pull('moodle');
	size.moodle = r.people;
	assert(r.people > 10, r.people);
	assert.equal(r.added, r.people - 1, 'all but the teacher who launched');
	const page = await teacher.moodle.get('/sort');
	assert.equal(page.status, 200, page.url);
	assert.match(page.text, /Lina Haddad/);
	assert.match(page.text, /Rossi/);	/* an assistant is a Learner in Moodle's list */
	assert.doesNotMatch(page.text, /Adaeze Okafor.*Adaeze Okafor/s);
	assert.deepEqual(pull('moodle'), { people: r.people, added: 0, gone: 0 });
});

await test('Moodle: a launch as staff is not lowered by a list that says Learner', async () => {
	const rossi = await enter(lms, 'rossi', 'grade3', { platform: 'moodle' });
	assert.equal(rossi.page.room, 'class');
	pull('moodle');
	assert.doesNotMatch((await teacher.moodle.get('/sort')).text, /Rossi/);
	assert.equal((await rossi.get('/')).room, 'class');
});

await test('Canvas: pupils stand in the class before their first launch, observers are no pupils', async () => {
	const r = pull('canvas');
	size.canvas = r.people;
	assert(r.people > 10 && r.added === r.people - 1, JSON.stringify(r));
	const page = await teacher.canvas.get('/class');
	assert.match(page.text, /Lina Haddad/);
	assert.doesNotMatch(page.text, /Rima Haddad/);
	assert.deepEqual(pull('canvas'), { people: r.people, added: 0, gone: 0 });
});

await test('what goes wrong is said by its word, and changes nothing', async () => {
	const cases = [['moodle', 'token_down', 'token'], ['canvas', 'token_down', 'down'],
		['moodle', 'token_expired', 'denied'], ['canvas', 'token_expired', 'denied'],
		['moodle', 'nrps_down', 'down'], ['canvas', 'nrps_down', 'down'], ['canvas', 'nrps_throttled', 'down'],
		['moodle', 'nrps_html', 'answer'], ['canvas', 'nrps_html', 'answer'], ['moodle', 'nrps_cut', 'answer'],
		['canvas', 'nrps_cut', 'answer'], ['moodle', 'nrps_elsewhere', 'pages'], ['canvas', 'nrps_elsewhere', 'pages']];
	for (const [family, mis, word] of cases) {
		await set(family, mis);
		/* a token that is kept asks for none: the expired one first */
		refused(family, word);
		await set(family, '');
		assert.deepEqual(pull(family), { people: size[family], added: 0, gone: 0 }, `${family} ${mis}`);
	}
});

await test('a token that was taken back is asked for once more', async () => {
	for (const family of ['moodle', 'canvas']) {
		await set(family, 'token_once');
		assert.deepEqual(pull(family), { people: size[family], added: 0, gone: 0 });
		await set(family, '');
	}
});

await test('without rel=last, and with lower-case headers, all pages are read', async () => {
	await crowd(120);
	await set('canvas', 'nrps_no_last');
	assert.deepEqual(pull('canvas'), { people: size.canvas + 120, added: 120, gone: 0 });
	await set('canvas', '');
});

await test('a class of two thousand', async () => {
	await crowd(2000);
	for (const family of ['moodle', 'canvas']) {
		const t = Date.now(), r = pull(family);
		assert.equal(r.people, size[family] + 2000);
		console.log(`# ${family}: ${r.people} people in ${Date.now() - t} ms, again in`, (() => {
			const u = Date.now();
			assert.deepEqual(pull(family), { people: r.people, added: 0, gone: 0 });
			return Date.now() - u;
		})(), 'ms');
	}
	return 'two classes of 2,000, each read twice';
});

await test('members who go between two pages are missed once, and nobody is taken out', async () => {
	await set('canvas', 'nrps_shrink');
	const r = pull('canvas');
	assert.equal(r.gone, 0);
	assert(r.people >= size.canvas + 1995, r.people);
	await set('canvas', '');
	assert.deepEqual(pull('canvas'), { people: size.canvas + 2000, added: 0, gone: 0 });
});

await test('a list that is suddenly short takes nobody out, until somebody says it is right', async () => {
	await crowd(0);
	for (const family of ['moodle', 'canvas']) {
		refused(family, 'short');
		refused(family, 'short');
		assert.deepEqual(pull(family, '--take-short'), { people: size[family], added: 0, gone: 0 });
		assert.deepEqual(pull(family, '--take-short'), { people: size[family], added: 0, gone: 2000 });
		assert.deepEqual(pull(family), { people: size[family], added: 0, gone: 0 });
	}
});

await test('an address that is not the platform\'s gets no token', async () => {
	for (const url of ['https://elsewhere.example/memberships', 'http://127.0.0.1:1/x', 'javascript:alert(1)']) {
		await enter(lms, 'demir', 'secondary', { platform: 'moodle', set: { [PAGES]: { context_memberships_url: url, service_versions: ['2.0'] } } });
		assert.throws(() => tool.cli('roster', 'pull', '--platform', platform.moodle, '--context', 'Grade 8/9 · Northgate'),
			/no such course has told us/, url);
	}
});

await test('the office sees how it went, and asks for a list with a button', async () => {
	const tenant = JSON.parse(tool.cli('platform', 'list', '--json')).find(p => p.family === 'moodle').tenant;
	const office = await enter(lms, 'castellanos', 'grade3');
	const code = tool.cli('admin', 'invite', '--tenant', String(tenant)).trim();
	await office.browser.submit(await office.get('/waiting'), '/invite', { code });
	await crowd(30);
	await set('moodle', 'nrps_html');
	refused('moodle', 'answer');
	await set('moodle', '');
	let page = await office.get('/admin/rosters');
	assert.match(page.text, /Grade 3 · Room 12 did not work Practice Moodle/);
	assert.match(page.text, /What came was no list/);
	assert.doesNotMatch(page.text, /Practice Canvas/);	/* another district's */
	const forms = page.forms().filter(f => f.action.endsWith('/rosters/ask'));
	assert(forms.length >= 1, page.text);
	page = await office.browser.submit(page, forms[0]);	/* what failed stands first */
	assert.match(page.text, /Lintel is asking/);
	for (let i = 0; i < 60 && !/room 12 up to date Practice Moodle/i.test(page.text); i++) {
		await new Promise(done => setTimeout(done, 500));
		page = await office.get('/admin/rosters');
	}
	assert.match(page.text, /Grade 3 · Room 12 up to date Practice Moodle [^]*?: \d+ people · new: 30 · gone: 0/);
	/* the list became short: the page says so and offers to take it */
	await crowd(130);
	pull('moodle');
	await crowd(0);
	refused('moodle', 'short');
	page = await office.get('/admin/rosters');
	assert.match(page.text, /much shorter than before [^]*Take the short list/);
	const other = await enter(lms, 'rima', 'door1', { platform: 'moodle' });
	assert.equal((await other.get('/admin/rosters')).status, 403);
	const hidden = await office.browser.post(`${office.at}/admin/rosters/ask`, { course: '1', csrf: forms[0].value('csrf') });
	assert.equal(hidden.status, 404);
});

await test('a closed platform is not asked', () => {
	tool.cli('platform', 'disable', platform.moodle);
	assert.throws(() => pull('moodle'), /not approved/);
});

await finish();
