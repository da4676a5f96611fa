/*
 * Sixty-four families want one time. Each is another guardian of another child in
 * another home, with a session, a page and a connection of their own; all of them
 * press the button at once. One has it, the others read 409, nobody reads 5xx, and
 * the database holds one booking. On SQLite and on PostgreSQL.
 *
 *   node tests/http/race.mjs [sqlite|postgresql]      ROUNDS=3
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Browser, ROOT, startLintel, stopAll } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { rosterOf, startMiniLms } from './lib/mini_lms.mjs';
import { check, finish } from './lib/walk.mjs';

const CLIENTS = 64, ROUNDS = +(process.env.ROUNDS || 3);

function sh(...argv) {
	const r = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', cwd: ROOT, timeout: 120000 });
	if (r.status !== 0) throw new Error(`${argv.join(' ')}: ${r.stderr || r.error}`);
	return r.stdout.trim();
}

/* What stands in the database, seen from outside. */
const sql = (db, text) => db.startsWith('sqlite:') ? sh('sqlite3', '-readonly', db.slice(7), text) :
	sh('psql', '-qAtX', db, '-c', text);

async function inBatches(list, size, fn) {
	const out = [];
	for (let i = 0; i < list.length; i += size) out.push(...await Promise.all(list.slice(i, i + size).map(fn)));
	return out;
}

const at = page => /^.*\/app\/[^/]+/.exec(page.url)[0];
const day = n => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10);

async function openRound(teacher, n) {
	let page = await teacher.browser.get(`${teacher.at}/conferences/new`);
	page = await teacher.browser.submit(page, '/new', { title: `Race ${n}`, day: day(10 + n), from: '08:00',
		to: '09:00', length: '10', gap: '0', place: 'Hall', note: '' });
	const round = /round\/(\d+)/.exec(page.url)?.[1];
	if (!round) throw new Error(`no round: ${page.status} ${page.text.slice(0, 300)}`);
	await teacher.browser.submit(page, '/open');
	return round;
}

/* A connection each, opened before the start, so that the requests leave together. */
function readyToPost(g, form, slot) {
	const body = new URLSearchParams([...form.fields.filter(([k]) => !['slot', 'mode'].includes(k)),
		['slot', slot], ['mode', 'place']]).toString();
	const u = new URL(form.action, g.at);
	const q = http.request(u, { method: 'POST', agent: new http.Agent({ maxSockets: 1 }), timeout: 60000,
		headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: u.origin,
			'Sec-Fetch-Site': 'same-origin', Cookie: g.browser.cookieHeader(u.href),
			'Content-Length': Buffer.byteLength(body) } });
	q.flushHeaders();
	const answer = new Promise(done => {
		q.on('response', r => {
			let text = '';
			r.on('data', d => { text += d; });
			r.on('end', () => done({ status: r.statusCode, to: r.headers.location || '', text }));
		});
		q.on('error', e => done({ status: 0, to: '', text: String(e) }));
		q.on('timeout', () => q.destroy(new Error('no answer in 60 s')));
	});
	return { press: () => q.end(body), answer };
}

async function race(engine, tool, db, teacher, families, n) {
	const round = await openRound(teacher, n), name = `${engine}, round ${n}`;
	const ready = await inBatches(families, 8, async g => {
		const list = await g.browser.get(`${g.at}/conferences`);
		const link = new RegExp(`/conferences/for/\\d+/${round}`).exec(list.body)?.[0];
		if (!link) throw new Error(`${g.user} is not offered the round: ${list.text.slice(0, 200)}`);
		const page = await g.browser.get(`${g.at}${link}`);
		const slot = /name="slot" value="(\d+)"/.exec(page.body)[1];
		return { slot, ...readyToPost(g, page.form('/book'), slot) };
	});
	check(new Set(ready.map(r => r.slot)).size === 1, `${name}: all want the same time`);
	await new Promise(done => setTimeout(done, 200));
	const t0 = Date.now();
	for (const r of ready) r.press();
	const got = await Promise.all(ready.map(r => r.answer));
	const count = s => got.filter(g => g.status === s).length;
	const tally = JSON.stringify(got.reduce((o, g) => ({ ...o, [g.status]: (o[g.status] || 0) + 1 }), {}));
	console.log(`# ${name}: ${got.length} clients, ${tally}, all answered in ${Date.now() - t0} ms`);
	check(count(303) === 1, `${name}: one family has it`, tally);
	check(count(409) === CLIENTS - 1, `${name}: the others are told with 409`, tally);
	check(!got.some(g => g.status >= 500 || g.status === 0), `${name}: no failure`, tally);
	check(got.filter(g => g.status === 409).every(g => /taken/.test(g.text)), `${name}: in words`);
	const rows = sql(db, `SELECT count(*) FROM conf_booking WHERE round_id = ${round}`);
	check(rows === '1', `${name}: one booking in the database`, `${rows} rows`);
	const page = await teacher.browser.get(`${teacher.at}/conferences/round/${round}`);
	check(/1 of 6 times booked/.test(page.text), `${name}: one booking on the teacher's page`);
}

async function engine(name) {
	const dir = mkdtempSync(path.join(os.tmpdir(), 'lintel-race-'));
	const db = name === 'sqlite' ? `sqlite:${dir}/lintel.db` : sh('tests/pg.sh', 'newdb');
	let lms;
	try {
		const tool = await startLintel({ port: await freePort(), dir, database: db });
		lms = await startMiniLms({ tool });
		writeFileSync(path.join(dir, 'roster.xml'), rosterOf(CLIENTS));
		tool.cli('roster', 'import', path.join(dir, 'roster.xml'), '--platform', 'Mini');
		const t = new Browser();
		const page = await lms.enter(t, { user: 't', sourcedid: 'MINI-T', section: 'MINI-C', course: 'c1',
			title: 'Mini class', roles: ['Instructor'], given: 'Tess', family: 'Sample' });
		if (page.room !== 'class') throw new Error(`the teacher's room is ${page.room} ${page.refused}`);
		const teacher = { browser: t, at: at(page) };
		const families = await inBatches(Array.from({ length: CLIENTS }, (_, i) => i + 1), 8, async i => {
			const browser = new Browser();
			const p = await lms.enter(browser, { user: `p${i}`, sourcedid: `MINI-P-${i}`, course: 'door',
				title: 'Family door', roles: ['Learner'], given: `Parent${i}`, family: `Sample${i}` });
			if (p.room !== 'family') throw new Error(`parent ${i} is in the room ${p.room} ${p.refused}`);
			return { user: `p${i}`, browser, at: at(p) };
		});
		for (let n = 1; n <= ROUNDS; n++) await race(name, tool, db, teacher, families, n);
		check(!/ error /.test(tool.output), `${name}: nothing of ours failed in the log`);
	} catch (e) {
		check(false, `${name} ran`, String(e.stack || e));
	} finally {
		lms?.stop();
		await stopAll();
		if (name !== 'sqlite') sh('tests/pg.sh', 'dropdb', db);
		rmSync(dir, { recursive: true, force: true });
	}
}

for (const name of process.argv[2] ? [process.argv[2]] : ['sqlite', 'postgresql']) await engine(name);
await finish();
