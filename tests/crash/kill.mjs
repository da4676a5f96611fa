/*
 * kill -9 at a random moment, again and again, while eight people write. A ledger
 * outside the process holds what was acknowledged (the browser had its 303); after
 * each restart it is read back through the pages: nothing acknowledged may be gone,
 * nothing that was left behind may have come back. At the end `lintel db check` and
 * `lintel audit verify` must find everything in order.
 *
 *   node tests/crash/kill.mjs            KILLS=25 (2000 for the long campaign)
 *   ENGINE=postgresql …                  there the server of the database lives on
 *   SEED=4711 …                          the same moments again
 *
 * What is written: launches (a session), languages, leavings, a booking made, cancelled
 * and made again, the words of a note and of a goal, and what a family says of its week.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Browser, ROOT, importRoster, launch, registerPlatforms, request, startLintel, startPractice,
	stopAll } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';

const KILLS = +(process.env.KILLS || 25), ENGINE = process.env.ENGINE || 'sqlite';
const READY_MS = 1000;
let seed = +(process.env.SEED || Date.now() % 1e6);
let passed = 0, failed = 0;

function check(ok, name, detail = '') {
	if (ok) passed++;
	else failed++;
	console.log(`${ok ? 'ok' : 'not ok'} ${name}${ok || !detail ? '' : `\n#   ${detail}`}`);
}

/* Small and repeatable; the moments matter, not the quality. */
function chance() {
	seed = (seed * 1103515245 + 12345) % 2147483648;
	return seed / 2147483648;
}
const one = list => list[Math.floor(chance() * list.length)];
const wait = ms => new Promise(done => setTimeout(done, ms));

function sh(...argv) {
	const r = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', cwd: ROOT, timeout: 120000 });
	if (r.status !== 0) throw new Error(`${argv.join(' ')}: ${r.stderr || r.error}`);
	return r.stdout.trim();
}

/* ---- the server and its deaths --------------------------------------------------------- */

const dir = mkdtempSync(path.join(os.tmpdir(), 'lintel-kill-'));
const db = ENGINE === 'sqlite' ? `sqlite:${dir}/lintel.db` : sh('tests/pg.sh', 'newdb');
const port = await freePort(2);
const lms = await startPractice({ port: port + 1,
	tool: `http://127.0.0.1:${port}` });
let tool, down = true;
const starts = [];

async function start() {
	const t0 = performance.now();
	tool = await startLintel({ port, dir, database: db });
	while ((await request('GET', `${tool.url}/readyz`).catch(() => ({}))).status !== 200) await wait(5);
	starts.push(performance.now() - t0);
	down = false;
}

/* Only the process we started, by its number. */
async function kill() {
	down = true;
	await tool.stop('SIGKILL');
}

/* ---- the ledger ---------------------------------------------------------------------------- */

/*
 * A register holds one value that is written over (a language, a booking): what was
 * acknowledged last, and what was on its way when the server died, which may or may
 * not be there. `more` counts for the report.
 */
const ledger = { acknowledged: 0, unanswered: 0, refused: [], kinds: {} };

/* "yes": acknowledged. "maybe": no answer came. Anything else is a fault of ours. */
async function write(kind, fn) {
	ledger.kinds[kind] ??= 0;
	try {
		const r = await fn();
		if (r.status === 303) {
			ledger.acknowledged++;
			ledger.kinds[kind]++;
			return 'yes';
		}
		/* while it stops nothing is promised; a 5xx on a living server is */
		ledger.refused.push(`${kind}: ${r.status} ${r.refused || r.text?.slice(0, 120)}`);
		return 'no';
	} catch {
		ledger.unanswered++;
		return 'maybe';
	}
}

class Register {
	constructor(value) { this.known = value; this.open = []; }
	async set(kind, value, fn) {
		this.open.push(value);
		const got = await write(kind, fn);
		if (got === 'yes') { this.known = value; this.open = []; }
		if (got === 'no') this.open.pop();
		return got;
	}
	/* What is there now is the truth for the next round. */
	settle(value) {
		const ok = value === this.known || this.open.includes(value);
		const was = `${this.known}${this.open.length ? ` or ${this.open}` : ''}`;
		this.known = value;
		this.open = [];
		return ok ? null : `is ${value}, acknowledged was ${was}`;
	}
}

/* ---- people --------------------------------------------------------------------------------- */

const PEOPLE = [['okafor', 'grade3'], ['haile', 'nursery'], ['rima', 'door1'], ['hodan', 'door1'],
	['marisol', 'door1'], ['sunita', 'door1'], ['demir', 'secondary'], ['yoko', 'door1']];
const LANGUAGES = ['en', 'es', 'ar'];
const at = page => /^.*\/app\/[a-z2-7]+/.exec(page.url)?.[0];

class Person {
	constructor(name, course) {
		Object.assign(this, { name, course, browser: new Browser(), language: new Register(null),
			sessions: [], left: [], booking: new Register('none'), bookingId: null, texts: {} });
	}
	async enter() {
		const page = await launch(lms, this.browser, this.name, this.course, { query: { locale: 'en' } });
		if (!at(page)) throw new Error(`${this.name}: ${page.status} ${page.refused}`);
		this.at = at(page);
		this.language.known = await this.lang();
	}
	async lang() { return /<html[^>]* lang="([a-z]+)/.exec((await this.browser.get(`${this.at}/language`)).body)?.[1]; }

	/* The whole way to the 303 that opens a session, in a browser of its own. */
	async relaunch() {
		const b = new Browser();
		let tag = null;
		const got = await write('launch', async () => {
			const page = await launch(lms, b, this.name, this.course, { query: { locale: 'en' } });
			const hop = (page.trail || []).find(([m, u]) => m === 'POST' && u.endsWith('/lti/launch'));
			tag = at(page);
			return { status: hop?.[2] === 303 && tag ? 303 : page.status, refused: page.refused, text: page.text };
		});
		/* followed only after its 303: an answer lost later takes nothing back */
		if (got === 'yes') this.sessions.push({ b, at: tag });
		return got;
	}
	async speak() {
		const to = one(LANGUAGES), page = await this.browser.get(`${this.at}/language`);
		return this.language.set('language', to, () =>
			this.browser.submit(page, '/language', {}, { follow: 0, button: to }));
	}
	async leave() {
		const s = this.sessions.pop();
		if (!s) return this.relaunch();
		const page = await s.b.get(`${s.at}/leave`);
		const got = await write('leave', () => s.b.submit(page, '/leave', {}, { follow: 0 }));
		if (got === 'yes') this.left.push(s);
		else if (got === 'no') this.sessions.push(s);
		return got;
	}
	async book() {
		if (!this.round) return this.speak();
		if (this.booking.known === 'booked' && this.bookingId) {
			const page = await this.browser.get(`${this.at}/conferences/booking/${this.bookingId}/cancel`);
			return this.booking.set('cancel', 'cancelled', () =>
				this.browser.submit(page, '/cancel', {}, { follow: 0 }));
		}
		const page = await this.browser.get(this.at + this.round);
		const slots = [...page.body.matchAll(/name="slot" value="(\d+)"/g)].map(m => m[1]);
		if (!slots.length) return 'no';
		return this.booking.set('book', 'booked', async () => {
			const r = await this.browser.submit(page, '/book', { slot: one(slots) }, { follow: 0 });
			/* two reached for the same time: told so, nothing written */
			if (r.status === 409) return { status: 409, refused: 'taken', text: '' };
			this.bookingId = /booking\/(\d+)/.exec(r.headers.location || '')?.[1] || this.bookingId;
			return r;
		});
	}
	/* The same text written over: "mark17x" now, and what stood there may not come back. */
	async say(kind) {
		const t = this.texts[kind];
		if (!t) return this.speak();
		const page = await this.browser.get(this.at + t.form);
		if (!page.url.endsWith(t.form)) return this.speak();
		const text = `mark${++marks}x`;
		return t.register.set(kind, text, () =>
			this.browser.submit(page, t.action, { [t.field]: (t.before || '') + text }, { follow: 0, ...t.press && { button: one(t.press) } }));
	}
	next() {
		const say = k => () => this.say(k);
		const ways = [this.relaunch, this.speak, this.leave, this.book, this.book, say('note'), say('goal'), say('week')];
		return one(ways).call(this);
	}
	async verify(bad) {
		const lost = this.language.settle(await this.lang());
		if (lost) bad.push(`${this.name}: the language ${lost}`);
		for (const s of this.sessions) {
			const r = await s.b.get(`${s.at}/`, { from: null });
			if (r.status !== 200) bad.push(`${this.name}: a session is gone: ${r.status} ${r.refused}`);
		}
		for (const s of this.left) {
			/* the cookie comes back, as from a stolen copy */
			const r = await s.b.get(`${s.at}/`, { from: null });
			if (r.status === 200) bad.push(`${this.name}: a session that was left is open again`);
		}
		for (const [kind, t] of Object.entries(this.texts)) {
			const page = await this.browser.get(this.at + t.read);
			const gone = t.register.settle(new RegExp(t.find).exec(page.text)?.[1]);
			if (gone) bad.push(`${this.name}: the ${kind} ${gone}`);
		}
		if (this.round) {
			const page = await this.browser.get(`${this.at}/conferences`);
			const id = /conferences\/booking\/(\d+)/.exec(page.body)?.[1];
			if (id) this.bookingId = id;
			const state = !this.bookingId ? 'none' : await this.bookingState();
			const gone = this.booking.settle(state);
			if (gone) bad.push(`${this.name}: the booking ${gone}`);
		}
		/* keep the ledger of sessions short: the newest are the ones in danger */
		this.sessions = this.sessions.slice(-2);
		this.left = this.left.slice(-2);
	}
	/* A booking that stands can be changed in words; one that was cancelled cannot. */
	async bookingState() {
		const page = await this.browser.get(`${this.at}/conferences/booking/${this.bookingId}`);
		if (page.status !== 200) return `page ${page.status}`;
		return page.forms().some(f => (f.action || '').endsWith('/words')) ? 'booked' : 'cancelled';
	}
}

const day = n => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10);

/* The teachers open a round each, if conferences are built; parents find theirs. */
async function openRounds(people) {
	for (const t of people.filter(p => ['okafor', 'haile'].includes(p.name))) {
		let page = await t.browser.get(`${t.at}/conferences/new`);
		if (page.status !== 200) return;
		page = await t.browser.submit(page, '/new', { title: 'Talks', day: day(20), from: '08:00', to: '16:00',
			length: '10', gap: '0', place: 'Hall' });
		await t.browser.submit(page, '/open');
	}
	for (const p of people.filter(x => x.course === 'door1')) {
		const page = await p.browser.get(`${p.at}/conferences`);
		p.round = /\/conferences\/for\/\d+\/\d+/.exec(page.body)?.[0];
	}
}

let marks = 0;

/* Each family writes a note and a goal, the teacher agrees, the family says how the week went. */
async function openWords(people) {
	const t = people.find(p => p.name === 'okafor');
	for (const p of people.filter(x => x.course === 'door1')) {
		const home = await p.browser.get(`${p.at}/home`);
		let child;
		for (const [, id] of home.body.matchAll(/\/child\/(\d+)/g))
			if ((await t.browser.get(`${t.at}/child/${id}`)).status === 200) child = id;
		const id = async (where, values, opts, kind) => {
			const page = await p.browser.submit(await p.browser.get(p.at + where), '/new', values, opts);
			return new RegExp(`/${kind}/(\\d+)`).exec(page.url)[1];
		};
		const note = await id(`/child/${child}/notes/new`, { body: 'mark0x' }, {}, 'note');
		const goal = await id(`/child/${child}/goals/new?domain=social`, { words: 'mark0x', home: 'Ten minutes',
			start: day(-8), review: day(40) }, {}, 'goals');
		await t.browser.submit(await t.browser.get(`${t.at}/goals/${goal}`), '/sign', { step: 'A quiet corner' });
		const week = await p.browser.submit(await p.browser.get(`${p.at}/goals/${goal}/week`), '/week', { note: 'weekmark0x' },
			{ button: '2' });
		if (week.status !== 200) throw new Error(`${p.name}: ${week.status} ${week.text.slice(0, 200)}`);
		p.texts = {
			note: { form: `/note/${note}/edit`, action: '/edit', field: 'body', read: `/note/${note}`, find: '\\b(mark\\d+x)',
				register: new Register('mark0x') },
			goal: { form: `/goals/${goal}/change`, action: '/change', field: 'words', read: `/goals/${goal}`,
				find: '\\b(mark\\d+x)', register: new Register('mark0x') },
			week: { form: `/goals/${goal}/week`, action: '/week', field: 'note', press: ['0', '1', '2'],
				read: `/goals/${goal}`, find: 'week(mark\\d+x)', before: 'week', register: new Register('mark0x') },
		};
	}
}

/* ---- the campaign ------------------------------------------------------------------------------- */

async function writer(p, over) {
	while (!over() && !down)
		await p.next().catch(() => {});	/* the page before the write: no promise was given */
}

async function main() {
	const first = seed;
	await start();
	registerPlatforms(lms, tool);
	importRoster(lms, tool);
	const people = PEOPLE.map(([n, c]) => new Person(n, c));
	for (const p of people) await p.enter();
	await openRounds(people);
	await openWords(people);
	starts.length = 0;
	let lost = [];
	const t0 = performance.now();

	for (let k = 0; k < KILLS; k++) {
		const work = people.map(p => writer(p, () => false));
		await wait(30 + chance() * 800);
		await kill();
		await Promise.all(work);
		await start();
		const bad = [];
		await Promise.all(people.map(p => p.verify(bad)));
		lost.push(...bad);
		if ((k + 1) % (KILLS > 200 ? 100 : 5) === 0) console.log(`# ${k + 1} kills, ${ledger.acknowledged} acknowledged, ${lost.length} lost`);
	}
	await tool.stop();
	starts.sort((a, b) => a - b);
	const kinds = Object.entries(ledger.kinds).map(([k, n]) => `${n} ${k}`).join(', ');
	console.log(`# slice: ${ENGINE}: ${KILLS} kills, seed ${first}, ${Math.round((performance.now() - t0) / 1000)} s`);
	console.log(`# ${ledger.acknowledged} acknowledged writes (${kinds}), ${ledger.unanswered} unanswered`);
	console.log(`# ready after a kill: median ${Math.round(starts[starts.length >> 1])} ms, slowest ${Math.round(starts.at(-1))} ms`);
	check(lost.length === 0, `no acknowledged write was lost in ${KILLS} kills`, lost.slice(0, 8).join('\n#   '));
	check(ledger.acknowledged > KILLS * 2, 'there was something to lose', `${ledger.acknowledged} writes`);
	for (const k of ['launch', 'language', 'leave', 'note', 'goal', 'week', ...(people.some(p => p.round) ? ['book', 'cancel'] : [])])
		check(ledger.kinds[k] > 0, `${k} was written`);
	const faults = ledger.refused.filter(r => !/: 409 taken/.test(r));
	check(faults.length === 0, 'no write was refused', faults.slice(0, 8).join('\n#   '));
	/* the machine may be busy with other things: then a start may take as much longer */
	const slack = Math.max(1, os.loadavg()[0] / os.cpus().length);
	check(starts.at(-1) <= READY_MS * slack, `ready within ${Math.round(READY_MS * slack)} ms of every start`,
		`${Math.round(starts.at(-1))} ms`);
	for (const argv of [['db', 'check'], ['audit', 'verify']]) {
		let text = '';
		try { tool.cli(...argv); } catch (e) { text = String(e); }
		check(!text, `lintel ${argv.join(' ')} is content`, text);
	}
}

try {
	await main();
} catch (e) {
	check(false, 'the campaign ran', String(e.stack || e));
} finally {
	await stopAll();
	if (ENGINE !== 'sqlite') sh('tests/pg.sh', 'dropdb', db);
	rmSync(dir, { recursive: true, force: true });
}
console.log(`# ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
