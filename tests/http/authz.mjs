/*
 * Who may see and do what: every route × every person × own, sibling's, same class's,
 * other course's, other district's, forbidden, missing and malformed objects. What is
 * expected stands in tests/data/authz.csv, typed by hand from the product's matrix; how
 * each person stands to each child stands in PEOPLE below. A route without a row fails
 * (tests/unit/http_routes.c), so a new feature cannot forget this test.
 *
 * Also: foreign and missing answer alike, byte for byte; and the names and words of a
 * child (the canaries) appear in no stranger's body or header, and never in the log.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BUILD, Browser, Page, ROOT, launch, importRoster, registerPlatforms, request, startLintel,
	startPractice, stopAll } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { rosterOf, startMiniLms } from './lib/mini_lms.mjs';

let passed = 0, failed = 0;
const seen = { asked: 0, pairs: new Set() };

function check(ok, name, detail = '') {
	if (ok) { passed++; return true; }
	failed++;
	console.log(`not ok ${name}\n#   ${detail}`);
	return false;
}

/* ---- the table -------------------------------------------------------------------------- */

const rows = readFileSync(path.join(ROOT, 'tests/data/authz.csv'), 'utf8').split('\n')
	.filter(l => l && !l.startsWith('#')).map(l => l.split(','));
const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
const [, ...columns] = rows.shift();
const table = new Map(rows.map(([route, ...cells]) => [route, Object.fromEntries(columns.map((c, i) => [c, cells[i]]))]));

function routes() {
	const r = spawnSync(path.join(BUILD, 'tests/unit/http_routes'), [], { encoding: 'utf8', cwd: ROOT });
	if (r.error) throw new Error(`${r.error}: run make tests`);
	return [...r.stdout.matchAll(/^route (GET|POST) (\S+) (\S+)( top)?$/gm)]
		.map(([, method, at, policy, top]) => ({ method, path: at, policy, top: !!top, name: `${method} ${at}` }));
}

/* ---- people and children --------------------------------------------------------------------- */

/*
 * else: the column for everything that is not theirs. of: the column for some children.
 * mine: the canaries this person may read; all others must stay away.
 */
const CLASS3 = ['Haddad', 'Núñez', 'Þórdís', 'Ødegård', 'Whitcombe', 'Żak'];
const GOALS = ['CANARYgoal', 'CANARYtogether', 'CANARYours', 'CANARYprivate', 'CANARYweek', 'CANARYown'];
const PEOPLE = {
	okafor: { at: ['okafor', 'grade3', 'moodle'], room: 'class', else: 'teacher elsewhere',
		of: { lina: 'teacher', tomas: 'teacher', thordis: 'teacher', noah: 'teacher' },
		mine: [...CLASS3, ...GOALS, 'CANARYtopic', 'CANARYhome', 'CANARYnote', 'CANARYpact', 'CANARYcheer'] },
	/* The father of one child there must not know of that child: a court order (entered below). */
	haile: { at: ['haile', 'grade3', 'moodle'], room: 'class', else: 'teacher elsewhere',
		of: { lina: 'teacher', tomas: 'teacher', thordis: 'teacher' },
		mine: [...CLASS3.filter(x => x !== 'Whitcombe'), ...GOALS, 'CANARYnote', 'CANARYpact', 'CANARYcheer'] },
	rossi: { at: ['rossi', 'grade3', 'canvas'], late: true, room: 'class', else: 'reader elsewhere', home: 'aide',
		of: { lina: 'aide', tomas: 'aide', thordis: 'aide', noah: 'aide' },
		mine: [...CLASS3, ...GOALS, 'CANARYpact', 'CANARYcheer'] },
	/* The same aide through Moodle, which says Instructor; the roster says 08. */
	assistant: { at: ['rossi', 'grade3', 'moodle'], late: true, room: 'class', else: 'reader elsewhere', home: 'aide',
		of: { lina: 'aide', tomas: 'aide', thordis: 'aide', noah: 'aide' },
		mine: [...CLASS3, ...GOALS, 'CANARYpact', 'CANARYcheer'] },
	/* Canvas: the administrator acts as Ms Okafor. */
	mask: { at: ['okafor', 'grade3', 'canvas'], opts: { misbehave: 'masquerade' }, late: true, room: 'class',
		else: 'reader elsewhere', home: 'masked teacher',
		of: { lina: 'masked teacher', tomas: 'masked teacher', thordis: 'masked teacher', noah: 'masked teacher' },
		mine: [...CLASS3, ...GOALS, 'CANARYpact', 'CANARYcheer'] },
	wright: { at: ['wright', 'secondary', 'moodle'], room: 'class', else: 'teacher elsewhere',
		of: { kuba: 'teacher' }, mine: ['Żak', 'CANARYteen'] },
	rima: { at: ['rima', 'door1', 'moodle'], room: 'family', else: 'guardian elsewhere',
		of: { lina: 'guardian', sami: 'guardian' },
		mine: ['Haddad', 'CANARYtopic', 'CANARYnote', 'CANARYpact', 'CANARYgoal', 'CANARYown', 'CANARYcheer'] },
	karim: { at: ['karim', 'door1', 'moodle'], room: 'family', else: 'guardian elsewhere',
		of: { lina: 'guardian', sami: 'guardian' },
		mine: ['Haddad', 'CANARYtopic', 'CANARYnote', 'CANARYpact', 'CANARYgoal', 'CANARYown', 'CANARYcheer'] },
	marisol: { at: ['marisol', 'door1', 'moodle'], room: 'family', else: 'guardian elsewhere',
		of: { tomas: 'guardian' }, mine: ['Núñez'] },
	sigridur: { at: ['sigridur', 'door1', 'moodle'], room: 'family', else: 'guardian elsewhere',
		of: { thordis: 'guardian' }, mine: ['Þórdís', 'Ødegård', 'CANARYhome', 'CANARYgoal', 'CANARYtogether',
			'CANARYours', 'CANARYprivate', 'CANARYweek'] },
	lars: { at: ['lars', 'door1', 'moodle'], room: 'family', else: 'guardian elsewhere',
		of: { thordis: 'other home' }, mine: ['Þórdís', 'Ødegård', 'CANARYgoal', 'CANARYtogether'] },
	dale: { at: ['dale', 'door1', 'moodle'], else: 'prohibited', of: {}, mine: [] },
	kuba: { at: ['kuba', 'secondary', 'moodle'], room: 'student', else: 'student elsewhere',
		of: { kuba: 'student' }, mine: ['Żak', 'CANARYteen'] },
	lina: { at: ['lina', 'grade3', 'moodle'], room: 'student', else: 'student elsewhere', home: 'young student',
		of: { lina: 'young student' },
		mine: ['Haddad', 'CANARYpact', 'CANARYgoal', 'CANARYown', 'CANARYcheer'] },
	test: { at: ['teststudent', 'grade3', 'canvas'], late: true, room: 'student', else: 'test student', of: {}, mine: [] },
	castellanos: { at: ['castellanos', 'grade3', 'moodle'], admin: 'admin', else: 'admin elsewhere', of: {},
		/* the office keeps names and links, never words */
		mine: [...CLASS3, 'Canaryseen'] },
	/* Grants by the command line: a second admin, an office and a leader, each for another school than grade3's. */
	novak: { at: ['novak', 'secondary', 'moodle'], grant: ['district'], admin: 'admin', else: 'admin elsewhere', of: {},
		mine: [...CLASS3, 'Canaryseen'] },
	demir: { at: ['demir', 'secondary', 'moodle'], grant: ['office', 'Northgate'], admin: 'office', else: 'office elsewhere',
		of: { kuba: 'office' }, mine: ['Żak'] },
	fraser: { at: ['dahl', 'nursery', 'moodle'], grant: ['leader', 'Northgate'], admin: 'leader', else: 'leader', of: {},
		mine: [] },
	stranger: { at: ['stranger', 'door1', 'moodle'], else: 'unsettled', of: {}, mine: [] },
	/* Was an observer; the course said later that there is nobody to observe. The session is still open. */
	observer: { watch: true, room: 'family', else: 'guardian elsewhere', of: {}, mine: [] },
	'mini teacher': { mini: { user: 't', sourcedid: 'MINI-T', section: 'MINI-C', course: 'c1', title: 'Mini class',
		roles: ['Instructor'] }, room: 'class', else: 'foreign teacher', of: { 'mini pupil': 'teacher' },
	mine: ['Pupil2'] },
	/* Says Instructor, but the roster knows the class's staff: no child before a grant. */
	'mini held': { mini: { user: 'h', sourcedid: 'MINI-X', section: 'MINI-C', course: 'c1', title: 'Mini class',
		roles: ['Instructor'] }, room: 'class', else: 'reader elsewhere', of: {}, mine: [] },
	'mini parent': { mini: { user: 'p1', sourcedid: 'MINI-P-1', course: 'door', title: 'Door', roles: ['Learner'] },
		room: 'family', else: 'foreign guardian', of: { 'mini pupil': 'guardian' },
		mine: [] },
};
const CHILDREN = { lina: 'Lina', sami: 'Sami', tomas: 'Tomás', thordis: 'Þórdís', noah: 'Noah', kuba: 'Jakub' };
const CANARIES = [...CLASS3, ...GOALS, 'Pupil2', 'Canaryseen', 'CANARYtopic', 'CANARYhome', 'CANARYnote', 'CANARYpact', 'CANARYcheer',
	'CANARYteen'];
const MISSING = '6917529027641081857';
const MALFORMED = ['0', '-1', 'x', '1e3', '99999999999999999999', '0x10', '007'];

const dir = mkdtempSync(path.join(os.tmpdir(), 'lintel-authz-'));
let tool, lms, mini, watch;

const sessionAt = page => /^.*\/app\/[a-z2-7]+/.exec(page.url)?.[0];

async function enter(name) {
	const p = PEOPLE[name], browser = new Browser();
	let page;
	if (p.mini) page = await mini.enter(browser, { ...p.mini, given: 'X', family: 'Sample' });
	else if (p.watch) page = await observe(browser, ['w-pupil']);
	else page = await launch(lms, browser, p.at[0], p.at[1], { platform: p.at[2], query: { locale: 'en' }, ...p.opts });
	if (p.grant && !p.granted) {
		grant(p);
		return enter(name);
	}
	Object.assign(p, { name, browser, base: sessionAt(page) });
	check(p.base && (!p.room || page.room === p.room), `${name} comes in`,
		`${page.status} ${page.refused || page.room}: ${page.text.slice(0, 160)}`);
	if (!p.base) return;
	if (p.grant) {
		page = page.room === 'picker' ? await browser.submit(page, x => x.value('door') === '4') : page;
		check(page.room === 'admin', `${name} is in the office`, `${page.status} ${page.refused || page.room}`);
	} else if (p.admin) {
		await openOffice(p);
	}
	p.csrf = (await browser.get(`${p.base}/language`)).form('/language').value('csrf');
}

/* The first admin comes by a code of the command line. */
async function openOffice(p) {
	const code = tool.cli('admin', 'invite', '--tenant', 'Harbour').trim();
	const page = await p.browser.submit(await p.browser.get(`${p.base}/waiting`), '/invite', { code });
	check(page.room === 'admin', `${p.name} opens the office`, `${page.status} ${page.refused || page.room}`);
}

const schools = {};
let people = [];

function grant(p) {
	const sub = Object.values(people).find(x => x.key === p.at[0]).moodle;
	tool.cli('staff', 'grant', '--platform', 'Practice Moodle', '--user', String(sub), '--grant', p.grant[0],
		...(p.grant[1] ? ['--school', schools[p.grant[1]]] : []));
	p.granted = true;
}

/* Canvas, another course and another LMS of the same district: one pupil and who observes them. */
function observe(browser, children) {
	return watch.enter(browser, { user: 'w-observer', given: 'Wim', family: 'Sample', course: 'w1', title: 'Watched',
		roles: ['Mentor'], claims: { [CLAIM + 'role_scope_mentor']: children } });
}

/* Numbers of children, as those who may see them read them on their own pages. */
async function findChildren() {
	const ids = {};
	const from = [['okafor', '/class'], ['wright', '/class'], ['rima', '/home'], ['mini parent', '/home'],
		['observer', '/home']];
	for (const [who, where] of from) {
		const p = PEOPLE[who];
		if (!p.base) continue;
		const page = await p.browser.get(p.base + where);
		for (const l of page.links()) {
			const id = /\/child\/(\d+)/.exec(l.href || '')?.[1];
			if (!id) continue;
			for (const [key, name] of Object.entries({ ...CHILDREN, 'mini pupil': 'Pupil1', watched: 'Watched' }))
				if (l.text.includes(name)) ids[key] ??= id;
		}
	}
	return ids;
}

const day = n => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10);

/* One round of Ms Okafor's, a booking of the Haddads and one of Sigríður's home. */
async function makeConference(children) {
	const t = PEOPLE.okafor;
	let page = await t.browser.get(`${t.base}/conferences/new`);
	page = await t.browser.submit(page, '/new', { title: 'Talks', day: day(20), from: '08:00', to: '12:00',
		length: '10', gap: '0', place: 'Hall', phone: '1' });
	const round = /round\/(\d+)/.exec(page.url)[1], out = { round };
	await t.browser.submit(page, '/open');
	for (const [who, child, words, as] of [['rima', 'lina', 'CANARYtopic', 'booking'],
		['sigridur', 'thordis', 'CANARYhome', 'home booking']]) {
		const p = PEOPLE[who];
		page = await p.browser.get(`${p.base}/conferences/for/${children[child]}/${round}`);
		const slot = /name="slot" value="(\d+)"/.exec(page.body)[1];
		page = await p.browser.submit(page, '/book', { slot, topic: words, phone: '' });
		out[as] = /booking\/(\d+)/.exec(page.url)[1];
	}
	return out;
}

/*
 * Written by those who may, a canary in every field: goals of school's and of one home's, check-ins, kind
 * and own words, a note with an answer, an agreement.
 */
async function makeWords(children, has) {
	const out = {}, t = PEOPLE.okafor;
	const write = async (p, at, values, opts, kind) => {
		let page = await p.browser.get(p.base + at);
		page = await p.browser.submit(page, '/new', values, opts);
		const id = new RegExp(`/${kind}/(\\d+)`).exec(page.url)?.[1];
		check(id, `${p.name} writes ${kind}`, `${page.status} ${page.text.slice(0, 200)}`);
		return id;
	};
	const act = async (p, at, form, values, opts) => {
		const page = await p.browser.submit(await p.browser.get(p.base + at), form, values, opts);
		check(page.status === 200, `${p.name}: ${form} of ${at}`, `${page.status} ${page.text.slice(0, 200)}`);
		return page;
	};
	const goal = { words: 'Reads CANARYgoal', measure: 'CANARYgoal days a week', school: 'A quiet CANARYgoal corner',
		home: 'Ten minutes CANARYgoal', start: day(-8), review: day(30) };
	for (const child of ['lina', 'thordis'])
		out[`goal ${child}`] = await write(t, `/child/${children[child]}/goals/new?domain=social`, goal, {}, 'goals');
	const sigridur = PEOPLE.sigridur, theirs = { ...goal, words: 'CANARYtogether', measure: 'CANARYtogether',
		school: '', school_only: '1', home: 'CANARYours', home_only: '1' };
	out['goal one home'] = await write(sigridur, `/child/${children.thordis}/goals/new?domain=academic`, theirs, {}, 'goals');
	out['goal private'] = await write(sigridur, `/child/${children.thordis}/goals/new?domain=emotional`,
		{ ...theirs, words: 'CANARYprivate', measure: 'CANARYprivate', only_household: '1' }, {}, 'goals');
	for (const p of [sigridur, PEOPLE.rima])
		await act(p, `/goals/${out[p === sigridur ? 'goal thordis' : 'goal lina']}`, '/sign', {});
	await act(sigridur, `/goals/${out['goal thordis']}/week`, '/week', { note: 'CANARYweek' }, { button: '2' });
	await act(PEOPLE.rima, `/goals/${out['goal lina']}/cheer`, '/cheer', { phrase: '0', words: 'CANARYcheer' });
	await act(PEOPLE.lina, '/me/new', '/me/new', { words: 'CANARYown', domain: 'academic' });
	out.note = await write(PEOPLE.rima, `/child/${children.lina}/notes/new`, { body: 'CANARYnote' }, {}, 'note');
	await act(t, `/note/${out.note}`, '/answer', { body: 'CANARYnote answered' });
	out.agreement = await write(t, `/child/${children.lina}/agreements/new`, { expectation: 'Ready CANARYpact',
		school: 'CANARYpact', home: 'we look CANARYpact', routine: 'CANARYpact', review: day(30) },
	{ button: 'offer' }, 'agreement');
	await act(PEOPLE.rima, `/agreement/${out.agreement}`, '/do', {}, { button: 'agree' });
	/* and one of a student old enough to say something about it */
	const b = new Browser(), door = await launch(lms, b, 'zaneta', 'door2', { query: { locale: 'en' } });
	const zaneta = { name: 'zaneta', browser: b, base: sessionAt(door) };
	out['agreement teen'] = await write(zaneta, `/child/${children.kuba}/agreements/new`, { expectation: 'CANARYteen',
		school: 'CANARYteen', home: 'CANARYteen', review: day(30) }, { button: 'offer' }, 'agreement');
	await act(PEOPLE.wright, `/agreement/${out['agreement teen']}`, '/do', {}, { button: 'agree' });
	await act(PEOPLE.kuba, `/agreement/${out['agreement teen']}`, '/say', { words: 'CANARYteen' });
	return out;
}

/* 5.4: the other home reads and agrees (A*); it does not change or end what one home began. */
async function otherHome(made) {
	const p = PEOPLE.lars, at = `${p.base}/goals/${made['goal one home']}`;
	const post = (what, values) => p.browser.post(`${at}/${what}`, { csrf: p.csrf, ...values },
		{ headers: { Origin: tool.url, 'Sec-Fetch-Site': 'same-origin' } });
	const before = (await PEOPLE.sigridur.browser.get(`${PEOPLE.sigridur.base}/goals/${made['goal one home']}`)).text;
	for (const what of ['change', 'close']) {
		const page = await p.browser.get(`${at}/${what}`);
		check(page.url === at, `the other home is led from ${what} to the goal`, page.url);
	}
	let page = await post('change', { version: '1', words: 'Mine now', measure: '', home: 'x', school: '', start: day(-8),
		review: day(40) });
	check(page.status === 409, 'the other home changes nothing', `${page.status}`);
	page = await post('turn', { to: 'archived' });
	check(page.status === 409, 'the other home ends nothing', `${page.status}`);
	const after = (await PEOPLE.sigridur.browser.get(`${PEOPLE.sigridur.base}/goals/${made['goal one home']}`)).text;
	check(before === after, 'and the goal is as it was', after.slice(0, 300));
	page = await p.browser.get(at);
	check(!page.body.includes('Sigríður') && !page.body.includes('CANARYours'), 'nor does it learn whose words they are');
}

/* A pupil of eleven and more agrees, a younger one has no such button; an aide has none at all. */
async function buttons(children, made) {
	const goal = { words: 'Plans a week', measure: '', school: 'We look on Mondays', home: '', start: day(-1), review: day(30) };
	const t = PEOPLE.wright, at = await t.browser.submit(await t.browser.get(
		`${t.base}/child/${children.kuba}/goals/new?domain=academic`), '/new', goal);
	check(/goals\/\d+/.test(at.url), 'a goal for a pupil of thirteen', at.url);
	let page = await PEOPLE.kuba.browser.get(`${PEOPLE.kuba.base}/me`);
	page = await PEOPLE.kuba.browser.submit(page, '/sign');
	check(page.status === 200 && page.room === 'student', 'a pupil of thirteen agrees', `${page.status}`);
	check(!page.forms().some(f => f.action.includes('/sign')), 'and once is enough');
	page = await PEOPLE.lina.browser.get(`${PEOPLE.lina.base}/me`);
	check(!page.forms().some(f => f.action.includes('/sign')), 'a pupil of eight is not asked to agree');
	const aide = PEOPLE.rossi;
	for (const where of ['/today', '/class', '/more', '/notes', '/conferences', `/child/${children.lina}`,
		`/child/${children.lina}/goals`, `/goals/${made['goal lina']}`, `/child/${children.lina}/notes`,
		`/child/${children.lina}/agreements`, `/agreement/${made.agreement}`]) {
		page = await aide.browser.get(aide.base + where);
		const forms = page.forms().filter(f => (f.method || '') === 'post').map(f => f.action);
		const leads = page.links().map(l => l.href || '').filter(h => /\/(new|change|edit|sign|sort|close|week)\b/.test(h));
		check(page.status === 200 && !forms.length && !leads.length, `an aide only reads ${where}`,
			`${page.status} ${forms} ${leads}`);
	}
}

/* Two schools and their courses: grade3 is Harbour Lane's, the secondary course Northgate's. */
async function makeSchools() {
	const p = PEOPLE.castellanos;
	for (const [name, phase] of [['Harbour Lane', 'primary'], ['Northgate', 'secondary']]) {
		const form = await p.browser.get(`${p.base}/admin/schools/new`);
		const page = await p.browser.submit(form, '/new', { name, phase });
		check(page.status === 200, 'a school is entered', `${page.status} ${page.text.slice(0, 300)}`);
	}
	const list = await p.browser.get(`${p.base}/admin/schools`);
	for (const id of new Set(list.body.match(/\/admin\/school\/\d+/g))) {
		const page = await p.browser.get(p.base + id);
		schools[page.body.includes('Northgate') ? 'Northgate' : 'Harbour Lane'] = id.split('/').pop();
	}
	for (const id of new Set(list.body.match(/\/admin\/course\/\d+/g))) {
		const page = await p.browser.get(p.base + id);
		const school = page.text.includes('Grade 8/9') ? 'Northgate' : page.text.includes('Grade 3') && 'Harbour Lane';
		if (school) await p.browser.submit(page, '/admin/course/', { school: schools[school], phase: 'none' });
	}
	check(schools.Northgate && schools['Harbour Lane'], 'both schools have a number', JSON.stringify(schools));
}

/* The office's own objects; the other district has a platform too. */
async function officeObjects() {
	const p = PEOPLE.castellanos, out = { platform: [], school: [], course: [] };
	const mine = q => q.admin || q.else, others = q => q.else;
	for (const x of JSON.parse(tool.cli('platform', 'list', '--json')))
		out.platform.push({ name: x.name, value: String(x.id), column: x.name === 'Elsewhere' ? others : mine });
	const page = await p.browser.get(`${p.base}/admin/schools`);
	for (const kind of ['school', 'course']) {
		const id = new RegExp(`/admin/${kind}/(\\d+)`).exec(page.body)?.[1];
		if (id) out[kind].push({ name: `Harbour's ${kind}`, value: id, column: mine });
	}
	return out;
}

/* ---- objects ------------------------------------------------------------------------------------- */

/* kind → list of { name, value, column(person) }; a parameter without any is a hole in this test. */
function objects(children, conf, made, office) {
	const of = child => p => p.of[child] || p.else;
	const out = { child: Object.entries(children).map(([k, id]) => ({ name: k, value: id, column: of(k) })) };
	const owner = p => p.name === 'okafor' ? 'teacher' : p.else;
	out.round = [{ name: "okafor's", value: conf.round, column: owner }];
	const booked = home => p => p.name === 'okafor' ? 'teacher' : home.includes(p.name) ? 'guardian' :
		home[0] === 'sigridur' && p.name === 'lars' ? 'other home' : p.else;
	out.booking = [{ name: "the Haddads'", value: conf.booking, column: booked(['rima', 'karim']) },
		{ name: "Sigríður's", value: conf['home booking'], column: booked(['sigridur']) }];
	/* what school wrote is each home's own; what one home wrote is the other home's to read */
	const school = child => p => p.of[child] === 'other home' ? 'guardian' : of(child)(p);
	out.goal = [['goal lina', school('lina')], ['goal thordis', school('thordis')], ['goal one home', of('thordis')],
		['goal private', p => p.name === 'lars' ? p.else : of('thordis')(p)]]
		.map(([k, column]) => ({ name: k, value: made[k], column }));
	/* a note is its writer's home's and the class's teachers'; an agreement the child's, and the home's that made it */
	const team = p => ['okafor', 'haile', 'rima', 'karim'].includes(p.name);
	out.note = [{ name: "the Haddads' note", value: made.note, column: p => team(p) || p.name === 'lina' ? p.of.lina :
		p.name === 'rossi' ? 'aide' : p.else }];
	out.agreement = [{ name: "the Haddads' agreement", value: made.agreement, column: of('lina') },
		{ name: "the Żaks' agreement", value: made['agreement teen'], column: of('kuba') }];
	out.person = Object.entries(children).map(([k, id]) => ({ name: k, value: id,
		column: p => p.admin === 'admin' && k !== 'mini pupil' ? 'admin' : p.admin && p.of[k] || p.else }));
	return { ...out, ...office };
}

const QUERY = { 'GET /conferences/round/:round/end': '?what=close' };

async function ask(p, route, where) {
	seen.asked++;
	const url = (route.top ? tool.url : p.base) + where + (QUERY[route.name] || '');
	const headers = { Cookie: p.browser ? p.browser.cookieHeader(url) : '', 'Sec-Fetch-Site': 'same-origin',
		'Accept-Language': 'en' };
	if (route.method === 'POST') headers.Origin = tool.url;
	if (!headers.Cookie) delete headers.Cookie;
	return new Page(await request(route.method, url, headers,
		route.method === 'POST' ? new URLSearchParams({ csrf: p.csrf || 'x' }).toString() : undefined));
}

/* What differs between two answers of the same kind and says nothing. */
function bare(r, id) {
	const text = [r.status, ...Object.entries(r.headers).filter(([k]) => !['date', 'content-length'].includes(k))
		.map(([k, v]) => `${k}: ${v}`), r.body].join('\n');
	return text.replaceAll(id, 'ID').replace(/\b[0-9a-f]{16}\b/g, 'REQ').replace(/(name="csrf" value=")[^"]*/g, '$1');
}

function fits(want, r) {
	switch (want) {
	case 'yes': return [200, 302, 303, 409, 422].includes(r.status);
	case 'role': return r.status === 403 && r.refused === 'not-yours';
	case 'none': return r.status === 404 && r.refused === 'not-found';
	case 'read': return r.status === 403 && r.refused === 'read-only';
	case 'asks': return [400, 404, 415, 422].includes(r.status);
	case 'no': return (r.status === 403 && r.refused === 'not-yours') || (r.status === 404 && r.refused === 'not-found');
	case 'session': return r.status === 401 && r.refused === 'no-session';
	case 'public': return r.status < 500 && r.refused !== 'no-session';
	default: throw new Error(`the table says "${want}"`);
	}
}

/* Other people's children must be in no answer, whatever it is. */
function canaries(p, r, what) {
	const all = `${r.body}\n${JSON.stringify(r.headers)}`;
	const found = CANARIES.filter(c => !(p.mine || []).includes(c) && all.includes(c));
	check(found.length === 0, `${what}: nothing of other families`, `found ${found} in ${r.status} ${r.url}`);
}

async function judge(p, route, where, column, what) {
	const want = table.get(route.name)?.[column];
	seen.pairs.add(`${route.name}|${column}`);
	const r = await ask(p, route, where);
	check(want && fits(want, r), `${p.name}, ${what}: ${route.name} is "${want}" for ${column}`,
		`it was ${r.status} ${r.refused || r.room || ''}`);
	canaries(p, r, `${p.name}, ${what}: ${route.name}`);
	return { r, want };
}

/* All values for a path's parameters: one list of objects each, every combination once. */
function combine(params, objs) {
	let out = [[]];
	for (const k of params) out = out.flatMap(list => (objs[k] || []).map(o => [...list, o]));
	return out;
}

/* The stricter of the columns of a path's objects: elsewhere once is elsewhere. */
function columnOf(p, combo) {
	if (!combo.length) return p.home || p.admin || Object.values(p.of)[0] || p.else;
	if (combo.length > 1 && combo.some(o => o.column(p) === p.else && o.kind !== 'round')) return p.else;
	return combo[0].column(p);
}

async function one(p, route, objs) {
	const params = [...route.path.matchAll(/:(\w+)/g)].map(m => m[1]);
	const put = values => route.path.replace(/:(\w+)/g, () => values.shift());
	if (!params.length) return void await judge(p, route, route.path, columnOf(p, []), 'as it is');
	const combos = combine(params, objs);
	if (!combos.length) return;
	const missing = await ask(p, route, put(params.map(() => MISSING)));
	for (const c of combos) {
		/* a round is offered to the families of its own class only */
		if (params.length > 1 && c.some(o => ['sami', 'kuba', 'mini pupil', 'watched'].includes(o.name))) continue;
		const { r, want } = await judge(p, route, put(c.map(o => o.value)), columnOf(p, c), c.map(o => o.name).join(' '));
		if (want !== 'none') continue;
		let a = bare(r, c[0].value), b = bare(missing, MISSING);
		for (const o of c) a = a.replaceAll(o.value, 'ID');
		check(a === b, `${p.name}: ${route.name} of ${c[0].name} is like a missing one`, firstDifference(a, b));
	}
	for (const bad of MALFORMED) {
		const r = await ask(p, route, put(params.map(() => bad)));
		check(r.status >= 400 && r.status < 500, `${p.name}: ${route.name} with "${bad}"`, `${r.status}`);
		canaries(p, r, `${p.name}: ${route.name} with "${bad}"`);
	}
}

function firstDifference(a, b) {
	let i = 0;
	while (i < a.length && a[i] === b[i]) i++;
	return `…${JSON.stringify(a.slice(Math.max(0, i - 40), i + 60))} / ${JSON.stringify(b.slice(Math.max(0, i - 40), i + 60))}`;
}

/* Without a session, and with a session but without its CSRF field or from elsewhere. */
async function outside(all, objs) {
	const nobody = { name: 'nobody', base: `${tool.url}/app/aaaaaaaaaaaa`, of: {}, else: 'nobody', mine: [] };
	nobody.base = `${tool.url}/app/${'a'.repeat(PEOPLE.okafor.base.split('/').pop().length)}`;
	/* someone else's session address without its cookie is no address either */
	for (const base of [nobody.base, PEOPLE.rima.base])
		for (const route of all) {
			const where = route.path.replace(/:(\w+)/g, (m, k) => objs[k]?.[0]?.value || MISSING);
			await judge({ ...nobody, base }, route, where, 'nobody', 'no cookie');
		}
	for (const route of all.filter(r => r.method === 'POST' && !r.top)) {
		const where = route.path.replace(/:(\w+)/g, (m, k) => objs[k]?.[0]?.value || MISSING);
		const p = ['okafor', 'rima'].map(n => PEOPLE[n]).find(x => table.get(route.name)?.[x === PEOPLE.okafor ?
			'teacher' : 'guardian'] === 'yes');
		if (!p) continue;
		const bad = await ask({ ...p, csrf: 'wrong' }, route, where);
		check(bad.status === 403 && bad.refused === 'csrf', `${route.name} without its CSRF field`, `${bad.status} ${bad.refused}`);
		const cookie = p.browser.cookieHeader(p.base);
		const far = new Page(await request('POST', p.base + where, { Cookie: cookie, Origin: 'https://evil.example' },
			new URLSearchParams({ csrf: p.csrf }).toString()));
		check(far.status === 403 && far.refused === 'foreign-origin', `${route.name} from another site`, `${far.status} ${far.refused}`);
	}
}

async function main() {
	const port = await freePort(2);
	lms = await startPractice({ port: port + 1, tool: `http://127.0.0.1:${port}` });
	({ people } = await lms.control('people'));
	tool = await startLintel({ port, dir });
	tool.cli('tenant', 'add', 'Harbour');
	registerPlatforms(lms, tool, { tenant: 'Harbour' });
	/* Mr Haile teaches Noah's class, and a court order keeps him from Noah. */
	const order = '$&   <ptp:guardian source="$1" id="SIS-T-002" relation="Father" legal="0" livesWith="0" primary="0" ' +
		'priority="9" access="none"/>\n';
	const roster = lms.print('roster').replace(/[^\n]*source="([^"]*)" id="SIS-P-024"[^\n]*\n/g, order);
	writeFileSync(path.join(dir, 'roster.xml'), roster);
	tool.cli('roster', 'import', path.join(dir, 'roster.xml'), '--platform', 'Practice Moodle');
	mini = await startMiniLms({ tool, name: 'Elsewhere' });
	writeFileSync(path.join(dir, 'mini.xml'), rosterOf(3));
	tool.cli('roster', 'import', path.join(dir, 'mini.xml'), '--platform', 'Elsewhere');
	watch = await startMiniLms({ tool, name: 'Watched', family: 'canvas', match: 'none', more: ['--tenant', 'Harbour'] });
	await watch.enter(new Browser(), { user: 'w-pupil', given: 'Watched', family: 'Canaryseen', course: 'w1', title: 'Watched',
		roles: ['Learner'] });
	for (const name of Object.keys(PEOPLE)) if (!PEOPLE[name].late && !PEOPLE[name].grant) await enter(name);
	const all = routes(), children = await findChildren();
	const wanted = [...Object.keys(CHILDREN), 'mini pupil', 'watched'];
	check(wanted.every(k => children[k]), 'every child has a number', `found ${Object.keys(children)}`);
	await makeSchools();
	const conf = await makeConference(children);
	const made = await makeWords(children);
	await otherHome(made);
	/* Canvas names an aide as such (Moodle says Instructor); there the course is a class of the roster once
	 * its teacher came in. After the words, which so live in the first platform's course. */
	await launch(lms, new Browser(), 'okafor', 'grade3', { platform: 'canvas' });
	for (const name of Object.keys(PEOPLE)) if (PEOPLE[name].late || PEOPLE[name].grant) await enter(name);
	await buttons(children, made);
	/* The course says that there is nobody to observe any more; the open session ends there, too. */
	await observe(new Browser(), []);
	const objs = objects(children, conf, made, await officeObjects());
	for (const o of objs.round || []) o.kind = 'round';
	for (const k of new Set(all.flatMap(r => [...r.path.matchAll(/:(\w+)/g)].map(m => m[1]))))
		check(objs[k]?.length, `this test has objects of the kind "${k}"`, 'none');
	/* leaving comes last: it ends the session */
	const leaving = all.filter(r => r.name === 'POST /leave');
	const inside = all.filter(r => !r.top && !leaving.includes(r));
	for (const p of Object.values(PEOPLE).filter(x => x.base))
		for (const route of inside) await one(p, route, objs);
	await outside(all, objs);
	for (const p of Object.values(PEOPLE).filter(x => x.base))
		for (const route of leaving) await one(p, route, objs);
	const names = [...CANARIES, 'Canaryseen', 'Lina', 'Tomás', 'Rima', 'Okafor', 'Sample'];
	const told = names.filter(n => tool.output.includes(n));
	check(told.length === 0, 'the log knows no name and no word', `${told}`);
	check(!/ error /.test(tool.output), 'nothing of ours failed', tool.output.match(/.* error .*/)?.[0]);
	console.log(`# ${all.length} routes, ${Object.values(PEOPLE).filter(x => x.base).length} people, ` +
		`${seen.asked} requests, ${seen.pairs.size} cells of the table`);
}

try {
	await main();
} catch (e) {
	check(false, 'the test ran', String(e.stack || e));
} finally {
	mini?.stop();
	watch?.stop();
	await stopAll();
	rmSync(dir, { recursive: true, force: true });
}
console.log(`# ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
