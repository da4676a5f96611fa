/*
 * Every launch case of tests/data/lti_cases.json against a running Lintel: lab
 * mode, SQLite in a temporary folder, this file's own little platforms on
 * loopback. lti_cases_about.json explains the vocabulary; each word of it that a
 * case uses is a function here, and a case with a word we do not know fails.
 *
 *   node tests/http/lti_cases.mjs [ID-PREFIX…]      BUILD_DIR=build/san  SHOW=1
 *
 * LTI_AS=moodle|canvas: the platforms are registered as that make, and each launch carries
 * all that the practice LMS says in its own beside the claims of the case. LTI_RESULT=FILE
 * takes what came of each case (lti_conformance.mjs).
 *
 * Besides the file's own expectation each case is held to: never 5xx unless
 * listed, no stack trace, nothing echoed unescaped, no way off our origin, and a
 * refusal says data-refused="CODE" (the codes wanted are in REASON below, so that
 * a case refused for some other reason does not count as proved).
 */
import crypto from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { Browser, Page, ROOT, request, startLintel, startPractice, stopAll } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { KEYS, keyOf, makeToken } from './lib/lti_token.mjs';

const GROUPS = ['cert-bad', 'cert-teacher', 'cert-student', 'valid', 'anonymous', 'signature',
	'header', 'format', 'time', 'tenant', 'replay', 'login', 'claims', 'jwks', 'oidc-error', 'http',
	'messages', 'migration'];
/* CERT-DL-* run in deeplink.mjs, the services in lti_services.mjs; platform storage has a runner of its own part. */
const LATER = ['storage', 'cert-services'];
/* Means we have not: none of these groups needs one today. "slow" we have: a shifted clock. */
const NO_MEANS = ['service', 'browser', 'tls'];

const AS = process.env.LTI_AS;
const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
const MEMBER = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';
const now = () => Math.floor(Date.now() / 1000) + clockShift;
const rand = () => crypto.randomBytes(9).toString('base64url');
let clockShift = 0;

/* ---- the platforms ------------------------------------------------------------------- */

const J = ['e404', 'refused', 'hang', 'empty', 'nokeys', 'huge', 'bomb', 'keyops', 'noalg', 'rsa1024',
	'e1', 'oct', 'nokid', 'kidnum', 'many', 'private', 'rotate', 'replace', 'flood', 'dies'];
const tenants = {
	A: { issuer: 'https://a.lti.test', client: 'client-a', deps: ['dep-a1', 'dep-a2'], key: 'A' },
	A2: { issuer: 'https://a.lti.test', client: 'client-a2', deps: ['dep-a2x'], key: 'A' },
	B: { issuer: 'https://b.lti.test', client: 'client-b', deps: ['dep-b1'], key: 'B' },
	OFF: { issuer: 'https://off.lti.test', client: 'client-off', deps: ['dep-off'], key: 'A' },
};
for (const j of J)
	tenants[`J:${j}`] = { issuer: `https://${j}.lti.test`, client: `client-${j}`, deps: [`dep-${j}`],
		key: { rsa1024: 'small', rotate: 'A', replace: 'A' }[j] || 'A', j };
for (const [name, t] of Object.entries(tenants)) {
	t.name = name;
	t.path = '/' + name.replace(':', '-').toLowerCase();
	t.kid = 'k1';
	t.fetches = 0;
}
tenants['J:kidnum'].kid = '7';

const jwk = (key, more = {}) => ({ ...KEYS[key].jwk, kid: 'k1', alg: 'RS256', use: 'sig', ...more });
const set = (...keys) => JSON.stringify({ keys });
const without = (o, ...names) => Object.fromEntries(Object.entries(o).filter(([k]) => !names.includes(k)));

/* What each key set says; r is given to those that answer in their own way. */
const documents = {
	A: () => set(jwk('A')), A2: () => set(jwk('A')), B: () => set(jwk('B')), OFF: () => set(jwk('A')),
	'J:empty': () => set(),
	'J:nokeys': () => '{}',
	'J:keyops': () => set(without({ ...jwk('A'), key_ops: ['encrypt'] }, 'use')),
	'J:noalg': () => set(without(jwk('A'), 'alg')),
	'J:rsa1024': () => set(jwk('small')),
	'J:e1': () => set(jwk('A', { e: 'AQ' })),
	'J:oct': () => set({ kty: 'oct', kid: 'k1', k: KEYS.secret, alg: 'HS256', use: 'sig' }),
	'J:nokid': () => set(without(jwk('A'), 'kid')),
	'J:kidnum': () => set(jwk('A', { kid: 7 })),
	'J:many': () => set(...Array.from({ length: 499 }, (_, i) => jwk('B', { kid: `old-${i}` })), jwk('A')),
	'J:private': () => set({ ...KEYS.A.full, kid: 'k1', alg: 'RS256', use: 'sig' }),
	'J:rotate': t => t.rotated ? set(jwk('A'), jwk('B', { kid: 'k2' })) : set(jwk('A')),
	'J:replace': t => set(jwk(t.replaced ? 'B' : 'A')),
	'J:flood': () => set(jwk('A')),
	'J:dies': (t, r) => t.dead ? void r.writeHead(500).end('no') : set(jwk('A')),
	'J:e404': (t, r) => void r.writeHead(404, { 'Content-Type': 'text/plain' }).end('nothing here'),
	'J:hang': () => undefined,
	'J:huge': (t, r) => {
		const block = Buffer.alloc(1 << 16, ' ');
		let left = 800;
		r.writeHead(200, { 'Content-Type': 'application/json' });
		const more = () => {
			while (left-- > 0) if (!r.write(block)) return void r.once('drain', more);
			r.end(set(jwk('A')));
		};
		more();
	},
	'J:bomb': (t, r) => r.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
		.end(zlib.gzipSync(Buffer.concat([Buffer.alloc(10 << 20, ' '), Buffer.from(set(jwk('A')))]))),
};

const canary = { hits: 0 };
const platforms = http.createServer((q, r) => {
	const t = Object.values(tenants).find(x => q.url === `${x.path}/jwks`);
	r.on('error', () => {});
	if (!t) {
		canary.hits += q.url.includes('evil') ? 1 : 0;
		return void r.writeHead(200, { 'Content-Type': 'application/json' }).end(set(jwk('evil', { kid: 'evil' })));
	}
	t.fetches++;
	const text = documents[t.name](t, r);
	if (typeof text === 'string')
		r.writeHead(200, { 'Content-Type': 'application/json' }).end(text);
});

function register(tool, base, closed) {
	for (const t of Object.values(tenants)) {
		const at = t.j === 'refused' ? closed : base;
		tool.cli('platform', 'add', '--issuer', t.issuer, '--client-id', t.client, '--name', `Test ${t.name}`,
			...t.deps.flatMap(d => ['--deployment', d]), '--auth-url', `${base}${t.path}/auth`,
			'--token-url', `${base}${t.path}/token`, '--jwks-url', `${at}${t.path}/jwks`,
			...(AS ? ['--family', AS] : []));
	}
	tool.cli('platform', 'disable', 'Test OFF');
}

/* ---- one login, one token, one post ----------------------------------------------------- */

let tool, base;

function fill(v, t) {
	if (typeof v === 'string') {
		if (v === '{evil-jwk}') return jwk('evil', { kid: 'evil' });
		return v.replace(/\{(client|iss|origin|canary|rand)\}/g, (m, k) => ({ client: t.client, iss: t.issuer,
			origin: tool.url, canary: base, rand: rand() })[k]);
	}
	if (Array.isArray(v)) return v.map(x => fill(x, t));
	if (v && typeof v === 'object') {
		if ('$now' in v) return now() + v.$now;
		return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, fill(x, t)]));
	}
	return v;
}

const long = k => k.startsWith('lti:') ? CLAIM + k.slice(4) : k;

function change(o, m, t, name = k => k) {
	if (!m) return o;
	if (m.only) o = fill(m.only, t);
	for (const k of m.del || []) delete o[name(k)];
	for (const [k, v] of Object.entries(m.set || {})) o[name(k)] = fill(v, t);
	return o;
}

const loginFn = {
	'iss-twice': list => [...list, ['iss', 'https://evil.lti.test']],
	hint100k: list => list.map(([k, v]) => k === 'login_hint' ? [k, 'h'.repeat(100000)] : [k, v]),
};

/* The tool's answer to the initiation; when it leads on, where and with which state and nonce. */
async function login(b, t, m = {}) {
	const p = change({ iss: t.issuer, login_hint: `hint-${rand()}`, lti_message_hint: `msg-${rand()}`,
		target_link_uri: `${tool.url}/lti/launch`, client_id: t.client, lti_deployment_id: t.deps[0] }, m, t);
	const list = m.fn ? known(loginFn, m.fn)(Object.entries(p)) : Object.entries(p);
	const q = new URLSearchParams(list).toString(), opt = { from: t.issuer, follow: 0 };
	const page = m.method === 'GET' ? await b.get(`${tool.url}/lti/login?${q}`, opt) :
		await b.go('POST', `${tool.url}/lti/login`, { ...opt, body: q });
	const l = { page, sent: p, t };
	if (page.status >= 300 && page.status < 400) {
		const u = new URL(page.headers.location);
		l.to = u;
		l.auth = u.href.startsWith(`${base}${t.path}/auth?`);
		l.query = Object.fromEntries(u.searchParams);
		l.state = l.query.state;
		l.nonce = l.query.nonce;
	}
	return l;
}

const claimFn = {
	extra: c => {
		for (let i = 0; i < 30; i++) c[`https://vendor${i}.test/claim/x`] = { a: [i, null, { b: true }] };
	},
	roles60: c => {
		for (let i = 0; i < 59; i++) c[CLAIM + 'roles'].push(`https://vendor.test/role#r${i}`);
	},
	'nonce-array': c => { c.nonce = [c.nonce]; },
};
const headerFn = { kid1m: h => { h.kid = 'k'.repeat(1e6); } };

function known(table, word) {
	if (!(word in table)) throw new Error(`the runner does not know "${word}"`);
	return table[word];
}

/* A launch as the practice LMS sends it, for what a case does not speak of. */
let habit = {};

async function learnHabits() {
	const lms = await startPractice({ port: await freePort(), tool: tool.url });
	const l = await lms.control('launch', { platform: AS, person: 'lina', course: 'grade3' });
	const answer = await lms.control('token', { platform: AS, ...l.login_params, scope: 'openid',
		response_type: 'id_token', response_mode: 'form_post', prompt: 'none', state: 's', nonce: 'n',
		redirect_uri: l.launch_url }, true);
	const all = JSON.parse(Buffer.from(answer.id_token.split('.')[1], 'base64url'));
	/* who and where are the case's own */
	for (const k of ['azp', 'lis', 'role_scope_mentor', 'lti1p1', 'lti11_legacy_user_id', 'resource_link'])
		delete all[k], delete all[CLAIM + k];
	return all;
}

function claims(l, t = l.t) {
	const custom = { ...habit[CLAIM + 'custom'], room: '12' };
	return { ...habit, ...plainClaims(l, t), [CLAIM + 'custom']: custom };
}

function plainClaims(l, t) {
	return {
		iss: t.issuer, aud: t.client, sub: 'user-1', exp: now() + 300, iat: now(), nonce: l.nonce,
		name: 'Robin Sample-Person', given_name: 'Robin', family_name: 'Sample-Person',
		email: 'robin@a.lti.test', locale: 'en-US',
		[CLAIM + 'message_type']: 'LtiResourceLinkRequest', [CLAIM + 'version']: '1.3.0',
		[CLAIM + 'deployment_id']: t.deps[0], [CLAIM + 'target_link_uri']: `${tool.url}/lti/launch`,
		[CLAIM + 'resource_link']: { id: 'link-1', title: 'Home and school' },
		[CLAIM + 'roles']: [MEMBER + 'Learner'],
		[CLAIM + 'context']: { id: 'course-1', label: 'C1', title: 'Course One',
			type: ['http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering'] },
		[CLAIM + 'tool_platform']: { ...habit[CLAIM + 'tool_platform'], guid: 'guid-1',
			product_family_code: AS || 'testlms' },
		[CLAIM + 'launch_presentation']: { document_target: 'iframe', return_url: 'https://a.lti.test/back' },
		[CLAIM + 'custom']: { room: '12' },
		'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint': {
			scope: ['https://purl.imsglobal.org/spec/lti-ags/scope/score'],
			lineitems: 'https://a.lti.test/lineitems' },
		'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice': {
			context_memberships_url: 'https://a.lti.test/members', service_versions: ['2.0'] },
	};
}

function token(l, m = {}) {
	const t = m.launchAs ? tenants[m.launchAs] : l.t;
	const header = change({ alg: 'RS256', typ: 'JWT', kid: t.kid }, m.header, t);
	const c = change(claims(l, t), m.claims, t, long);

	if (m.header?.fn) known(headerFn, m.header.fn)(header);
	if (m.claims?.fn) known(claimFn, m.claims.fn)(c);
	const sign = { ...m.sign };
	if (sign.alg && !sign.keepAlg) header.alg = sign.alg;
	return makeToken(header, c, { key: keyOf(sign.key, tenants) || t.key, ...sign, changes: m.token || [] });
}

const postFn = {
	'double-token': (list, l) => [...list, ['id_token', makeToken({ alg: 'RS256', typ: 'JWT', kid: 'k1' },
		claims(l), { key: 'evil' })]],
	'double-state': list => [...list, ['state', 'wrong']],
};

/* Posts as the platform's page does, and follows. */
async function post(b, l, idToken, m = {}) {
	const p = change({ id_token: idToken, state: l.state }, m, l.t);
	const list = m.fn ? known(postFn, m.fn)(Object.entries(p), l) : Object.entries(p);
	const go = { from: l.t.issuer };
	let body = new URLSearchParams(list).toString();
	if (m.ctype === 'multipart') {
		body = list.map(([k, v]) => `--edge\r\nContent-Disposition: form-data; name="${k}"\r\n\r\n${v}\r\n`)
			.join('') + '--edge--\r\n';
		go.type = 'multipart/form-data; boundary=edge';
	} else if (m.ctype) {
		throw new Error(`the runner does not know ctype ${m.ctype}`);
	}
	return b.go(m.method || 'POST', `${tool.url}/lti/launch`, { ...go, body });
}

const cookieFn = {
	none: async () => new Browser(),
	'other-login': async l => {
		const other = new Browser();
		await login(other, l.t);
		return other;
	},
	tampered: async (l, b) => {
		for (const c of b.cookies.values())
			c.value = c.value.slice(0, -1) + (c.value.endsWith('A') ? 'B' : 'A');
		return b;
	},
};

/* ---- what may be seen afterwards ------------------------------------------------------------ */

const sessionCookies = b => [...b.cookies.values()].filter(c => c.name.startsWith('__Host-s-'));

/* Every way in that the answers gave away. */
async function wayIn(b, page) {
	const urls = new Set([`${tool.url}/app/`]);
	for (const c of sessionCookies(b)) urls.add(`${tool.url}/app/${c.name.slice('__Host-s-'.length)}/`);
	for (const [, u] of page?.trail || [])
		if (u.startsWith(`${tool.url}/app/`)) urls.add(u);
	const out = [];
	for (const u of urls) {
		const r = await b.get(u, { from: null });
		out.push({ url: u, status: r.status, room: r.room, open: r.status < 400 });
	}
	return out;
}

const problems = page => {
	const bad = [];
	if (page.closed) return bad;
	if (/\bat [\w.<>]+ \(.*:\d+:\d+\)|Traceback|AddressSanitizer|\.c:\d+\b/.test(page.body))
		bad.push('a stack trace in the page');
	for (const [, u] of page.trail || [])
		if (new URL(u).origin !== tool.url) bad.push(`led to ${u}`);
	return bad;
};

function classFits(want, page) {
	return want.split('|').some(w => w === 'close' ? page.closed :
		!page.closed && Math.floor(page.status / 100) === +w[0]);
}

/* Texts of the case that would be markup if they came back as they are. */
function markup(m) {
	const out = [];
	const walk = v => typeof v === 'string' ? /[<>]/.test(v) && out.push(v) :
		v && typeof v === 'object' && Object.values(v).forEach(walk);
	walk({ ...m, text: undefined });
	return out;
}

/* Which code a refused case must show. A list: any of them. */
const REASON = JSON.parse(readFileSync(path.join(ROOT, 'tests/data/lti_cases_reasons.json'), 'utf8'));
/* What a case that opens must (not) be: the room it leads to. */
const ROOM = { 'CERT-TEACHER-01': 'class', 'CERT-TEACHER-02': 'class', 'CERT-TEACHER-03': 'class',
	'CERT-TEACHER-04': 'stranger', 'CERT-TEACHER-05': 'stranger', 'CERT-STUDENT-04': 'stranger',
	'CERT-STUDENT-05': 'stranger', 'CLM-33': 'stranger' };

function judge(c, page, ways, bad) {
	const e = c.expect;
	const status = e.status.startsWith('200') ? '2xx' : e.status;
	if (!classFits(status, page)) bad.push(`status ${page.closed ? 'closed' : page.status}, wanted ${e.status}`);
	const open = ways.filter(w => w.open);
	if (e.session === false && open.length) bad.push(`a session is open: ${open[0].url}`);
	if (e.session === true && (!open.length || ways.some(w => !w.open)))
		bad.push(`no session: ${ways.map(w => w.status)}`);
	bad.push(...problems(page));
	for (const x of markup(c.mutate))
		if (page.body?.includes(x)) bad.push(`echoed unescaped: ${x}`);
	if (e.body_never && page.body?.includes(e.body_never)) bad.push('the body holds what it never may');
	if (!page.closed && page.status >= 400) {
		const want = REASON[c.id];
		if (!page.refused) bad.push('a refusal without data-refused');
		else if (!want) bad.push(`no reason is written down for this case; it was "${page.refused}"`);
		else if (![want].flat().includes(page.refused)) bad.push(`refused as ${page.refused}, wanted ${want}`);
	}
	if (ROOM[c.id] && page.room !== ROOM[c.id]) bad.push(`room ${page.room}, wanted ${ROOM[c.id]}`);
}

/* ---- the plain way --------------------------------------------------------------------------- */

async function plain(c) {
	const m = c.mutate, e = c.expect, bad = [], t = tenants[m.tenant || 'A'];
	const idle = known({ ...tenants }, m.tenant || 'A') && t;
	let b = new Browser();
	const l = await login(b, idle, m.login);
	if (e.location_never && l.to?.href.includes(e.location_never)) bad.push(`login led to ${l.to}`);
	if (e.redirect_uri_never && l.query?.redirect_uri?.includes(e.redirect_uri_never))
		bad.push('redirect_uri leaves our origin');
	if (l.to && !l.auth) bad.push(`login led to ${l.to.origin}${l.to.pathname}`);
	if (e.at === 'login') {
		judge(c, { ...l.page, trail: [] , refused: l.page.refused }, await wayIn(b, null), bad);
		return { bad, page: l.page };
	}
	if (!l.state) throw new Error(`the login did not lead on: ${l.page.status} ${l.page.refused}`);
	for (const k of e.echo || [])
		if (l.query[k] !== l.sent[k]) bad.push(`${k} was not echoed exactly`);
	if (c.id === 'OK-04' && 'lti_message_hint' in l.query) bad.push('an empty lti_message_hint');
	if (m.post?.cookies) b = await known(cookieFn, m.post.cookies)(l, b);
	const page = await post(b, l, token(l, m), m.post);
	if (e.location_never && page.trail.some(([, u]) => u.includes(e.location_never)))
		bad.push('led where it never may');
	judge(c, page, await wayIn(b, page), bad);
	if (c.id === 'HDR-01' && canary.hits) bad.push('the URL of the header was fetched');
	if (c.id === 'ERR-01') await burned(b, l, bad);
	return { bad, page };
}

/* After an OIDC error the state is of no more use. */
async function burned(b, l, bad) {
	const again = await post(b, l, token(l));
	if (again.status < 400) bad.push('the state was not burned');
}

async function goodLaunch(t, m = {}, b = new Browser()) {
	const l = await login(b, t, m.login);
	if (!l.state) throw new Error(`the login did not lead on: ${l.page.status} ${l.page.refused}`);
	const idToken = token(l, m);
	return { b, l, idToken, page: await post(b, l, idToken) };
}

/* ---- named flows --------------------------------------------------------------------------------- */

const flows = {};
const need = (bad, ok, text) => { if (!ok) bad.push(text); };
const empty = { trail: [] };

flows['multi-window'] = async (c, bad) => {
	const b = new Browser(), logins = [], pages = [];
	for (let i = 0; i < 10; i++) logins.push(await login(b, tenants.A));
	for (const [i, l] of [...logins.entries()].reverse())
		pages.push(await post(b, l, token(l, { claims: { set: { 'lti:context':
			{ id: `win-${i}`, title: `Window ${i}` } } } })));
	for (const p of pages) judge(c, p, await wayIn(b, p), bad);
	need(bad, new Set(pages.map(p => p.url)).size === 10, 'windows share an address');
	need(bad, sessionCookies(b).length === 10, `${sessionCookies(b).length} sessions`);
	return pages.at(-1);
};

flows['replay-same'] = async (c, bad) => {
	const g = await goodLaunch(tenants.A);
	const had = sessionCookies(g.b).length;
	need(bad, g.page.status === 200, 'the first launch failed');
	const page = await post(g.b, g.l, g.idToken);
	judge(c, page, [], bad);
	need(bad, sessionCookies(g.b).length <= had, 'a second session');
	await replayedWithCookie(g, bad);
	return page;
};

/* The same, by a browser that kept the cookie of the login: now only the nonce stands between. */
async function replayedWithCookie(g, bad) {
	const b = new Browser(), first = new Browser();
	const l = await login(first, tenants.A), idToken = token(l);
	for (const [k, v] of first.cookies) b.cookies.set(k, { ...v });
	need(bad, (await post(first, l, idToken)).status === 200, 'the launch failed');
	const again = await post(b, l, idToken);
	need(bad, again.refused === 'replay', `the nonce was used twice: ${again.status} ${again.refused}`);
	need(bad, (await wayIn(b, again)).every(w => !w.open), 'a session by replay');
}

flows['replay-other'] = async (c, bad) => {
	const g = await goodLaunch(tenants.A), other = new Browser();
	const page = await post(other, g.l, g.idToken);
	judge(c, page, await wayIn(other, page), bad);
	return page;
};

flows['replay-late'] = async (c, bad) => {
	const b = new Browser(), late = new Browser();
	const l = await login(b, tenants.A), idToken = token(l);
	for (const [k, v] of b.cookies) late.cookies.set(k, { ...v });
	need(bad, (await post(b, l, idToken)).status === 200, 'the first launch failed');
	await new Promise(done => setTimeout(done, 15000));
	const page = await post(late, l, idToken);
	judge(c, page, await wayIn(late, page), bad);
	return page;
};

flows['nonce-swap'] = async (c, bad) => {
	const b = new Browser();
	const one = await login(b, tenants.A), two = await login(b, tenants.A);
	const page = await post(b, one, token(two));
	judge(c, page, await wayIn(b, page), bad);
	return page;
};

/* Runner "slow": the same server, its clock a state's life later. */
async function oldState(c, bad) {
	const b = new Browser(), l = await login(b, tenants.A);
	const restart = async shift => {
		await tool.stop();
		clockShift = shift;
		tool = await startLintel({ port: +new URL(tool.url).port, dir: tool.dir,
			env: { LINTEL_TEST_CLOCK_OFFSET_MS: String(shift * 1000) } });
	};
	await restart(605);
	const page = await post(b, l, token(l));
	judge(c, page, await wayIn(b, page), bad);
	await restart(0);
	return page;
}

flows.entropy = async (c, bad) => {
	const states = new Set(), nonces = new Set();
	let page;
	for (let i = 0; i < 200; i++) {
		const l = await login(new Browser(), tenants.A);
		page = l.page;
		states.add(l.state);
		nonces.add(l.nonce);
		need(bad, (l.nonce || '').length >= 22, `nonce ${l.nonce} is too short for 128 bits`);
		need(bad, !l.state.includes(l.nonce) && !Buffer.from(l.state, 'base64url').includes(l.nonce),
			'the state shows the nonce');
	}
	need(bad, states.size === 200 && nonces.size === 200, 'a state or nonce came twice');
	/* no character of the nonces may stand still */
	const n = [...nonces].map(x => x.slice(0, 22));
	for (let i = 0; i < 22; i++)
		need(bad, new Set(n.map(x => x[i])).size > 8, `character ${i} of the nonce hardly changes`);
	return { ...page, trail: [] };
};

flows['oidc-params'] = async (c, bad) => {
	const l = await login(new Browser(), tenants.A), q = l.query;
	const want = { scope: 'openid', response_type: 'id_token', response_mode: 'form_post', prompt: 'none',
		client_id: 'client-a', redirect_uri: `${tool.url}/lti/launch`, login_hint: l.sent.login_hint,
		lti_message_hint: l.sent.lti_message_hint };
	for (const [k, v] of Object.entries(want)) need(bad, q[k] === v, `${k} is ${q[k]}`);
	for (const k of Object.keys(q))
		need(bad, k in want || k === 'state' || k === 'nonce', `${k} is sent to the platform`);
	need(bad, q.state && q.nonce, 'no state or nonce');
	need(bad, /no-store/.test(l.page.headers['cache-control'] || ''), 'the redirect may be cached');
	return { ...l.page, trail: [] };
};

flows['jwks-rotate'] = async (c, bad) => {
	const t = tenants['J:rotate'];
	need(bad, (await goodLaunch(t)).page.status === 200, 'the launch before the rotation failed');
	t.rotated = true;
	const had = t.fetches;
	const g = await goodLaunch(t, { header: { set: { kid: 'k2' } }, sign: { key: 'B' } });
	judge(c, g.page, await wayIn(g.b, g.page), bad);
	need(bad, t.fetches === had + 1, `${t.fetches - had} fetches for one new kid`);
	return g.page;
};

flows['jwks-replace'] = async (c, bad) => {
	const t = tenants['J:replace'];
	need(bad, (await goodLaunch(t)).page.status === 200, 'the launch before failed');
	t.replaced = true;
	const g = await goodLaunch(t, { sign: { key: 'B' } });
	judge(c, g.page, await wayIn(g.b, g.page), bad);
	for (let i = 0; i < 5; i++) await goodLaunch(t, { sign: { key: 'evil' } });
	need(bad, t.fetches <= 3, `${t.fetches} fetches after forged signatures`);
	return g.page;
};

flows['jwks-flood'] = async (c, bad) => {
	const t = tenants['J:flood'];
	need(bad, (await goodLaunch(t)).page.status === 200, 'the launch before the flood failed');
	let last;
	for (let i = 0; i < 30; i++) {
		const g = await goodLaunch(t, { header: { set: { kid: `flood-${rand()}` } } });
		judge(c, g.page, await wayIn(g.b, g.page), bad);
		last = g.page;
	}
	need(bad, t.fetches <= c.expect.max_fetches, `${t.fetches} fetches`);
	need(bad, (await goodLaunch(t)).page.status === 200, 'a valid launch after the flood failed');
	return last;
};

flows['jwks-dies'] = async (c, bad) => {
	const t = tenants['J:dies'];
	need(bad, (await goodLaunch(t)).page.status === 200, 'the first launch failed');
	t.dead = true;
	/* a strange kid makes it ask, and fail */
	need(bad, (await goodLaunch(t, { header: { set: { kid: 'other' } } })).page.status >= 400, 'let in');
	const g = await goodLaunch(t);
	judge(c, g.page, await wayIn(g.b, g.page), bad);
	return g.page;
};

flows['bare-get'] = async (c, bad) => {
	const b = new Browser(), page = await b.get(`${tool.url}/lti/launch`, { from: null });
	judge(c, page, await wayIn(b, page), bad);
	return page;
};

flows['bare-resource'] = async (c, bad) => {
	const b = new Browser(), page = await b.get(`${tool.url}/app/`, { from: null });
	judge(c, page, await wayIn(b, page), bad);
	return page;
};

flows['forged-session'] = async (c, bad) => {
	const real = await goodLaunch(tenants.A);
	const tag = new URL(real.page.url).pathname.split('/')[2], name = `__Host-s-${tag}`;
	const value = sessionCookies(real.b)[0].value;
	let page;
	for (const v of [rand(), 'x'.repeat(value.length), value.slice(0, -1) + (value.endsWith('A') ? 'B' : 'A'),
		value.slice(0, 11) + rand() + rand() + rand(), value + 'A', '', `${value}.`, '../../etc/passwd']) {
		const b = new Browser();
		b.setCookie(`${name}=${v}; Path=/`, tool.url);
		page = await b.get(`${tool.url}/app/${tag}/`, { from: null });
		judge(c, page, await wayIn(b, page), bad);
	}
	/* another session's cookie under this tag's name is no way in by this tag's cookie */
	const b = new Browser();
	b.setCookie(`__Host-s-aaaaaaaa=${value}; Path=/`, tool.url);
	page = await b.get(`${tool.url}/app/${tag}/`, { from: null });
	need(bad, page.status >= 400, 'a tag opened by another tag\'s cookie');
	return page;
};

const memory = () => +/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${tool.pid}/status`, 'utf8'))[1];

flows['body-flood'] = async (c, bad) => {
	const before = memory(), block = Buffer.alloc(1 << 16, 'a');
	let sent = 0;
	const page = await new Promise(done => {
		const q = http.request(`${tool.url}/lti/launch`, { method: 'POST', headers: {
			'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': 100e6 } }, r => {
			const parts = [];
			r.on('data', d => parts.push(d));
			r.on('close', () => done(new Page({ status: r.statusCode, headers: r.headers, trail: [],
				url: `${tool.url}/lti/launch`, body: Buffer.concat(parts).toString() })));
		});
		q.on('error', () => setTimeout(() => done({ closed: true, trail: [] }), 300));
		const more = () => {
			while (sent < 100e6 && !q.destroyed) {
				sent += block.length;
				if (!q.write(block)) return void q.once('drain', more);
			}
		};
		more();
	});
	judge(c, page, await wayIn(new Browser(), page), bad);
	need(bad, sent < 90e6, 'it listened to the end');
	need(bad, memory() - before < 8192, `memory grew by ${memory() - before} KiB`);
	return page;
};

flows['own-jwks'] = async (c, bad) => {
	const r = await request('GET', `${tool.url}/lti/keys.json`), keys = JSON.parse(r.body).keys;
	need(bad, r.status === 200, `status ${r.status}`);
	need(bad, /^application\/(jwk-set\+)?json/.test(r.headers['content-type']), r.headers['content-type']);
	need(bad, /max-age=\d+/.test(r.headers['cache-control'] || ''), 'no Cache-Control');
	need(bad, keys.length >= 1, 'no key');
	for (const k of keys) {
		need(bad, Object.keys(k).every(x => ['kty', 'kid', 'alg', 'use', 'n', 'e'].includes(x)),
			`members ${Object.keys(k)}`);
		need(bad, k.kid && k.alg === 'RS256' && k.use === 'sig' && k.kty === 'RSA', 'kid, alg or use');
		need(bad, Buffer.from(k.n, 'base64url').length >= 256, 'a short key');
	}
	return { ...r, trail: [] };
};

flows['head-options'] = async (c, bad) => {
	let r;
	for (const method of ['HEAD', 'OPTIONS'])
		for (const where of ['/lti/login', '/lti/launch', '/app/']) {
			r = await request(method, tool.url + where, { Origin: 'https://evil.example' });
			need(bad, r.status < 500 && (r.status < 300 || r.status >= 400), `${method} ${where}: ${r.status}`);
			need(bad, !('access-control-allow-origin' in r.headers), 'CORS');
			need(bad, r.cookies.length === 0, 'a cookie');
			need(bad, method !== 'HEAD' || r.body === '', 'HEAD with a body');
		}
	return { ...r, trail: [] };
};

flows.fixation = async (c, bad) => {
	const attacker = await goodLaunch(tenants.A, { claims: { set: { sub: 'attacker' } } });
	const stolen = sessionCookies(attacker.b)[0], b = new Browser();
	b.setCookie(`${stolen.name}=${stolen.value}; Path=/`, tool.url);
	const g = await goodLaunch(tenants.A, { claims: { set: { sub: 'victim' } } }, b);
	judge(c, g.page, (await wayIn(b, g.page)).filter(w => !w.url.includes(stolen.name.slice(9))), bad);
	const mine = sessionCookies(b).filter(x => g.page.url.includes(x.name.slice(9)));
	need(bad, mine.length === 1 && mine[0].value !== stolen.value && mine[0].name !== stolen.name,
		'the value brought along was kept');
	const second = await goodLaunch(tenants.A, { claims: { set: { sub: 'victim' } } }, b);
	need(bad, second.page.url !== g.page.url, 'the second launch got the first one\'s session');
	/* another account in this browser ends the attacker's session */
	need(bad, !(await attacker.b.get(attacker.page.url, { from: null })).room, 'the attacker is still in');
	return g.page;
};

flows['fat-cookies'] = async (c, bad) => {
	const b = new Browser();
	for (let i = 0; i < 8; i++) b.setCookie(`other_${i}=${'c'.repeat(1000)}; Path=/`, tool.url);
	const g = await goodLaunch(tenants.A, {}, b);
	judge(c, g.page, await wayIn(b, g.page), bad);
	return g.page;
};

/* ---- some need more than one look ----------------------------------------------------------------- */

const special = {
	'RPL-16': oldState,
	'JWKS-04': async (c, bad) => {
		const t0 = Date.now(), hung = goodLaunch(tenants['J:hang']);
		let fastest = Infinity;
		for (let i = 0; i < 3; i++) {
			const t1 = Date.now(), g = await goodLaunch(tenants.A);
			need(bad, g.page.status === 200, 'another tenant was shut out meanwhile');
			fastest = Math.min(fastest, Date.now() - t1);
		}
		need(bad, fastest < 1000, `another tenant took ${fastest} ms meanwhile`);
		const g = await hung;
		need(bad, Date.now() - t0 < 10000, `an answer after ${Date.now() - t0} ms`);
		judge(c, g.page, await wayIn(g.b, g.page), bad);
		return g.page;
	},
	'JWKS-11': async (c, bad) => {
		const before = memory(), r = await plain(c);
		bad.push(...r.bad);
		need(bad, memory() - before < 8192, `memory grew by ${memory() - before} KiB`);
		return r.page;
	},
	'JWKS-23': async (c, bad) => {
		const r = await plain({ ...c, mutate: { ...c.mutate, sign: { alg: 'HS256', secret: 'oct' } } });
		bad.push(...r.bad);
		return r.page;
	},
	/* What an old id says joins nothing: the two stay two accounts, and the later ends the earlier's session. */
	'MIG-02': (c, bad) => migration(c, bad, 'old-1'),
	'MIG-03': (c, bad) => migration(c, bad, 'old-admin'),
	/* with an exponent of 1 the padded digest is its own signature */
	'JWKS-21': async (c, bad) => {
		const r = await plain({ ...c, mutate: { ...c.mutate, sign: { alg: 'RS256', e1: true } } });
		bad.push(...r.bad);
		return r.page;
	},
	'TEN-23': async (c, bad) => {
		const r = await plain({ ...c, mutate: { ...c.mutate, tenant: 'OFF' } });
		bad.push(...r.bad);
		/* switched off between login and launch */
		tool.cli('platform', 'approve', 'Test OFF');
		const b = new Browser(), l = await login(b, tenants.OFF);
		tool.cli('platform', 'disable', 'Test OFF');
		const page = await post(b, l, token(l));
		judge(c, page, await wayIn(b, page), bad);
		return page;
	},
};

async function migration(c, bad, old) {
	const b = new Browser(), teacher = { set: { sub: old, 'lti:roles': [MEMBER + 'Instructor'] } };
	const first = await goodLaunch(tenants.A, { claims: teacher }, b);
	need(bad, first.page.room === 'class', 'the owner of the old id did not come in');
	const g = await goodLaunch(tenants.A, { claims: c.mutate.claims }, b);
	judge(c, g.page, (await wayIn(b, g.page)).filter(w => w.open), bad);
	need(bad, g.page.room !== 'class', `the old id opened ${g.page.room}`);
	need(bad, !(await b.get(first.page.url, { from: null })).room, 'both are one account');
	return g.page;
}

async function one(c) {
	const bad = [], m = { ...c.mutate, tenant: c.mutate.tenant || c.tenant };
	c = { ...c, mutate: m };
	const way = special[c.id] || (m.flow && known(flows, m.flow));
	if (way) return { bad, page: await way(c, bad) };
	return plain(c);
}

/* ---- all of them ------------------------------------------------------------------------------------ */

let passed = 0, failed = 0;

const results = {};

function tell(c, r, error) {
	const bad = error ? [String(error.stack || error).split('\n').slice(0, 4).join(' ')] : r.bad;
	const saw = r?.page ? r.page.closed ? 'closed' : `${r.page.status} ${r.page.refused || r.page.room || ''}` : '';
	if (bad.length === 0) {
		passed++;
		console.log(`ok ${c.id}`);
	} else {
		failed++;
		console.log(`not ok ${c.id} ${c.what}\n#   ${[...new Set(bad)].join('\n#   ')}`);
	}
	results[c.id] = { ok: bad.length === 0, got: saw.trim() };
	if (process.env.SHOW) console.log(`#   ${saw.trim()}`);
}

/* What people are called and who they are must stay out of the log. */
function checkLog() {
	const log = tool.output;
	const bad = ['Sample-Person', 'robin@a.lti.test', 'user-1', 'eyJ', 'https://a.lti.test/back']
		.filter(x => log.includes(x)).map(x => `"${x}" is in the log`);
	if (!/launch-refused/.test(log)) bad.push('no refusal was logged');
	tell({ id: 'LOG', what: 'nothing personal in the log' }, { bad });
}

async function main() {
	const all = JSON.parse(readFileSync(path.join(ROOT, 'tests/data/lti_cases.json'), 'utf8'));
	const prefixes = process.argv.slice(2);
	const mine = all.filter(c => GROUPS.includes(c.group));
	const lack = mine.filter(c => NO_MEANS.includes(c.runner));
	const strange = all.filter(c => !GROUPS.includes(c.group) && !LATER.includes(c.group));
	const run = mine.filter(c => !lack.includes(c) && (!prefixes.length || prefixes.some(p => c.id.startsWith(p))));
	const dir = mkdtempSync(path.join(os.tmpdir(), 'lintel-cases-'));
	try {
		await new Promise(done => platforms.listen(0, '127.0.0.1', done));
		base = `http://127.0.0.1:${platforms.address().port}`;
		tool = await startLintel({ port: await freePort(), dir });
		if (AS) habit = await learnHabits();
		register(tool, base, `http://127.0.0.1:${await freePort()}`);
		/* the one that waits by itself runs beside the others; the one that restarts comes last */
		const late = run.find(c => c.mutate.flow === 'replay-late');
		const waiting = late && one(late).then(r => [r], e => [null, e]);
		const restarts = run.filter(c => c.runner === 'slow');
		for (const c of run.filter(x => x !== late && !restarts.includes(x)))
			await one(c).then(r => tell(c, r), e => tell(c, null, e));
		if (late) tell(late, ...await waiting);
		if (!prefixes.length) checkLog();
		for (const c of restarts) await one(c).then(r => tell(c, r), e => tell(c, null, e));
	} finally {
		await stopAll();
		platforms.closeAllConnections?.();
		platforms.close();
		rmSync(dir, { recursive: true, force: true });
	}
	for (const c of strange) tell(c, { bad: [`the runner does not know the group ${c.group}`] });
	if (process.env.LTI_RESULT) writeFileSync(process.env.LTI_RESULT, JSON.stringify(results));
	console.log(`# left to later parts: ${all.filter(c => LATER.includes(c.group)).length} cases of ${LATER.join(', ')}`);
	console.log(`# no means here: ${lack.length ? lack.map(c => c.id).join(' ') : 'none'}`);
	console.log(`# ${passed} passed, ${failed} failed`);
	process.exitCode = failed || !passed ? 1 : 0;
}

await main();
