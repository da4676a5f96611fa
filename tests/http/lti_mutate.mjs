/*
 * A valid launch with one thing changed, over HTTP: a byte of any region of the token,
 * of the state or of the browser's cookie; any claim under the old signature; claims and
 * headers that matter, signed anew by the right key. Each is refused, opens no session
 * and writes no nonce; afterwards the untouched launch still opens. The seed is printed:
 * LTI_SEED=… runs the same again, ROUNDS=… more of it.
 */
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { Browser, Page, request, startLintel } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { makeToken } from './lib/lti_token.mjs';
import { startMiniLms } from './lib/mini_lms.mjs';
import { finish, tempDir, test } from './lib/walk.mjs';

const ROUNDS = +process.env.ROUNDS || 120;
let seed = +process.env.LTI_SEED || 20261124;
console.log(`# seed ${seed}`);
const rnd = n => {	/* xorshift32 */
	seed ^= seed << 13;
	seed ^= seed >>> 17;
	seed ^= seed << 5;
	return (seed >>> 0) % n;
};

const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/', DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/';
const MEMBER = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';
const dir = tempDir('mutate'), tool = await startLintel({ port: await freePort(), dir });
const lms = await startMiniLms({ tool, name: 'Mutant' });

const TABLES = ['session', 'nonce', 'account', 'person', 'context', 'member', 'deep_link'];
function rows() {
	const sql = `SELECT ${TABLES.map(t => `(SELECT COUNT(*) FROM ${t})`)}`;
	const r = spawnSync('sqlite3', ['-readonly', path.join(dir, 'lintel.db'), sql], { encoding: 'utf8' });
	assert.equal(r.status, 0, r.stderr);
	return r.stdout.trim();
}

/* One login; its state and cookie serve every change, as an attacker's would. */
async function login() {
	const b = new Browser();
	const page = await b.post(`${tool.url}/lti/login`, { iss: lms.issuer, client_id: lms.client, login_hint: 'h',
		lti_message_hint: 'm', target_link_uri: `${tool.url}/lti/launch`, lti_deployment_id: '1' },
	{ from: lms.issuer, follow: 0 });
	const q = new URL(page.headers.location).searchParams;
	return { b, state: q.get('state'), nonce: q.get('nonce'), cookie: b.cookieHeader(tool.url) };
}

const launched = await login();
const now = Math.floor(Date.now() / 1000);
const HEAD = { alg: 'RS256', typ: 'JWT', kid: 'k1' };
const CLAIMS = {
	iss: lms.issuer, aud: lms.client, azp: lms.client, sub: 'mutant-1', iat: now, exp: now + 500, nonce: launched.nonce,
	given_name: 'M', family_name: 'Sample', name: 'M Sample', email: 'm@sample.example', locale: 'en',
	[CLAIM + 'message_type']: 'LtiDeepLinkingRequest', [CLAIM + 'version']: '1.3.0',
	[CLAIM + 'deployment_id']: '1', [CLAIM + 'target_link_uri']: `${tool.url}/lti/launch`,
	[CLAIM + 'roles']: [MEMBER + 'Instructor'],
	[CLAIM + 'context']: { id: 'c-1', label: 'C', title: 'Course', type: ['CourseSection'] },
	[CLAIM + 'launch_presentation']: { locale: 'en', return_url: `${lms.issuer}/back` },
	[CLAIM + 'custom']: { colour: 'blue' }, [CLAIM + 'lis']: { person_sourcedid: 'S-1' },
	[CLAIM + 'tool_platform']: { guid: 'g', product_family_code: 'x' },
	[DL + 'deep_linking_settings']: { deep_link_return_url: `${lms.issuer}/dl`, accept_types: ['ltiResourceLink'],
		accept_presentation_document_targets: ['iframe'], accept_multiple: true, data: 'd' },
};
const token = (c = CLAIMS, h = HEAD, key = 'A') => makeToken(h, c, { key });
const good = token();
const clean = rows();

async function send(idToken, { state = launched.state, cookie = launched.cookie } = {}) {
	const body = new URLSearchParams({ id_token: idToken, state }).toString();
	return new Page(await request('POST', `${tool.url}/lti/launch`, { 'Content-Type': 'application/x-www-form-urlencoded',
		Origin: lms.issuer, 'Sec-Fetch-Site': 'cross-site', ...(cookie ? { Cookie: cookie } : {}) }, body));
}

async function refused(what, ...how) {
	const page = await send(...how);
	assert(page.status >= 400 && page.status < 504 && page.status !== 500 && page.refused, `${what}: ${page.status} ${page.refused}`);
	assert(!page.cookies.some(c => c.startsWith('__Host-s-') && !/Max-Age=0/.test(c)), `${what}: a session`);
	return page.refused;
}

const ABC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', ODD = '=.+/ %\u00e9\u0000~"';

/* One of flip, foreign byte, insert, delete, double, cut: at a place between from and to. */
function damage(text, from, to) {
	for (;;) {
		const i = from + rnd(to - from), c = ABC[rnd(64)], k = 1 + rnd(8);
		const out = [
			() => text.slice(0, i) + c + text.slice(i + 1),
			() => text.slice(0, i) + ODD[rnd(ODD.length)] + text.slice(i + 1),
			() => text.slice(0, i) + c + text.slice(i),
			() => text.slice(0, i) + text.slice(i + k),
			() => text.slice(0, i) + text.slice(i, i + k) + text.slice(i),
			() => text.slice(0, i),
		][rnd(6)]();
		if (out !== text) return out;
	}
}

const dot1 = good.indexOf('.'), dot2 = good.lastIndexOf('.');
const regions = { header: [0, dot1], payload: [dot1 + 1, dot2], signature: [dot2 + 1, good.length], whole: [0, good.length] };
for (const [name, [from, to]] of Object.entries(regions))
	await test(`no damage to the ${name} survives`, async () => {
		const codes = new Set();
		for (let i = 0; i < ROUNDS; i++) {
			const bad = damage(good, from, to);
			codes.add(await refused(bad.slice(0, 60), bad));
		}
		return `${ROUNDS} changes of the ${name}: ${[...codes].join(' ')}`;
	});

await test('no damage to the state or to the cookie survives', async () => {
	const name = launched.cookie.indexOf('=') + 1;
	for (let i = 0; i < ROUNDS; i++) {
		await refused('state', good, { state: damage(launched.state, 0, launched.state.length).replace(/\0/g, 'x') });
		/* what a cookie header may hold at all */
		const cookie = damage(launched.cookie, name, launched.cookie.length).replace(/[^\x21-\x7e]/g, 'x');
		if (cookie !== launched.cookie) await refused('cookie', good, { cookie });
	}
	for (const cookie of ['', launched.cookie.replace('__Host-l-', '__Host-m-'), (await login()).cookie])
		await refused('cookie', good, { cookie });
	await refused('state', good, { state: (await login()).state });
	return `${2 * ROUNDS} changes`;
});

await test('no claim changes under a signature', async () => {
	const [h, , s] = good.split('.');
	let n = 0;
	for (const name of Object.keys(CLAIMS))
		for (const value of [undefined, null, 'x', 7, [], {}, CLAIMS.sub, { id: 'other' }]) {
			if (value === CLAIMS[name]) continue;
			const p = Buffer.from(JSON.stringify({ ...CLAIMS, [name]: value })).toString('base64url');
			/* who it is from and for is told apart, and no more of it is believed */
			assert.match(await refused(name, `${h}.${p}.${s}`), /^(signature|issuer|audience|azp)$/, name);
			n++;
		}
	return `${n} claims`;
});

await test('what has to be right is refused when it is wrong, whoever signs', async () => {
	const wrong = {
		iss: ['https://evil.example', `${lms.issuer}/`, lms.issuer.toUpperCase(), null, 7, [lms.issuer], undefined],
		aud: ['other', null, [], ['other'], [lms.client, 'other', 'more', 7], 7, { a: lms.client }, undefined],
		azp: ['other', 7, []], sub: [null, '', 7, {}, ['x'], 'x'.repeat(300), 'a\u0000b', 'a\nb', undefined],
		exp: [now - 4000, 0, -1, 'soon', null, 1e18, now * 1000, undefined], iat: [now + 4000, now - 4000, 'x', null, -1, undefined],
		nonce: ['other', '', null, 7, [launched.nonce], `${launched.nonce}x`, launched.nonce.slice(1), undefined],
		[CLAIM + 'version']: ['1.1', '1.3', '1.3.0 ', 1.3, null, undefined],
		[CLAIM + 'message_type']: ['LtiStartProctoring', 'ltiDeepLinkingRequest', '', null, 7, undefined],
		[CLAIM + 'deployment_id']: ['2', '', null, 1, ['1'], 'x'.repeat(300), undefined],
		[CLAIM + 'target_link_uri']: ['https://evil.example/', 'javascript:1', 7, []],
		[CLAIM + 'roles']: ['Instructor', {}, 7, [7]], [CLAIM + 'context']: ['x', [], {}, { id: 7 }, 7],
		[CLAIM + 'custom']: ['x', [], 7], [CLAIM + 'launch_presentation']: ['x', [], 7],
		[CLAIM + 'role_scope_mentor']: ['x', {}, [7]], [CLAIM + 'lis']: ['x', [], 7], [CLAIM + 'tool_platform']: ['x', [], 7],
		[DL + 'deep_linking_settings']: ['x', [], {}, null, 7, undefined],
	};
	let n = 0;
	for (const [name, values] of Object.entries(wrong))
		for (const v of values) {
			await refused(`${name} = ${JSON.stringify(v)?.slice(0, 60)}`, token({ ...CLAIMS, [name]: v }));
			n++;
		}
	await refused('another key', token(CLAIMS, HEAD, 'evil'));
	await refused('another platform\'s key', token(CLAIMS, HEAD, 'B'));
	return `${n} values`;
});

await test('a header says what was agreed, and nothing else', async () => {
	const bad = [{ alg: 'none' }, { alg: 'HS256' }, { alg: 'rs256' }, { alg: 'RS512' }, { alg: 'ES256' }, { alg: '' }, { alg: null },
		{ alg: undefined }, { alg: ['RS256'] }, { typ: 'at+jwt' }, { typ: 7 }, { kid: undefined }, { kid: '' }, { kid: 7 },
		{ kid: 'k2' }, { kid: 'K1' }, { kid: '../k1' }, { kid: "k1' OR '1'='1" }, { kid: 'x'.repeat(300) }, { jku: 'https://evil.example' },
		{ jwk: {} }, { x5u: 'x' }, { crit: ['exp'] }, { crit: [] }, { zip: 'DEF' }];
	for (const change of bad) await refused(JSON.stringify(change).slice(0, 60), token(CLAIMS, { ...HEAD, ...change }));
	return `${bad.length} headers`;
});

await test('none of it wrote a session, a nonce or a person; the untouched launch opens', async () => {
	assert.equal(rows(), clean);
	const page = await send(good);
	assert.equal(page.status, 303, page.refused);
	assert(page.cookies.some(c => c.startsWith('__Host-s-')));
	assert.notEqual(rows(), clean);
	assert.equal(await refused('twice', good), 'replay');
});

lms.stop();
await finish();
