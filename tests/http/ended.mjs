/*
 * A course ends: for 60 days its families read what was written and change nothing,
 * then they see no child any more; and back again when the roster says that it goes on.
 * What is expected of every route stands in tests/data/ended.csv, typed by hand.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Browser, Page, ROOT, launch, importRoster, registerPlatforms, request, startLintel, startPractice, stopAll }
	from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';

const dir = mkdtempSync(path.join(os.tmpdir(), 'lintel-ended-'));
const port = await freePort(2);
let passed = 0, failed = 0;

function check(name, ok, more = '') {
	if (ok) passed++;
	else failed++;
	if (!ok) console.log(`not ok ${name} (${more})`);
	return ok;
}

const read = file => readFileSync(path.join(ROOT, 'tests/data', file), 'utf8').split('\n')
	.filter(l => l && !l.startsWith('#')).map(l => l.split(','));
const day = n => new Date(Date.now() + n * 864e5).toISOString().slice(0, 10);
const MISSING = '6917529027641081857';
const CANARIES = ['CANARYgoal', 'CANARYnote', 'CANARYpact', 'CANARYtopic', 'Haddad'];

const lms = await startPractice({ port: port + 1, tool: `http://127.0.0.1:${port}` });
const tool = await startLintel({ port, dir, database: process.env.LINTEL_TEST_DB });
tool.cli('tenant', 'add', 'Harbour');
registerPlatforms(lms, tool, { tenant: 'Harbour' });
importRoster(lms, tool);

/* The practice roster gives all of its courses one last day. */
function lastDay(n) {
	const file = path.join(dir, 'ended.xml'), roster = lms.print('roster');
	const text = roster.replace(/(<end restrict="1">)[^<]*/g, `$1${day(n)}`);

	check('the roster has last days', text !== roster);
	writeFileSync(file, text);
	tool.cli('roster', 'import', file, '--platform', 'Practice Moodle');
}

async function enter(who, course) {
	const browser = new Browser(), page = await launch(lms, browser, who, course, { query: { locale: 'en' } });

	return { who, browser, page, base: /^.*\/app\/[a-z2-7]+/.exec(page.url)?.[0] };
}

async function write(p, at, form, values, opts) {
	const page = await p.browser.submit(await p.browser.get(p.base + at), form, values, opts);

	check(`${p.who}: ${form} of ${at}`, page.status === 200, `${page.status} ${page.text.slice(0, 200)}`);
	return page;
}

const teacher = await enter('okafor', 'grade3'), mother = await enter('rima', 'door1');
mother.csrf = (await mother.browser.get(`${mother.base}/language`)).form('/language').value('csrf');
const id = {}, found = (kind, page) => new RegExp(`/${kind}/(\\d+)`).exec(page.url)?.[1];
id.child = /\/child\/(\d+)/.exec((await mother.browser.get(`${mother.base}/home`)).links()
	.find(l => l.text.includes('Lina')).href)[1];

/* One of everything, while the course runs. */
await write(teacher, '/conferences/new', '/new', { title: 'Talks', day: day(20), from: '08:00', to: '12:00', length: '10',
	gap: '0', place: 'Hall', phone: '1' }).then(async page => {
	id.round = found('round', page);
	await teacher.browser.submit(page, '/open');
});
const times = await mother.browser.get(`${mother.base}/conferences/for/${id.child}/${id.round}`);
id.booking = found('booking', await mother.browser.submit(times, '/book',
	{ slot: /name="slot" value="(\d+)"/.exec(times.body)[1], topic: 'CANARYtopic', phone: '' }));
id.goal = found('goals', await write(teacher, `/child/${id.child}/goals/new?domain=social`, '/new', { words: 'CANARYgoal',
	measure: 'Days', school: 'Here', home: 'There', start: day(-8), review: day(30) }));
id.note = found('note', await write(mother, `/child/${id.child}/notes/new`, '/new', { body: 'CANARYnote' }));
id.agreement = found('agreement', await write(teacher, `/child/${id.child}/agreements/new`, '/new',
	{ expectation: 'CANARYpact', school: 'We', home: 'We', routine: '', review: day(30) }, { button: 'offer' }));
check('there is one of everything', Object.values(id).every(x => /^\d+$/.test(x)), JSON.stringify(id));

const [, ...rows] = read('ended.csv');
const wanted = read('authz.csv').slice(1).filter(r => r[0].includes('/:') || /:\w/.test(r[0]))
	.filter(r => r[6] === 'yes').map(r => r[0]);
check('the table knows every object a guardian may ask for', wanted.length > 40 &&
	wanted.every(r => rows.some(x => x[0] === r)), wanted.filter(r => !rows.some(x => x[0] === r)).join(', '));

async function ask(route, ids) {
	const [method, at] = route.split(' '), url = mother.base + at.replace(/:(\w+)/g, (m, k) => ids[k] ?? MISSING);
	const headers = { Cookie: mother.browser.cookieHeader(url), 'Sec-Fetch-Site': 'same-origin', 'Accept-Language': 'en' };

	if (method === 'POST') headers.Origin = tool.url;
	return new Page(await request(method, url, headers,
		method === 'POST' ? new URLSearchParams({ csrf: mother.csrf }).toString() : undefined));
}

const bare = (r, ids) => Object.values(ids).reduce((text, x) => text.replaceAll(x, 'ID'),
	[r.status, ...Object.entries(r.headers).filter(([k]) => !['date', 'content-length'].includes(k)), r.body].join('\n'))
	.replace(/\b[0-9a-f]{16}\b/g, 'REQ').replaceAll(MISSING, 'ID');

async function judge(column) {
	for (const row of rows) {
		const want = row[1 + ['running', 'ended', 'long ended'].indexOf(column)], r = await ask(row[0], id);
		const ok = want === 'yes' ? [200, 302, 303, 409, 422].includes(r.status) :
			want === 'read' ? r.status === 403 && r.refused === 'read-only' :
				r.status === 404 && r.refused === 'not-found';

		check(`${column}: ${row[0]} is "${want}"`, ok, `${r.status} ${r.refused || r.room}`);
		if (want !== 'none') continue;
		check(`${column}: ${row[0]} is like a missing one`, bare(r, id) === bare(await ask(row[0], {}), id));
		check(`${column}: ${row[0]} tells nothing`, !CANARIES.some(c => r.body.includes(c)));
	}
}

const ENDED = /This course has ended\. You can read what was written here until/;

await judge('running');
check('no word of an end while it runs', !ENDED.test((await ask('GET /child/:child', id)).text));

lastDay(-10);
await judge('ended');
for (const row of rows.filter(r => r[0].startsWith('GET') && r[2] === 'yes' && !r[0].endsWith('/ics'))) {
	const page = await ask(row[0], id);

	check(`${row[0]} says so`, ENDED.test(page.text), page.text.slice(0, 200));
	check(`${row[0]} has nothing to press`, page.forms().filter(f => f.method === 'post').length === 0,
		page.forms().map(f => f.action).join(' '));
	check(`${row[0]} leads to no change`, !page.links().some(l => /\/(new|change|edit|sign|week|close|cheer|move|cancel|back|end)\b/
		.test(l.href || '')), page.links().map(l => l.href).join(' '));
}
let page = await mother.browser.get(`${mother.base}/home`);
check('the first page says so, and asks for nothing', ENDED.test(page.text) && page.text.includes('Lina') &&
	!page.links().some(l => /\/(goals|agreement|note|conferences\/for)\//.test(l.href || '')), page.text.slice(0, 300));
for (const at of ['/messages', '/notes', '/conferences'])
	check(`${at} leads to no change`, !(await mother.browser.get(mother.base + at)).links()
		.some(l => /\/(new|for\/\d+\/\d+)\b/.test(l.href || '')));
page = await teacher.browser.get(`${teacher.base}/child/${id.child}/agreements/new`);
check('the teacher offers no agreement to who cannot answer', page.status === 200 && !page.body.includes('value="offer"'),
	page.text.slice(0, 200));
page = (await enter('rima', 'door1')).page;
check('a new launch finds the same room', page.room === 'family' && ENDED.test(page.text), `${page.room}`);

for (const [language, text] of [['es', 'Este curso ha terminado'], ['ar', 'انتهى هذا المقرر']]) {
	const b = new Browser({ language });

	page = await launch(lms, b, 'rima', 'door1', { query: { locale: language } });
	check(`the same in ${language}`, page.text.includes(text), page.text.slice(0, 200));
}

lastDay(-62);
await judge('long ended');
page = await mother.browser.get(`${mother.base}/home`);
check('no child is left', page.status === 200 && !/Lina|Sami/.test(page.body) && !ENDED.test(page.text), page.text.slice(0, 200));
page = (await enter('rima', 'door1')).page;
check('a launch finds no family any more', page.room !== 'family' && !/Lina|Sami|Haddad/.test(page.text), `${page.room}`);

lastDay(30);
await judge('running');
check('the log names no child', !/Lina|Haddad|CANARY/.test(tool.output));

await stopAll();
rmSync(dir, { recursive: true, force: true });
console.log(`# ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
