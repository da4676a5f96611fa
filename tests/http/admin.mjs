/*
 * The district's office as Ms Castellanos walks it: the code, the numbers, a
 * deployment, a school and its course, people; and that nobody else gets in.
 */
import assert from 'node:assert';
import { Browser, launch } from '../practice/client.mjs';
import { finish, fullSchool, test } from './lib/walk.mjs';

const { lms, tool, enter } = await fullSchool('admin');

const number = (page, what) => {
	const m = new RegExp(`<th scope="row">${what}</th><td class="n">([\\d,]+)</td>`).exec(page.body);
	assert(m, `no number for ${what}`);
	return +m[1].replace(/,/g, '');
};
const tenant = JSON.parse(tool.cli('platform', 'list', '--json')).find(p => p.family === 'moodle').tenant;

const okafor = await enter('okafor', 'grade3');
const rima = await enter('rima', 'door1');
const office = await enter('castellanos', 'grade3');

await test('without the code the office stays closed', async () => {
	assert.equal((await office.get('/admin')).status, 403);
	const page = await office.browser.submit(await office.get('/waiting'), '/invite', { code: 'x'.repeat(32) });
	assert.equal(page.status, 422);
	assert.equal((await office.get('/admin')).status, 403);
});

await test('the code opens it once', async () => {
	const code = tool.cli('admin', 'invite', '--tenant', tenant).trim();
	let page = await office.browser.submit(await office.get('/waiting'), '/invite', { code });

	assert.equal(page.status, 200);
	assert.match(page.url, /\/admin\?/);
	assert.equal(page.room, 'admin');
	page = await office.browser.submit(await office.get('/waiting'), '/invite', { code });
	assert.equal(page.status, 422);
});

await test('the overview counts and names nobody', async () => {
	const page = await office.get('/admin');

	assert.equal(number(page, 'Pupils'), (lms.print('roster').match(/<roletype>0?1<|roletype="0?1"/g) || []).length);
	assert.equal(number(page, 'Guardians') > 30, true);
	assert.equal(number(page, 'Opened today') >= 3, true);
	assert.equal(number(page, 'Courses'), 2);
	assert.equal(number(page, 'Courses without a school'), 2);
	assert.equal(number(page, 'Pupils without a guardian') >= 1, true);
	assert.match(page.text, /2 courses belong to no school yet/);
	for (const name of ['Haddad', 'Lina', 'Okafor', 'Dale'])
		assert.doesNotMatch(page.text.replace(/Ruth Castellanos/g, ''), new RegExp(name));
});

await test('a school is added, looked through, changed', async () => {
	let page = await office.get('/admin/schools/new');

	page = await office.browser.submit(page, '/schools/new', { name: '', zone: 'Mars/Phobos' });
	assert.equal(page.status, 422);
	assert.match(page.body, /value="Mars\/Phobos"/);
	page = await office.browser.submit(page, '/schools/new', { name: 'Harbour Lane', zone: 'Mars/Phobos',
		phase: 'primary' });
	assert.equal(page.status, 422);
	assert.match(page.text, /We do not know this time zone/);
	page = await office.browser.submit(page, '/schools/new', { name: 'Harbour Lane',
		zone: 'America/Chicago', phase: 'primary', lead: 'Mr Fraser, 555 0100' });
	assert.equal(page.status, 200);
	assert.match(page.text, /Harbour Lane Primary no course|Harbour Lane Primary 0 courses/);
	page = await office.browser.click(page, '/admin/school/');
	assert.match(page.body, /value="Mr Fraser, 555 0100"/);
	page = await office.browser.submit(page, f => f.fields.some(x => x[0] === 'lead'),
		{ name: 'Harbour Lane School' });
	assert.match(page.text, /Harbour Lane School/);
});

await test('free days are added once and taken away', async () => {
	let page = await office.browser.click(await office.get('/admin/schools'), '/admin/school/');
	const url = page.url;

	page = await office.browser.submit(page, '/closed', { first: '2026-12-24', last: '2026-12-20', label: '' });
	assert.equal(page.status, 422);
	page = await office.browser.submit(page, '/closed', { first: '2026-12-21', last: '2027-01-01', label: 'Winter' });
	assert.equal(page.status, 200);
	assert.match(page.text, /Winter 21 Dec 2026 to 1 Jan 2027/);
	page = await office.browser.submit(page, '/closed', { first: '2026-12-21', last: '', label: 'Again' });
	assert.equal(page.status, 422);
	page = await office.browser.submit(await office.browser.get(url), '/open');
	assert.doesNotMatch(page.text, /Winter/);
});

await test('a course gets its school', async () => {
	let page = await office.browser.click(await office.get('/admin/schools'), 'Give it a school');
	const form = page.form('/admin/course/');

	page = await office.browser.submit(page, '/admin/course/',
		{ school: form.choices.school[1], phase: 'none' });
	assert.equal(page.status, 200);
	assert.match(page.text, /Harbour Lane School Primary 1 course/);
	assert.equal(number(await office.get('/admin'), 'Courses without a school'), 1);
	assert.equal((await office.browser.submit(await office.browser.click(page, 'Change'), '/admin/course/',
		{ school: '12345', phase: 'none' })).status, 404);
});

await test('matching is changed only after the page said what to lock', async () => {
	let page = await office.get('/admin/platforms');

	assert.match(page.text, /Practice Moodle/);
	page = await office.browser.click(page, 'Change the matching');
	page = await office.browser.click(page, '?match=username');
	assert.match(page.text, /First make sure/);
	page = await office.browser.submit(page, '/match');
	assert.match(page.text, /The same user name joins/);
	page = await office.browser.get(page.link('Change the matching').href);
	page = await office.browser.submit(await office.browser.click(page, '?match=none'), '/match');
	assert.doesNotMatch(page.text, /The same user name joins/);
});

await test('a refused launch is listed with what it means', async () => {
	await launch(lms, new Browser(), 'lina', 'grade3', { misbehave: 'expired' });
	const page = await office.get('/admin/refused');

	assert.match(page.text, /token-expired/);
	assert.match(page.text, /The clocks of both servers do not agree/);
	assert.doesNotMatch(page.text, /Lina/);
});

await test('a new deployment waits for the office, then lets people in', async () => {
	/* Both ends name the deployment 99, which nobody has approved. */
	const opts = { misbehave: 'unknown_deployment' };
	const other = Object.assign(Object.create(lms), { control: async (...a) => {
		const l = await lms.control(...a);
		l.login_params.lti_deployment_id = l.login_params.deployment_id = '99';
		return l;
	} });
	let page = await launch(other, new Browser(), 'okafor', 'grade3', opts);

	assert.equal(page.refused, 'deployment-pending');
	assert.match((await office.get('/admin')).text, /One new deployment waits for your word/);
	page = await office.get('/admin/platforms');
	const waits = page.forms().find(f => f.buttons[0].text === 'Let it in');
	assert(waits, 'no button');
	page = await office.browser.submit(page, waits);
	assert.equal(page.status, 200);
	assert.equal((await launch(other, new Browser(), 'okafor', 'grade3', opts)).room, 'class');
	assert.equal((await office.browser.post(`${office.at}${new URL(waits.action, page.url).pathname
		.replace(/^\/app\/[^/]+/, '')}`, { csrf: waits.value('csrf'), deployment: 'never', as: 'approved' })).status, 404);
});

let person, adult;
const decode = s => s.replace(/&amp;/g, '&');
const formOf = (page, part, button) => {
	const f = page.forms().find(x => x.action.includes(part) && x.buttons.some(b => b.text === button));
	assert(f, `no form ${part} ${button}: ${page.text.slice(0, 400)}`);
	return f;
};

await test('a login is joined by the office, by its number only', async () => {
	await launch(lms, new Browser(), 'tomas', 'grade3');
	let page = await office.get('/admin/people');

	const join = page.forms().filter(f => f.action.includes('/join')).at(-1);
	assert.match(page.text, /Tomás Núñez Practice Moodle Perhaps Tomás Núñez of the class lists Same number: SIS-/);
	assert.equal((await office.browser.post(`${office.at}/admin/people/join`,
		{ csrf: page.form('/join').value('csrf'), account: join.value('account'), person: '77' })).status, 404);
	page = await office.browser.submit(page, join);
	assert.equal(page.status, 200);
	assert.doesNotMatch(page.text, /Perhaps Tomás/);
});

await test('the office finds a child, and links an adult to it', async () => {
	let page = await office.get('/admin/people?find=mateus');
	page = await office.browser.click(page, '/admin/person/');
	person = /\/admin\/person\/\d+/.exec(page.url)[0];
	assert.match(page.text, /Márcia|Marcia/);
	page = await office.get(`${person}?find=Marisol`);
	adult = /forbid\?other=(\d+)/.exec(decode(page.body))[1];
	page = await office.browser.submit(page, formOf(page, '/link', 'Is a guardian here'));
	assert.match(page.text, /Marisol Núñez Open Guardian From the office/);
	page = await office.browser.submit(page, formOf(page, '/unlink', 'End this link'));
	assert.doesNotMatch(page.text, /From the office/);
});

await test('a prohibition wins over the office\'s own link, and is lifted with a reason', async () => {
	let page = await office.get(`${person}/forbid?other=${adult}`);
	page = await office.browser.submit(page, '/forbid', { from: '', until: '2020-01-01' });
	assert.equal(page.status, 422);
	page = await office.browser.submit(page, '/forbid', { from: '', until: '' });
	assert.equal(page.status, 200);
	assert.match(page.text, /Must have no access MN Marisol Núñez/);
	page = await office.get(`${person}?find=Marisol`);
	assert.equal((await office.browser.submit(page, formOf(page, '/link', 'Is a guardian here'))).status, 409);
	page = await office.get('/admin/people');
	assert.match(page.text, /Dale/);
	page = await office.browser.click(await office.get(person), 'Lift it');
	assert.equal((await office.browser.submit(page, '/lift', { reason: '' })).status, 422);
	page = await office.browser.submit(page, '/lift', { reason: 'Order 12 of 3 May ended' });
	assert.equal(page.status, 200);
	assert.doesNotMatch((await office.get(person)).text, /Must have no access/);
});

await test('a task is given with an end and taken back', async () => {
	let page = await office.browser.click(await office.get('/admin/people?find=okafor'), '/admin/person/');
	page = await office.browser.submit(page, '/grant', { grant: 'office', until: '2020-01-01' });
	assert.equal(page.status, 422);
	page = await office.browser.submit(page, '/grant', { grant: 'office', until: '2040-01-01' });
	assert.equal(page.status, 200);
	page = await office.get('/admin/people');
	assert.match(page.text, /Okafor Office Until/);
	const clerk = await enter('okafor', 'grade3');
	const admin = clerk.page.forms().find(f => f.value('door') === '4') || null;
	assert(admin, 'no office door');
	await clerk.browser.submit(clerk.page, admin);
	assert.equal((await clerk.get('/admin')).status, 200);
	assert.equal((await clerk.get('/admin/people')).status, 200);
	assert.equal((await clerk.get('/admin/platforms')).status, 403);
	const nav = /<nav[^]*?<\/nav>/.exec((await clerk.get('/admin')).body)[0];
	const paths = [...nav.matchAll(/href="[^"]*?(\/admin[^"]*)"/g)].map(m => m[1]);
	assert.deepEqual(paths, ['/admin', '/admin/people'], 'a header link that leads nowhere');
	for (const p of paths) assert.equal((await clerk.get(p)).status, 200, p);
	page = await office.browser.submit(page, formOf(page, '/revoke', 'Take it back'));
	assert.doesNotMatch(page.text, /Okafor Office/);
	assert.equal((await clerk.get('/admin/people')).status, 403);
});

await test('a class list is looked at, then brought in, from the browser', async () => {
	let page = await office.get('/admin/rosters');
	const xml = lms.print('roster').replace(/Mateus/g, 'Matteus');
	const send = mode => office.browser.submit(page, '/rosters', { mode, platform: page.form('/rosters').choices.platform
		.find((v, i) => page.body.includes(`value="${v}">Practice Moodle<`)),
		file: { filename: 'list.xml', type: 'text/xml', content: xml } });

	assert.match(page.text, /practice-roster\.xml in force/);
	page = await send('look');
	assert.equal(page.status, 200);
	assert.match(page.text, /browser\.xml only looked at New: 0 · changed: [1-9]/);
	assert.doesNotMatch((await office.get(person)).text, /Matteus/);
	page = await office.get('/admin/rosters');
	page = await send('apply');
	assert.match(page.text, /browser\.xml in force/);
	assert.match((await office.get(person)).text, /Matteus/);
});

await test('nobody else gets in', async () => {
	const course = /\/admin\/course\/\d+/.exec((await office.get('/admin/schools')).body)[0];
	const school = /\/admin\/school\/\d+/.exec((await office.get('/admin/schools')).body)[0];
	const platform = /\/admin\/platform\/\d+/.exec((await office.get('/admin/platforms')).body)[0];
	const paths = ['/admin', '/admin/platforms', '/admin/refused', '/admin/schools', '/admin/schools/new',
		course, school, `${platform}/match`, '/admin/people', '/admin/people?find=a', person,
		`${person}/forbid?other=1`, '/admin/people/lift?id=1', '/admin/rosters'];

	for (const who of [okafor, rima])
		for (const p of paths)
			assert.equal((await who.get(p)).status, 403, `${who.who} ${p}`);
	for (const p of ['/admin/school/12345', '/admin/course/12345', '/admin/platform/12345/match',
		'/admin/person/12345', '/admin/people/lift?id=12345', `${person}/forbid?other=12345`])
		assert.equal((await office.get(p)).status, 404, p);
});

await finish();
