/*
 * The day on which rights pass to a student, from the office's page to everybody's rooms:
 * guardians lose every page about them, the student finds what the family decided, in a
 * household of their own. By the school's midnight, not by ours or UTC's.
 */
import assert from 'node:assert';
import { Page, request } from '../practice/client.mjs';
import { enter as enterAt, finish, fullSchool, test } from './lib/walk.mjs';

const { lms, tool, enter } = await fullSchool('rights');
const day = n => new Date(Date.now() + n * 864e5).toISOString().slice(0, 10);
const CANARIES = ['CANARYnote', 'CANARYpact', 'CANARYtopic', 'CANARYhome', 'CANARYschool', 'Jakub'];
const MISSING = '6917529027641081857';

const teacher = await enter('wright', 'secondary'), mother = await enter('zaneta', 'door2');
const father = await enter('lukasz', 'door2');
await enter('kuba', 'secondary');
const tenant = JSON.parse(tool.cli('platform', 'list', '--json')).find(p => p.name === 'Practice Moodle').tenant;
const office = await enter('castellanos', 'grade3');
await office.send(await office.get('/waiting'), '/invite', { code: tool.cli('admin', 'invite', '--tenant', String(tenant)).trim() });
const id = { child: /\/child\/(\d+)/.exec((await mother.get('/home')).links().find(l => l.text.includes('Jakub')).href)[1] };
const number = (kind, page) => new RegExp(`/${kind}/(\\d+)`).exec(page.url)?.[1] ?? assert.fail(`${kind}: ${page.text.slice(0, 300)}`);
const write = async (p, at, form, values, opts) => p.send(await p.get(at), form, values, opts);

/* ---- the school, its zone, and one of everything --------------------------------------- */

await office.send(await office.get('/admin/schools/new'), '/new', { name: 'Northgate', phase: 'secondary' });
const schools = await office.get('/admin/schools');
let school, course;
for (const at of new Set(schools.body.match(/\/admin\/school\/\d+/g)))
	if ((await office.get(at)).body.includes('Northgate')) school = at;
for (const at of new Set(schools.body.match(/\/admin\/course\/\d+/g)))
	if ((await office.get(at)).text.includes('Grade 8/9')) course = at;
await write(office, course, '/admin/course/', { school: school.split('/').pop(), phase: 'none' });

async function zone(name) {
	const page = await office.get(school), form = page.forms().find(f => f.value('zone') !== undefined);
	const saved = await office.send(page, form, { zone: name });
	assert.equal(saved.status, 200, saved.text.slice(0, 200));
}

async function passOn(date) {
	const page = await write(office, `/admin/person/${id.child}`, '/rights', { day: date });
	assert.equal(page.status, 200, page.text.slice(0, 300));
}

id.round = number('round', await write(teacher, '/conferences/new', '/new', { title: 'Talks', day: day(20), from: '08:00',
	to: '12:00', length: '10', gap: '0', place: 'Hall', phone: '1' }));
await write(teacher, `/conferences/round/${id.round}`, '/open', {});
async function book(p, topic) {
	const times = await p.get(`/conferences/for/${id.child}/${id.round}`);
	return number('booking', await p.send(times, '/book', { slot: /name="slot" value="(\d+)"/.exec(times.body)[1], topic, phone: '' }));
}
id.booking = await book(mother, 'CANARYtopic');
const goal = { words: 'CANARYhome', measure: 'CANARYhome', school: '', school_only: '1', home: 'CANARYhome', start: day(-8),
	review: day(30) };
id.goal = number('goals', await write(teacher, `/child/${id.child}/goals/new?domain=social`, '/new',
	{ ...goal, words: 'Reads', measure: 'Days', school: 'Here', school_only: null, home: '' }));
id.private = number('goals', await write(mother, `/child/${id.child}/goals/new?domain=academic`, '/new',
	{ ...goal, only_household: '1', home_only: '1' }));
id.note = number('note', await write(mother, `/child/${id.child}/notes/new`, '/new', { body: 'CANARYnote' }));
id.said = number('note', await write(teacher, `/child/${id.child}/notes/new`, '/new', { body: 'CANARYschool wrote' }));
id.agreement = number('agreement', await write(mother, `/child/${id.child}/agreements/new`, '/new', { expectation: 'CANARYpact',
	school: 'We', home: 'We', review: day(30) }, { button: 'offer' }));
await write(teacher, `/agreement/${id.agreement}`, '/do', {}, { button: 'agree' });

/* Typed by hand: what the mother could open, and whether the student can, in their own name. */
const PAGES = [['/child/:child', true], ['/child/:child/goals', true], ['/child/:child/goals/new', true], ['/goals/:goal', true],
	['/goals/:goal/week', true], ['/goals/:goal/change', true], ['/goals/:private', false], ['/child/:child/notes', true],
	['/child/:child/notes/new', true], ['/note/:said', true], ['/note/:note', false], ['/child/:child/agreements', true],
	['/child/:child/agreements/new', true], ['/agreement/:agreement', false], ['/conferences/for/:child/:round', true],
	['/conferences/booking/:booking', false], ['/conferences/booking/:booking/ics', false]];
const POSTS = ['/child/:child/goals/new', '/goals/:goal/sign', '/goals/:goal/week', '/goals/:goal/turn', '/child/:child/notes/new',
	'/note/:note/answer', '/note/:said/answer', '/child/:child/agreements/new', '/agreement/:agreement/do',
	'/conferences/for/:child/:round/book', '/conferences/booking/:booking/cancel'];
const put = (at, ids) => at.replace(/:(\w+)/g, (m, k) => ids[k] ?? MISSING);

async function post(p, at, ids) {
	p.csrf ??= (await p.get('/language')).form('/language').value('csrf');
	return new Page(await request('POST', p.at + put(at, ids), { Cookie: p.browser.cookieHeader(p.at), Origin: tool.url,
		'Sec-Fetch-Site': 'same-origin' }, new URLSearchParams({ csrf: p.csrf }).toString()));
}

const bare = page => Object.values(id).reduce((t, x) => t.replaceAll(x, 'ID'), page.body).replaceAll(MISSING, 'ID')
	.replace(/\b[0-9a-f]{16}\b/g, 'REQ');

/* A guardian for whom the student is as if there were none, byte for byte. */
async function gone(p) {
	for (const [at] of PAGES) {
		const page = await p.get(put(at, id));
		assert.equal(page.refused, 'not-found', `${p.who} ${at}: ${page.status}`);
		assert.equal(bare(page), bare(await p.get(put(at, {}))), `${p.who} ${at}`);
	}
	for (const at of POSTS)
		assert.equal((await post(p, at, id)).refused, 'not-found', `${p.who} POST ${at}`);
	for (const at of ['/home', '/conferences', '/notes', '/messages']) {
		const page = await p.get(at);
		for (const c of CANARIES) assert(!page.body.includes(c), `${p.who} ${at} tells ${c}`);
	}
}

/* ---- before, and told before ---------------------------------------------------------------- */

await test('before the day the family has everything, and the student has no family\'s room', async () => {
	for (const [at] of PAGES)
		assert.equal((await mother.get(put(at, id))).status, 200, at);
	const kuba = await enter('kuba', 'secondary');
	assert.equal(kuba.page.room, 'student');
});

await test('the family is told sixty days before, not sooner', async () => {
	await passOn(day(70));
	assert.doesNotMatch((await mother.get('/home')).text, /decides alone/);
	await passOn(day(50));
	assert.match((await mother.get('/home')).text, /From .*, .?Jakub.* decides alone, and you will no longer see these pages/);
	const es = await enterAt(lms, 'zaneta', 'door2', { browser: { language: 'es' }, query: { locale: 'es' } });
	assert.match(es.page.text, /decide por su cuenta/);
	const ar = await enterAt(lms, 'zaneta', 'door2', { browser: { language: 'ar' }, query: { locale: 'ar' } });
	assert.match(ar.page.text, /ولن ترى هذه الصفحات/);
});

await test('it is the school\'s midnight that counts', async () => {
	/* today in the west of the Pacific is tomorrow, or today, in its east; never yesterday */
	const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Kiritimati' }).format(new Date());
	await zone('Pacific/Pago_Pago');
	await passOn(today);
	assert.equal((await mother.get(`/child/${id.child}`)).status, 200, 'that day has not begun in Pago Pago');
	await zone('Pacific/Kiritimati');
	await passOn(today);
	assert.equal((await mother.get(`/child/${id.child}`)).refused, 'not-found');
});

/* ---- from that midnight on ------------------------------------------------------------------------ */

await test('guardians of both homes lose every page, list and act, in sessions that are open', async () => {
	await gone(mother);
	await gone(father);
});

await test('the mother keeps her other child, and a new launch finds no more', async () => {
	const again = await enter('zaneta', 'door2');
	assert.equal(again.page.room, 'family');
	assert.match(again.page.text, /Maja/);
	assert.doesNotMatch(again.page.body, /Jakub/);
});

let own;
await test('the student is asked which door, in words that fit', async () => {
	own = await enter('kuba', 'secondary');
	assert.equal(own.page.room, 'picker');
	assert.match(own.page.text, /For myself/);
	assert.doesNotMatch(own.page.text, /As a parent|my children/);
	own.page = await own.send(own.page, f => f.value('door') === '2', {});
	assert.equal(own.page.room, 'family');
	assert.match(own.page.text, /Your own school matters/);
	assert.match(own.page.text, /From now on you decide yourself/);
	assert.doesNotMatch(own.page.text, /Your children/);
});

await test('the student has what school wrote, and nothing of what a home wrote', async () => {
	for (const [at, may] of PAGES) {
		const page = await own.get(put(at, id));
		if (may) assert.equal(page.status, 200, `${at}: ${page.refused}`);
		else assert.equal(page.refused, 'not-found', at);
		for (const c of ['CANARYnote', 'CANARYtopic', 'CANARYhome', 'CANARYpact'])
			assert(!page.body.includes(c), `${at} tells ${c}`);
	}
	assert.match((await own.get(`/note/${id.said}`)).text, /CANARYschool/);
	for (const at of ['/home', '/conferences', '/notes'])
		for (const c of ['CANARYnote', 'CANARYtopic', 'CANARYhome', 'CANARYpact', 'Żaneta', 'Łukasz'])
			assert(!(await own.get(at)).body.includes(c), `${at} tells ${c}`);
	const page = await own.get(`/child/${id.child}`);
	assert.doesNotMatch(page.body, /Żaneta|Łukasz/);
	assert.match(page.text, /Who can see this: .*You decide for yourself now: at home nobody else sees it\./);
	const goals = await enter('kuba', 'secondary');
	await goals.send(goals.page, f => f.value('door') === '3', {});
	assert.match((await goals.get('/me')).text, /Who can see this: you, and the grown-ups who teach you\. /);
});

await test('they answer, agree, book and take the calendar file; the guardians never meet it', async () => {
	const mine = { ...id };
	let page = await write(own, `/note/${id.said}`, '/answer', { body: 'OWNanswer' });
	assert.match(page.text, /OWNanswer/);
	page = await write(own, `/goals/${id.goal}`, '/sign', { step: 'OWNstep' });
	assert.equal(page.status, 200);
	const sheet = await own.get(`/child/${id.child}/notes/new`), to = Object.entries(sheet.form('/new').choices)
		.find(([, all]) => all.length > 1)?.[0];
	mine.note = number('note', await own.send(sheet, '/new', { body: 'OWNnote',
		...(to && { [to]: /value="([^"]+)"[^>]*>[^<]*Wright/.exec(sheet.body)[1] }) }));
	mine.agreement = number('agreement', await write(own, `/child/${id.child}/agreements/new`, '/new', { expectation: 'OWNpact',
		school: 'We', home: 'I', review: day(30) }, { button: 'offer' }));
	mine.booking = await book(own, 'OWNtopic');
	const ics = await own.get(`/conferences/booking/${mine.booking}/ics`);
	assert.match(ics.body, /BEGIN:VEVENT/);
	assert.match((await teacher.get(`/agreement/${mine.agreement}`)).text, /OWNpact/);
	assert.match((await teacher.get(`/note/${mine.note}`)).text, /OWNnote/);
	for (const p of [mother, father])
		for (const at of ['/note/:note', '/agreement/:agreement', '/conferences/booking/:booking',
			'/conferences/booking/:booking/ics'])
			assert.equal((await p.get(put(at, mine))).refused, 'not-found', at);
});

await test('school turns to the student instead', async () => {
	const form = await teacher.get(`/child/${id.child}/agreements/new`);
	assert.doesNotMatch(form.body, /Żaneta|Łukasz/);
	const made = await teacher.send(form, '/new', { expectation: 'SCHOOLpact', school: 'We', home: 'You', routine: '',
		review: day(30) }, { button: 'offer' });
	const n = number('agreement', made);
	const page = await write(own, `/agreement/${n}`, '/do', {}, { button: 'agree' });
	assert.match(page.text, /Agreed/);
	assert.equal((await mother.get(`/agreement/${n}`)).refused, 'not-found');
});

for (const [language, words] of [['es', ['Para mí', 'ahora decides tú']], ['ar', ['لنفسي', 'أنت من يقرر الآن']]])
	await test(`the same words in ${language}`, async () => {
		const k = await enterAt(lms, 'kuba', 'secondary', { browser: { language }, query: { locale: language } });
		for (const x of words) assert(k.page.text.includes(x), k.page.text.slice(0, 400));
	});

await test('a later day, as for a student under guardianship, gives it back to the family', async () => {
	await passOn(day(3000));
	for (const [at] of PAGES)
		assert.equal((await mother.get(put(at, id))).status, 200, at);
	assert.equal((await own.get(`/child/${id.child}`)).refused, 'not-found');
	assert.doesNotMatch((await own.get('/home')).body, /CANARY|OWN/);
});

await test('the log names nobody', () => assert.doesNotMatch(tool.output, /CANARY|OWN|Jakub|Żak/));

await finish();
