/*
 * What a launch and a page cost: complete launches (login, form_post, verify,
 * durable session, first page) and teacher pages, per CPU-second of the server.
 *
 *   node tests/bench/launch.mjs [sqlite|postgresql] [launches] [connections]
 *   PEOPLE=100000          a district of so many more (growth.mjs compares two)
 *   LONG=100000            then so many more launches: what is resident after them
 *
 * First everybody at once: as many launches as the machine gives, this client on the
 * same processors, which says what a launch costs. Then the same at a steady pace
 * (RATE launches a second, 200 by default), which says how long one takes.
 *
 * The server's CPU time comes from /proc; signing is the practice LMS's work and
 * happens before the clock starts, so it is charged to nobody.
 */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { agents, importRoster, registerPlatforms, request, startLintel, startPractice, stopAll }
	from '../practice/client.mjs';
import { addPeople } from './people.mjs';

const [engine = 'sqlite', count = '2000', conns = '64'] = process.argv.slice(2);
const N = +count, C = +conns, RATE = +(process.env.RATE || 200), PORT = +(process.env.BENCH_PORT || 21990);
const dir = mkdtempSync(path.join(tmpdir(), 'lintel-bench-'));
const hz = +execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' });

/* utime + stime in seconds, and resident KiB. */
function used(pid) {
	const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
	const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
	return { cpu: (+f[11] + +f[12]) / hz, rss: +rss[1] };
}

const at = (v, q) => v.length ? v.sort((a, b) => a - b)[Math.min(v.length - 1, Math.floor(v.length * q))] : 0;

/*
 * `C` workers share the jobs; answers the time each took. With a rate, a job has its
 * moment, and waiting for a free worker after it counts as time taken.
 */
async function drive(jobs, one, rate = 0) {
	const took = [], begin = performance.now();
	let next = 0;
	await Promise.all(Array.from({ length: C }, async () => {
		while (next < jobs.length) {
			const i = next++, job = jobs[i];
			const at = begin + (rate ? i * 1000 / rate : 0), early = at - performance.now();
			if (rate && early > 0) await new Promise(done => setTimeout(done, early));
			const t0 = rate && early < 0 ? at : performance.now();
			await one(job);
			took.push(performance.now() - t0);
		}
	}));
	return took;
}

const cookieOf = r => r.cookies.map(c => c.split(';')[0]).filter(c => !c.endsWith('=')).join('; ');

let database;
if (engine === 'postgresql') {
	execFileSync('bash', ['tests/pg.sh', 'start'], { stdio: 'ignore' });
	database = execFileSync('bash', ['tests/pg.sh', 'newdb', 'bench'], { encoding: 'utf8' }).trim();
}
const tool = await startLintel({ port: PORT, dir, database, env: { LINTEL_LOG_LEVEL: 'warn' } });
const lms = await startPractice({ port: PORT + 1, tool: tool.url });
registerPlatforms(lms, tool);
importRoster(lms, tool);
if (process.env.PEOPLE)
	console.log(`people, seconds to import them           ${process.env.PEOPLE}, ${addPeople(tool, +process.env.PEOPLE).toFixed(1)}`);

/* Login first, then the tokens are signed, then the launches go. */
const start = await lms.control('launch', { platform: 'moodle', person: 'haile', course: 'grade3' });
const loginBody = new URLSearchParams(start.login_params).toString();
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

const logIn = n => {
	const logins = [];
	const took = drive(Array.from({ length: n }), async () => {
		const r = await request('POST', start.login_url, form, loginBody);
		logins.push({ to: r.headers.location, cookie: cookieOf(r) });
	});
	return took.then(t => ({ logins, took: t }));
};

async function sign(logins) {
	const ready = [];
	for (const l of logins) {
		const q = Object.fromEntries(new URL(l.to).searchParams);
		const fresh = await lms.control('launch', { platform: 'moodle', person: 'haile', course: 'grade3' });
		q.lti_message_hint = fresh.login_params.lti_message_hint;
		const t = await lms.control('token', { platform: 'moodle', person: 'haile', ...q }, true);
		ready.push({ cookie: l.cookie,
			body: new URLSearchParams({ id_token: t.id_token, state: t.state }).toString() });
	}
	return ready;
}

const sessions = [];
let bad = 0;
async function launch(job) {
	const r = await request('POST', `${tool.url}/lti/launch`, { ...form, Cookie: job.cookie }, job.body);
	if (r.status !== 303) { bad++; return; }
	const cookie = cookieOf(r), to = new URL(r.headers.location, tool.url);
	const page = await request('GET', new URL('today', to).href, { Cookie: cookie });
	if (page.status !== 200) bad++;
	sessions.push({ cookie, base: to.href });
}

let before = used(tool.pid).cpu;
const { logins, took: loginTook } = await logIn(N);
const loginCpu = used(tool.pid).cpu - before;
const ready = await sign(logins);
before = used(tool.pid).cpu;
const launchTook = await drive(ready, launch);
const launchCpu = used(tool.pid).cpu - before + loginCpu;

const steady = await sign((await logIn(Math.min(N, RATE * 10))).logins);
const steadyTook = await drive(steady, launch, RATE);

before = used(tool.pid).cpu;
const pages = Array.from({ length: N * 2 }, (_, i) => sessions[i % sessions.length]);
const pageTook = await drive(pages, async s => {
	const r = await request('GET', new URL('class', s.base).href, { Cookie: s.cookie });
	if (r.status !== 200) bad++;
});
const pageCpu = used(tool.pid).cpu - before;
const end = used(tool.pid);

/* In the same process, in parts: a token lives for a minute. */
let after = end;
for (let left = +(process.env.LONG || 0); left > 0; left -= N) {
	sessions.length = 0;
	await drive(await sign((await logIn(N)).logins), launch);
	after = used(tool.pid);
}

/*
 * From the start of the program, on the database the launches left, to its first answer;
 * what is resident then is what an idle gateway holds.
 */
async function firstAnswer() {
	const t0 = performance.now();
	const child = spawn(tool.program, ['serve'], { env: { ...process.env, ...tool.env }, stdio: 'ignore' });
	const gone = new Promise(done => child.once('exit', done));
	for (let up = false; !up;) {
		up = await new Promise(done => {
			const s = net.connect(PORT, '127.0.0.1', () => s.write(
				`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${PORT}\r\n\r\n`));
			s.on('data', () => { s.destroy(); done(true); });
			s.on('error', () => setTimeout(() => done(false), 1));
		});
	}
	const took = performance.now() - t0, { cpu, rss } = used(child.pid);
	child.kill();
	await gone;
	return { took, cpu, rss };
}

await tool.stop();
const starts = [];
for (let i = 0; i < 9; i++) starts.push(await firstAnswer());

const line = (what, value) => console.log(`${what.padEnd(38)} ${value}`);
line('engine, connections', `${engine}, ${C}`);
line('full launch, server CPU', `${(launchCpu / ready.length * 1000).toFixed(3)} ms`);
line('full launches per CPU-second', (ready.length / launchCpu).toFixed(0));
line('login p50 / p99', `${at(loginTook, 0.5).toFixed(2)} / ${at(loginTook, 0.99).toFixed(1)} ms`);
line(`launch and page at ${RATE}/s p50 / p99`, `${at(steadyTook, 0.5).toFixed(2)} / ${at(steadyTook, 0.99).toFixed(1)} ms`);
line('all at once, p50 / p99', `${at(launchTook, 0.5).toFixed(2)} / ${at(launchTook, 0.99).toFixed(1)} ms`);
line('class page per CPU-second', (pages.length / pageCpu).toFixed(0));
line('class page p50 / p99', `${at(pageTook, 0.5).toFixed(2)} / ${at(pageTook, 0.99).toFixed(1)} ms`);
line('resident idle / after the launches', `${(at(starts.map(x => x.rss), 0.5) / 1024).toFixed(1)} / ${(end.rss / 1024).toFixed(1)} MiB`);
if (after !== end)
	line(`resident after ${process.env.LONG} more`, `${(after.rss / 1024).toFixed(1)} MiB`);
line('first answer after the start, median', `${at(starts.map(x => x.took), 0.5).toFixed(0)} ms (cpu ${(at(starts.map(x => x.cpu), 0.5) * 1000).toFixed(0)} ms)`);
line('answers that were not right', String(bad));
await stopAll();
for (const a of Object.values(agents)) a.destroy();
rmSync(dir, { recursive: true, force: true });
process.exit(bad === 0 ? 0 : 1);
