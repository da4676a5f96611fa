/*
 * Threats that only numbers answer for (docs/threat-model.md): T3, eight hundred ways
 * to be led astray; T26, the memory after requests that mean harm; T29, the time it
 * takes to say that something is not there.
 */
import assert from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Browser, request, startLintel } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { rosterOf, startMiniLms } from './lib/mini_lms.mjs';
import { finish, tempDir, test } from './lib/walk.mjs';

const HOSTILE = +process.env.HOSTILE || 4000, SAMPLES = +process.env.SAMPLES || 1000;
const dir = tempDir('threats');
const port = await freePort();
const tool = await startLintel({ port, dir });
const mini = await startMiniLms({ tool, name: 'Mini' });
writeFileSync(path.join(dir, 'r.xml'), rosterOf(3));
tool.cli('roster', 'import', path.join(dir, 'r.xml'), '--platform', 'Mini');
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const login = target => request('POST', `${tool.url}/lti/login`, form, new URLSearchParams({ iss: mini.issuer,
	client_id: mini.client, login_hint: 'u', lti_message_hint: 'm', target_link_uri: target }).toString());
const family = n => mini.enter(new Browser(), { user: `p${n}`, sourcedid: `MINI-P-${n}`, course: 'door',
	title: 'Door', roles: ['Learner'], given: 'Pat', family: 'Sample' });

/* ---- T3 ---- */

const own = `127.0.0.1:${port}`, evil = 'evil.example';
const heads = ['http://', 'https://', '//', '/\\', '\\\\', '///', 'http:/', 'http:', 'HTTP://', 'javascript:',
	'data:text/html,', 'ftp://', ' http://', '\thttp://', 'http://\t', 'file://', 'http:///', 'hTtP:\\\\'];
const hosts = [evil, `${own}@${evil}`, `${own}.${evil}`, `${evil}#@${own}`, `${evil}?@${own}`, `${evil}\\@${own}`,
	`${own}%40${evil}`, `${own}%2f@${evil}`, `${evil}%00.${own}`, `${evil}:80@${own}`, `user:pw@${own}`,
	`${own}\r\nLocation: http://${evil}`, `${own} ${evil}`, `${evil}/${own}`, `[::1]@${evil}`, `127.0.0.1:1`, 'localhost',
	`127.1:${port}`, `2130706433:${port}`, `0x7f.1:${port}`, `127.0.0.1.:${port}`, `１２７.0.0.1:${port}`];
const tails = ['/lti/launch', '/', ''];

await test('T3: no target leads out of the house', async () => {
	const all = heads.flatMap(h => hosts.flatMap(x => tails.map(t => h + x + t)));
	let refused = 0, led = 0;

	for (let i = 0; i < all.length; i += 50)
		await Promise.all(all.slice(i, i + 50).map(async target => {
			const r = await login(target);
			if (r.status >= 400 && r.status < 500) { refused++; return; }
			led++;
			assert.equal(r.status, 302, `${JSON.stringify(target)}: ${r.status}`);
			const to = new URL(r.headers.location);
			assert.equal(`${to.origin}${to.pathname}`, `${mini.base}/auth`, target);
			assert.equal(to.searchParams.get('redirect_uri'), `${tool.url}/lti/launch`, target);
		}));
	assert.ok(all.length >= 800);
	assert.equal((await login(`${tool.url}/lti/launch`)).status, 302);
	assert.equal(led, 0, `${led} strange targets were taken for ours`);
	return `T3 ${all.length} targets, ${refused} refused, ${led} led to the platform`;
});

/* ---- T26 ---- */

const resident = () => +/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${tool.pid}/status`, 'utf8'))[1] / 1024;
const b64 = s => Buffer.from(s).toString('base64url');
const launch = (token, state = 'x') => ['POST', '/lti/launch', form, new URLSearchParams({ id_token: token, state }).toString()];
const harm = [
	() => launch(`${b64('{"alg":"RS256","kid":"k1"}')}.${b64('['.repeat(40000))}.AAAA`),
	() => launch(`${b64('{"alg":"RS256","kid":"k1"}')}.${b64(`{${'"a":1,'.repeat(8000)}"b":2}`)}.AAAA`),
	() => launch('A'.repeat(150000)),
	() => ['POST', '/lti/launch', form, 'a=1&'.repeat(20000)],
	() => ['POST', '/lti/launch', form, `id_token=${'%41'.repeat(30000)}`],
	() => ['POST', '/lti/login', form, `iss=${'x'.repeat(60000)}`],
	() => ['GET', `/lti/login?${'login_hint=%F0%9F%98%80&'.repeat(300)}`, {}],
	() => ['GET', `/${'a/'.repeat(900)}`, {}],
	() => ['GET', '/healthz', Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`X-${i}`, 'y'.repeat(100)]))],
	() => ['GET', `/app/${'z'.repeat(200)}/`, { Cookie: `__Host-s-zz=${'c'.repeat(3000)}` }],
];

async function hurt(n) {
	let answered = 0, served = 0;

	for (let i = 0; i < n; i += 40)
		await Promise.all(Array.from({ length: Math.min(40, n - i) }, async (_, k) => {
			const [method, at, headers, body] = harm[(i + k) % harm.length]();
			try {
				const r = await request(method, `${tool.url}${at}`, headers, body);
				answered++;
				served += r.status >= 500;
			} catch (e) {
				/* refused unread, the connection closed over what was still coming */
				if (!['EPIPE', 'ECONNRESET'].includes(e.code)) throw e;
			}
		}));
	return { answered, served };
}

await test('T26: requests that mean harm leave no memory behind', async () => {
	await hurt(harm.length * 40);		/* every thread has met every kind */
	const before = resident(), { answered, served } = await hurt(HOSTILE), after = resident();

	assert.equal(served, 0, `${served} of them broke something`);
	assert.ok(answered > HOSTILE / 2);
	/* a sanitizer keeps 256 MiB of what was freed, to see who uses it again */
	assert.ok(after <= before + (process.env.SANITIZE ? 320 : 32), `${before.toFixed(1)} MiB before, ${after.toFixed(1)} after`);
	assert.equal((await request('GET', `${tool.url}/healthz`)).status, 200);
	return `T26 ${HOSTILE} requests of ${harm.length} kinds, ${before.toFixed(1)} MiB before, ${after.toFixed(1)} after`;
});

/* ---- T29 ---- */

const mean = v => v.reduce((s, x) => s + x, 0) / v.length;
const median = v => [...v].sort((a, b) => a - b)[v.length >> 1];
const variance = v => { const m = mean(v); return v.reduce((s, x) => s + (x - m) ** 2, 0) / (v.length - 1); };

/* What the machine did meanwhile is cut off at both ends alike. */
const trim = v => [...v].sort((a, b) => a - b).slice(v.length >> 4, v.length - (v.length >> 4));

async function timed(url, headers) {
	const t0 = process.hrtime.bigint(), r = await request('GET', url, headers);

	assert.equal(r.status, 404);
	return Number(process.hrtime.bigint() - t0) / 1000;
}

/* One round; what it found. */
async function compare(room, cookie, foreign) {
	const t = { foreign: [], missing: [] };

	for (let i = 0; i < SAMPLES + 100; i++)
		for (const kind of i % 2 ? ['foreign', 'missing'] : ['missing', 'foreign']) {
			/* as near to a real number as a guess can be */
			const id = kind === 'foreign' ? foreign : String(BigInt(foreign) + 1000n + BigInt(i));
			const us = await timed(`${room}/child/${id}`, cookie);
			if (i >= 100) t[kind].push(us);
		}
	const f = trim(t.foreign), m = trim(t.missing);
	const apart = Math.abs(median(f) - median(m)) / median(m);
	const welch = Math.abs(mean(f) - mean(m)) / Math.sqrt(variance(f) / f.length + variance(m) / m.length);

	console.log(`# foreign ${median(f).toFixed(0)} us, missing ${median(m).toFixed(0)} us, ` +
		`${(apart * 100).toFixed(1)} % apart, Welch t ${welch.toFixed(1)}`);
	return apart <= 0.05 && welch <= 4.5;
}

await test('T29: foreign and missing take the same time', async () => {
	const other = await family(2), b = new Browser();
	const mine = await mini.enter(b, { user: 'p1', sourcedid: 'MINI-P-1', course: 'door', title: 'Door',
		roles: ['Learner'], given: 'Pat', family: 'Sample' });
	const foreign = /\/child\/(\d+)/.exec(other.body)[1], room = /^(.*\/app\/[^/]+)\//.exec(mine.url)[1];
	const cookie = { Cookie: b.cookieHeader(room) };

	/* a neighbour on the machine may spoil a round; what can be told apart, can in each */
	let same = false, rounds = 0;
	while (!same && rounds < 4) {
		rounds++;
		same = await compare(room, cookie, foreign);
	}
	assert.ok(same, 'told apart in every round');
	return `T29 ${SAMPLES} pairs a round, ${rounds} rounds`;
});

mini.stop();
await finish();
