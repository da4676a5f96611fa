/*
 * The practice LMS against what real platforms sent (tests/data/practice/), its
 * OIDC rules, its keys and its misbehaviour. Lintel takes no part: a ten-line tool
 * of this file's own answers, and node's crypto checks the signatures.
 */
import assert from 'node:assert';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Browser, ROOT, launch, prepare, request, startPractice } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { finish, test } from './lib/walk.mjs';

const PORT = await freePort(2), TOOL = PORT + 1;
const data = name => JSON.parse(readFileSync(path.join(ROOT, 'tests/data/practice', name)));
const C = 'https://purl.imsglobal.org/spec/lti/claim/';

/* ---- helpers ---------------------------------------------------------------- */

const part = (t, i) => JSON.parse(Buffer.from(t.split('.')[i], 'base64url'));

/* A tool that only passes through: the login leads to the platform, the launch is shown. */
const tool = http.createServer((q, r) => {
	let body = '';
	q.on('data', d => { body += d; });
	q.on('end', () => {
		const p = new URLSearchParams(q.method === 'POST' ? body : q.url.split('?')[1] || '');
		if (q.url.startsWith('/lti/login')) {
			const auth = p.get('iss').endsWith('/moodle') ? '/moodle/mod/lti/auth.php' :
				'/canvas/api/lti/authorize_redirect';
			r.writeHead(302, { Location: `${lms.url}${auth}?${authParams(p)}` });
			return r.end();
		}
		r.writeHead(200, { 'Content-Type': 'application/json' });
		r.end(JSON.stringify({ method: q.method, form: Object.fromEntries(p) }));
	});
});

function authParams(login, more = {}) {
	const q = new URLSearchParams({ scope: 'openid', response_type: 'id_token',
		response_mode: 'form_post', prompt: 'none', client_id: login.get('client_id'),
		redirect_uri: `${toolUrl}/lti/launch`, login_hint: login.get('login_hint'),
		lti_message_hint: login.get('lti_message_hint'), state: 'st', nonce: 'n1' });
	for (const [k, v] of Object.entries(more))
		if (v === null) q.delete(k); else q.set(k, v);
	return q;
}
const authOf = (l, more) => authParams(new URLSearchParams(l.login_params), more);

async function token(platform, person, course, opts = {}) {
	const l = await prepare(lms, new Browser(), person, course, { platform, ...opts });
	return lms.control('token', authOf(l), true);
}
const claims = async (...a) => part((await token(...a)).id_token, 1);

const CERTS = { moodle: '/moodle/mod/lti/certs.php', canvas: '/canvas/api/lti/security/jwks' };
const jwks = async platform => JSON.parse((await request('GET', lms.url + CERTS[platform])).body).keys;

async function verifies(platform, t) {
	const jwk = (await jwks(platform)).find(k => k.kid === part(t, 0).kid);
	if (!jwk || part(t, 0).alg !== 'RS256') return false;
	const [h, p, s] = t.split('.');
	return crypto.verify('sha256', Buffer.from(`${h}.${p}`),
		crypto.createPublicKey({ key: jwk, format: 'jwk' }), Buffer.from(s, 'base64url'));
}

/* The skeleton of a value: names and types, arrays by the types of what is in them. */
function shape(v, at = '') {
	if (v === null) return [`${at}: null`];
	if (Array.isArray(v)) return [...new Set([`${at}: array`, ...v.flatMap(x => shape(x, at + '[]'))])];
	if (typeof v === 'object')
		return [`${at}: object`, ...Object.keys(v).flatMap(k => shape(v[k], `${at}/${k}`))];
	return [`${at}: ${typeof v}`];
}
const sameShape = (mine, real) => assert.deepStrictEqual(shape(mine).sort(), shape(real).sort());

/* ---- begin --------------------------------------------------------------------- */

const toolUrl = `http://127.0.0.1:${TOOL}`;
await new Promise(done => tool.listen(TOOL, '127.0.0.1', done));
const lms = await startPractice({ port: PORT, tool: toolUrl });
const people = JSON.parse(lms.print('people')).people;
const who = Object.fromEntries(people.map(p => [p.key, p]));

/* ---- claims: Moodle --------------------------------------------------------------- */

const moodle = data('moodle-id-tokens.json');
const MOODLE = [
	['teacher1', 'okafor', 'grade3'], ['ta1', 'rossi', 'grade3'], ['student1', 'lina', 'grade3'],
	['parent1', 'rima', 'door1'], ['parent1', 'rima', 'grade3'], ['mgr1', 'fraser', 'grade3'],
	['admin', 'castellanos', 'grade3'],
	['parent1-with-ltisource-plugin', 'rima', 'door1', { misbehave: 'ltisource' }],
];
for (const [name, person, course, opts] of MOODLE)
	await test(`moodle claims of ${name} (${person} in ${course})`, async () => {
		const t = await token('moodle', person, course, opts), real = moodle[name];
		const c = part(t.id_token, 1);
		assert.deepStrictEqual(Object.keys(part(t.id_token, 0)), Object.keys(real.header));
		assert.match(part(t.id_token, 0).kid, /^[0-9a-f]{20}$/);
		sameShape(c, real.claims);
		if (!opts) assert.deepStrictEqual(Object.keys(c), Object.keys(real.claims));
		assert.deepStrictEqual(c[C + 'roles'], real.claims[C + 'roles']);
		assert.strictEqual(c.exp - c.iat, real.claims.exp - real.claims.iat);
		assert.deepStrictEqual(c[C + 'context'].type, ['CourseSection']);
		assert.match(c[C + 'launch_presentation'].return_url,
			/\/mod\/lti\/return\.php\?course=\d+&launch_container=3&instanceid=\d+&sesskey=\w{10}$/);
		assert.ok(await verifies('moodle', t.id_token));
	});

await test('moodle claims with no rights granted', async () => {
	const c = await claims('moodle', 'rima', 'door1', { query: { privacy: 'anonymous' } });
	const real = structuredClone(moodle['parent1-minimal-privacy-tool'].claims);
	/* That tool had other settings; what is compared is what privacy does. */
	for (const k of [C + 'custom', 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice',
		'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint']) {
		delete c[k];
		delete real[k];
	}
	sameShape(c, real);
	assert.strictEqual(c[C + 'lis'].person_sourcedid, who.rima.sis);
});

await test('moodle says nothing of a parent, the sub-plugin names the children', async () => {
	const plain = await claims('moodle', 'karim', 'door1');
	assert.ok(!(C + 'role_scope_mentor' in plain));
	const c = await claims('moodle', 'karim', 'door1', { misbehave: 'ltisource' });
	assert.deepStrictEqual(c[C + 'role_scope_mentor'], [who.lina.moodle, who.sami.moodle]);
});

/* ---- claims: Canvas ------------------------------------------------------------------ */

const canvas = data('canvas-id-tokens.json');
const CANVAS = [
	['teacher', 'okafor', 'grade3'], ['ta', 'rossi', 'grade3'], ['student', 'lina', 'grade3'],
	['designer', 'novak', 'secondary'], ['observer_two_children', 'folasade', 'nursery'],
	['observer_unpaired', 'rima', 'grade3', { misbehave: 'unpaired',
		set: { 'lis.person_sourcedid': null, 'custom.user_sis_id': null } }],
	['observer_name_only_privacy', 'folasade', 'nursery', { query: { privacy: 'name_only' } }],
	['observer_who_teaches_elsewhere', 'haile', 'secondary'],
	['teacher_and_parent_same_course', 'demir', 'secondary'],
	['teacher_student_context_card', 'okafor', 'grade3',
		{ query: { placement: 'student_context_card', about: 'lina' } }],
	['test_student_view', 'teststudent', 'grade3'],
	['account_admin_not_enrolled', 'castellanos', 'grade3'],
	['subaccount_admin_account_nav', 'fraser', 'account'],
	['observer_account_level_global_nav', 'rima', 'account'],
	['admin_masquerading_as_parent', 'rima', 'grade3', { misbehave: 'masquerade' }],
	['anonymous_public_course', 'rima', 'grade3', { misbehave: 'anonymous_visitor' }],
];
for (const [name, person, course, opts] of CANVAS)
	await test(`canvas claims of ${name} (${person} in ${course})`, async () => {
		const t = await token('canvas', person, course, opts), real = canvas[name];
		const c = part(t.id_token, 1), custom = c[C + 'custom'], theirs = real[C + 'custom'];
		sameShape(c, real);
		assert.deepStrictEqual(c[C + 'roles'], real[C + 'roles']);
		for (const k of ['canvas_roles', 'is_root_admin', 'student_view', 'enrollment_state'])
			assert.deepStrictEqual(custom[k], theirs[k], k);
		for (const [k, v] of Object.entries(theirs))
			if (typeof v === 'string' && v.startsWith('$')) assert.strictEqual(custom[k], v);
		assert.strictEqual(c['https://www.instructure.com/placement'],
			real['https://www.instructure.com/placement']);
		assert.deepStrictEqual(c[C + 'context'].type, real[C + 'context'].type);
		assert.strictEqual(c[C + 'resource_link'].id, c[C + 'context'].id);
		assert.strictEqual(c.exp - c.iat, 3600);
		assert.match(part(t.id_token, 0).kid, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
		assert.ok(await verifies('canvas', t.id_token));
	});
await test('every recorded token has its persona', () => {
	const missing = (all, list) => Object.keys(all).filter(k => !list.some(x => x[0] === k));
	assert.deepStrictEqual(missing(canvas, CANVAS), []);
	assert.deepStrictEqual(missing(moodle, MOODLE), ['parent1-minimal-privacy-tool']);
});

await test('canvas observees and role_scope_mentor are subs of the children', async () => {
	const subs = [who.taiwo.canvas, who.kehinde.canvas];
	const c = await claims('canvas', 'folasade', 'nursery');
	assert.deepStrictEqual(c[C + 'role_scope_mentor'], subs);
	assert.strictEqual(c[C + 'custom'].observees, subs.join(','));
	assert.strictEqual(c[C + 'custom'].observee_sis_ids, `${who.taiwo.sis},${who.kehinde.sis}`);
	assert.strictEqual((await claims('canvas', 'taiwo', 'nursery')).sub, subs[0]);
	const m = await claims('canvas', 'folasade', 'nursery', { misbehave: 'merged_child' });
	assert.notStrictEqual(m[C + 'role_scope_mentor'][0], subs[0]);
	assert.strictEqual(m[C + 'custom'].observees, subs.join(','));
});

await test('locales come in the codes of each platform', async () => {
	const of = async (...a) => (await claims(...a))[C + 'launch_presentation'].locale;
	assert.strictEqual(await of('moodle', 'marcia', 'door1'), 'pt_br');
	assert.strictEqual(await of('canvas', 'marcia', 'grade3'), 'pt-BR');
	assert.strictEqual(await of('canvas', 'mette', 'secondary'), 'da-x-k12');
	assert.strictEqual(await of('canvas', 'rima', 'grade3'), 'ar');
});

/* ---- OIDC: Moodle ------------------------------------------------------------------------ */

const CHANGE = {	/* recorded case → what is different in the request */
	'no prompt': { prompt: null }, 'prompt=login': { prompt: 'login' },
	'no response_mode': { response_mode: null }, 'response_mode=query': { response_mode: 'query' },
	'no nonce': { nonce: null }, 'no state': { state: null },
	'scope=openid email': { scope: 'openid email' }, 'no scope': { scope: null },
	'response_type=code': { response_type: 'code' }, 'wrong client_id': { client_id: 'nobody' },
	'redirect_uri not registered': { redirect_uri: 'http://127.0.0.1:1/lti/launch' },
	'redirect_uri + query': { redirect_uri: `${toolUrl}/lti/launch?x=1` },
	'wrong login_hint': { login_hint: '4711' }, 'no lti_message_hint': { lti_message_hint: null },
	'garbage lti_message_hint': { lti_message_hint: 'garbage' },
	'unknown launchid': { lti_message_hint: '{"cmid":13,"launchid":"ltilaunch2_1"}' },
	'lti_storage_target passed': { lti_storage_target: '_parent' },
};
const AUTH = () => `${lms.url}/moodle/mod/lti/auth.php`;
let first;	/* the launch that "replay 2" uses again */
for (const real of data('moodle-auth-cases.json').filter(x => x.method))
	await test(`moodle auth.php: ${real.case}`, async () => {
		const b = new Browser();
		const l = real.case.startsWith('replay 2') ? first : await prepare(lms, b, 'lina', 'grade3');
		if (real.case.startsWith('replay 1')) first = { ...l, b };
		const q = authOf(l, CHANGE[real.case]);
		const jar = real.case.startsWith('not logged in') ? new Browser() : l.b || b;
		if (real.case.endsWith('repost=1')) q.set('repost', '1');
		const page = real.method === 'POST' ? await jar.post(AUTH(), q) : await jar.get(`${AUTH()}?${q}`);
		assert.strictEqual(page.status, real.status);
		if (!real.form) {
			assert.match(page.body, new RegExp(real.html_error));
			assert.strictEqual(page.forms().length, 0);
			return;
		}
		const got = Object.fromEntries(page.form().fields);
		assert.deepStrictEqual(Object.keys(got).sort(), Object.keys(real.form).sort());
		for (const k of ['error', 'error_description', 'state', 'repost'])
			assert.strictEqual(got[k], real.form[k], k);
		if (got.repost === undefined) assert.strictEqual(page.form().action, `${toolUrl}/lti/launch`);
		else assert.match(page.form().action, /^\/moodle\/mod\/lti\/auth\.php/);
	});

await test('moodle: the repost with a cookie goes on', async () => {
	const b = new Browser(), bare = new Browser(), l = await prepare(lms, b, 'lina', 'grade3');
	const page = await bare.get(`${AUTH()}?${authOf(l)}`);
	bare.cookies = b.cookies;
	assert.ok((await bare.submit(page, 'repostForm')).form().value('id_token'));
});

await test('moodle: somebody else who is signed in is refused', async () => {
	const other = new Browser(), l = await prepare(lms, new Browser(), 'lina', 'grade3');
	await prepare(lms, other, 'tomas', 'grade3');
	const page = await other.get(`${AUTH()}?${authOf(l)}`);
	assert.strictEqual(page.form().value('error'), 'access_denied');
});

await test('moodle: who is not enrolled is led away', async () => {
	const b = new Browser(), l = await prepare(lms, b, 'lina', 'secondary');
	const page = await b.get(`${AUTH()}?${authOf(l)}`, { follow: 0 });
	assert.strictEqual(page.status, 303);
	assert.match(page.headers.location, /\/enrol\/index\.php\?id=4$/);
});

await test('moodle: login initiation as recorded, also when nobody is signed in', async () => {
	const real = data('login-and-answers.json').moodle;
	const page = await new Browser().get(`${lms.url}/moodle/mod/lti/launch.php?id=13&as=okafor`);
	const f = page.form('ltiInitiateLoginForm'), got = Object.fromEntries(f.fields);
	assert.deepStrictEqual(Object.keys(got), Object.keys(real));
	assert.strictEqual(f.method, 'post');
	assert.match(got.lti_message_hint, /^\{"cmid":13,"launchid":"ltilaunch\d+_\d+"\}$/);
	const out = await new Browser().get(`${lms.url}/moodle/mod/lti/launch.php?id=13`);
	assert.strictEqual(out.form().value('login_hint'), '0');
});

/* ---- OIDC: Canvas ---------------------------------------------------------------------------- */

const answers = data('login-and-answers.json').canvas_answers;
async function canvasAuth(change, { jar, l, post } = {}) {
	const b = new Browser();
	l ??= await prepare(lms, b, 'lina', 'grade3', { platform: 'canvas' });
	const q = authOf(l, change), url = `${lms.url}/canvas/api/lti/authorize_redirect`;
	const page = post ? await (jar || b).post(url, q) : await (jar || b).get(`${url}?${q}`);
	return { page, b, l };
}
const saysError = (page, i) => assert.deepStrictEqual(Object.fromEntries(page.form().fields),
	{ ...answers.errors[i], state: 'st' });

await test('canvas: login initiation as recorded', async () => {
	const l = await prepare(lms, new Browser(), 'lina', 'grade3', { platform: 'canvas' });
	assert.deepStrictEqual(Object.keys(l.login_params),
		Object.keys(data('login-and-answers.json').canvas));
	assert.match(l.login_params.login_hint, /^[0-9a-f]{40}$/);
	assert.match(l.login_params.deployment_id, /^4:[0-9a-f]{40}$/);
	assert.strictEqual(l.login_params.lti_message_hint.split('.').length, 3);
});
for (const post of [false, true])
	await test(`canvas: ${post ? 'POST' : 'GET'} goes by a second address, recorded fields`, async () => {
		const { page } = await canvasAuth({}, { post });
		assert.deepStrictEqual(page.trail.map(x => new URL(x[1]).pathname),
			['/canvas/api/lti/authorize_redirect', '/canvas/district/api/lti/authorize']);
		assert.deepStrictEqual(page.form().fields.map(f => f[0]).sort(), Object.keys(answers.ok).sort());
		assert.strictEqual(page.form().action, `${toolUrl}/lti/launch`);
	});
await test('canvas: a missing parameter', async () =>
	saysError((await canvasAuth({ nonce: null })).page, 0));
await test('canvas: prompt is required too', async () =>
	assert.match((await canvasAuth({ prompt: null })).page.form().value('error_description'),
		/missing: prompt$/));
await test('canvas: a wrong scope', async () =>
	saysError((await canvasAuth({ scope: 'openid email' })).page, 1));
await test('canvas: nobody signed in', async () =>
	saysError((await canvasAuth({}, { jar: new Browser() })).page, 2));
await test('canvas: another client', async () =>
	saysError((await canvasAuth({ client_id: '1' })).page, 3));
await test('canvas: the hint works once', async () => {
	const { page, b, l } = await canvasAuth({});
	assert.ok(page.form().value('id_token'));
	saysError((await canvasAuth({}, { jar: b, l })).page, 4);
});
await test('canvas: a foreign address or hint is never posted to', async () => {
	for (const change of [{ redirect_uri: 'http://127.0.0.1:1/x' }, { lti_message_hint: 'a.b.c' }]) {
		const { page } = await canvasAuth(change);
		assert.strictEqual(page.status, 400);
		assert.strictEqual(page.forms().length, 0);
	}
});
await test('canvas: no state is fine', async () =>
	assert.ok((await canvasAuth({ state: null })).page.form().value('id_token')));

/* ---- the whole way, and pages -------------------------------------------------------------------- */

for (const platform of ['moodle', 'canvas'])
	await test(`${platform}: a launch through the client`, async () => {
		const page = await launch(lms, new Browser(), 'okafor', 'grade3', { platform });
		const got = page.json();
		assert.strictEqual(got.method, 'POST');
		assert.strictEqual(got.form.state, 'st');
		assert.strictEqual(part(got.form.id_token, 1).nonce, 'n1');
		assert.ok(await verifies(platform, got.form.id_token));
	});

await test('course pages frame the tool and offer a window', async () => {
	const m = await new Browser().get(`${lms.url}/moodle/mod/lti/view.php?id=13&as=okafor`);
	assert.match(m.body,
		/<iframe id="contentframe"[^>]*src="\/moodle\/mod\/lti\/launch\.php\?id=13&amp;as=okafor"/);
	assert.match(m.link('Open in a new window').href, /container=window$/);
	const c = await new Browser().get(`${lms.url}/canvas/courses/4702/external_tools/4?as=rima`);
	assert.match(c.body, /<iframe name="tool_content"/);
	assert.match(c.body, /<iframe name="post_message_forwarding"/);
	assert.strictEqual(c.form('tool_form').target, 'tool_content');
	assert.strictEqual(c.form('tool_form').action, `${toolUrl}/lti/login`);
});

await test('the picker names people, its links work, nothing comes from outside', async () => {
	const p = await new Browser().get(`${lms.url}/`), seen = new Set();
	for (const w of ['Open as Ms Okafor teacher of Grade 3', 'Open as Mr Karim Haddad father of Lina and Sami',
		'but in no roster', 'a court order bars him'])
		assert.ok(p.text.includes(w), w);
	for (const m of p.body.matchAll(/(?:src|href)="([^"]*)"/g)) assert.match(m[1], /^(\/(?!\/)|data:)/);
	for (const l of p.links().filter(x => x.href.includes('as='))) {
		if (seen.has(l.href)) continue;
		seen.add(l.href);
		assert.strictEqual((await request('GET', lms.url + l.href)).status, 200, l.href);
	}
	assert.ok(seen.size > 200, String(seen.size));
});

/* ---- keys ------------------------------------------------------------------------------------------ */

await test('canvas keeps three keys and a token survives one rotation', async () => {
	const kids = async () => (await jwks('canvas')).map(k => k.kid);
	const before = await kids(), t = (await token('canvas', 'lina', 'grade3')).id_token;
	assert.strictEqual(before.length, 3);
	assert.strictEqual(part(t, 0).kid, before[1]);
	await lms.control('rotate', { platform: 'canvas' }, true);
	assert.deepStrictEqual((await kids()).slice(0, 2), before.slice(1));
	assert.ok(await verifies('canvas', t));
	const u = (await token('canvas', 'lina', 'grade3')).id_token;
	assert.strictEqual(part(u, 0).kid, before[2]);
	assert.ok(await verifies('canvas', u));
	await lms.control('rotate', { platform: 'canvas' }, true);
	assert.ok(!await verifies('canvas', t));
});
await test('moodle has one key; a new one replaces it', async () => {
	const t = (await token('moodle', 'lina', 'grade3')).id_token;
	assert.ok(await verifies('moodle', t));
	const { keys } = await lms.control('rotate', { platform: 'moodle' }, true);
	assert.strictEqual(keys.length, 1);
	assert.deepStrictEqual(Object.keys(keys[0]),
		Object.keys(data('login-and-answers.json').moodle_jwks.keys[0]));
	assert.ok(!await verifies('moodle', t));
});

/* ---- misbehaviour ------------------------------------------------------------------------------------- */

const mis = (name, platform = 'moodle') => token(platform, 'lina', 'grade3', { misbehave: name });
const now = () => Date.now() / 1000;
const TWISTED = {
	expired: c => c.exp < now(), future: c => c.iat > now() + 3600, no_exp: c => !('exp' in c),
	no_iat: c => !('iat' in c), float_time: c => !Number.isInteger(c.exp),
	wrong_nonce: c => c.nonce !== undefined && c.nonce !== 'n1', no_nonce: c => !('nonce' in c),
	wrong_aud: c => c.aud === 'another-client',
	aud_array: c => c.aud.length === 2 && c.azp === c.aud[1],
	wrong_azp: c => c.azp === 'another-client', wrong_iss: c => !c.iss.startsWith(lms.url),
	unknown_deployment: c => c[C + 'deployment_id'] === '99',
	no_deployment: c => !(C + 'deployment_id' in c), no_sub: c => !('sub' in c),
	no_names: c => !('name' in c), null_names: c => c.name === null,
	no_roles: c => !(C + 'roles' in c), empty_roles: c => c[C + 'roles']?.length === 0,
	bad_version: c => c[C + 'version'] === '1.1',
	bad_message_type: c => c[C + 'message_type'] === 'LtiStartProctoring',
	foreign_target: c => !c[C + 'target_link_uri'].startsWith(toolUrl),
	huge_token: c => c.padding?.length > 200000,
};
for (const [name, holds] of Object.entries(TWISTED))
	await test(`misbehave=${name}`, async () => {
		const t = (await mis(name)).id_token;
		assert.ok(holds(part(t, 1)));
		assert.ok(await verifies('moodle', t), 'still well signed');
		assert.ok(!holds(await claims('moodle', 'lina', 'grade3')), 'only when asked');
	});
const BROKEN = {
	alg_none: t => part(t, 0).alg === 'none' && t.endsWith('.'), hs256: t => part(t, 0).alg === 'HS256',
	bad_signature: t => part(t, 0).alg === 'RS256', wrong_key: t => part(t, 0).alg === 'RS256',
	unknown_kid: t => part(t, 0).kid === '00000000000000000000', no_kid: t => !('kid' in part(t, 0)),
};
for (const [name, holds] of Object.entries(BROKEN))
	await test(`misbehave=${name}`, async () => {
		const t = (await mis(name)).id_token;
		assert.ok(holds(t));
		assert.ok(!await verifies('moodle', t));
	});
await test('misbehave=hs256 uses the published key as the secret', async () => {
	const [h, p, s] = (await mis('hs256')).id_token.split('.');
	const pem = crypto.createPublicKey({ key: (await jwks('moodle'))[0], format: 'jwk' })
		.export({ type: 'spki', format: 'pem' });
	assert.strictEqual(crypto.createHmac('sha256', pem).update(`${h}.${p}`).digest('base64url'), s);
});
await test('misbehave=duplicate_claim', async () => {
	const raw = Buffer.from((await mis('duplicate_claim')).id_token.split('.')[1], 'base64url');
	assert.strictEqual(raw.toString().match(/"sub":/g).length, 2);
});
await test('misbehave on the way: state, form, method, hint, storage', async () => {
	assert.notStrictEqual((await mis('wrong_state')).state, 'st');
	assert.ok(!('state' in await mis('no_state')));
	assert.strictEqual((await mis('stale_hint')).$status, 404);
	assert.strictEqual((await mis('stale_hint', 'canvas')).error, 'launch_no_longer_valid');
	assert.ok('lti_storage_target' in await mis('', 'canvas'));
	assert.ok(!('lti_storage_target' in await mis('no_storage', 'canvas')));
	const page = await launch(lms, new Browser(), 'okafor', 'grade3', { misbehave: 'login_get' });
	assert.strictEqual(page.json().form.state, 'st');
	const twice = await launch(lms, new Browser(), 'okafor', 'grade3',
		{ misbehave: 'duplicate_post', until: 'auth' });
	assert.deepStrictEqual(twice.forms().map(f => f.target), ['twin', undefined]);
	assert.strictEqual(twice.form(0).value('id_token'), twice.form(1).value('id_token'));
});
await test('misbehave=masquerade and no_junk', async () => {
	const c = part((await mis('masquerade', 'canvas')).id_token, 1);
	assert.strictEqual(c[C + 'custom'].masquerading_user_id, who.castellanos.canvasId);
	const t = (await mis('no_junk', 'canvas')).id_token;
	assert.ok(!JSON.stringify(part(t, 1)).includes('validation_context'));
});
await test('standing misbehaviour of the key set', async () => {
	const get = () => request('GET', lms.url + CERTS.moodle);
	const set = s => lms.control('misbehave', { platform: 'moodle', set: s }, true);
	assert.deepStrictEqual(await set('jwks_down'), { standing: ['jwks_down'] });
	assert.strictEqual((await get()).status, 503);
	await set('jwks_redirect');
	assert.strictEqual((await get()).status, 302);
	await set('jwks_html');
	assert.match((await get()).body, /^<!DOCTYPE html>/);
	await set('jwks_huge');
	assert.ok((await get()).body.length > 4e6);
	await set('jwks_empty');
	assert.deepStrictEqual(await jwks('moodle'), []);
	await set('');
	assert.strictEqual((await jwks('moodle')).length, 1);
	assert.ok((await lms.control('stats')).jwks.moodle > 5);
});
await test('standing misbehaviour reaches launches and reset ends it', async () => {
	await lms.control('misbehave', { platform: 'moodle', set: 'no_sub' }, true);
	assert.ok(!('sub' in await claims('moodle', 'lina', 'grade3')));
	await lms.control('reset', {}, true);
	assert.ok('sub' in await claims('moodle', 'lina', 'grade3'));
});
await test('set and unset reach any claim', async () => {
	const c = await claims('moodle', 'lina', 'grade3', { unset: ['email', 'lis.person_sourcedid'],
		set: { roles: ['Learner'], 'custom.tz': 'Asia/Tokyo', name: 'A "B" <c>',
			[C + 'context']: { id: 'x' } } });
	assert.deepStrictEqual(c[C + 'roles'], ['Learner']);
	assert.strictEqual(c[C + 'custom'].tz, 'Asia/Tokyo');
	assert.strictEqual(c.name, 'A "B" <c>');
	assert.deepStrictEqual(c[C + 'context'], { id: 'x' });
	assert.ok(!('email' in c) && !('person_sourcedid' in c[C + 'lis']));
});
await test('a wish that means nothing is refused', async () => {
	for (const q of [{ platform: 'sakai' }, { platform: 'moodle', person: 'nobody' },
		{ platform: 'moodle', person: 'lina', course: 'nowhere' },
		{ platform: 'canvas', person: 'rima', course: 'door1' },
		{ platform: 'moodle', person: 'lina', misbehave: 'nonsense' },
		{ platform: 'moodle', person: 'teststudent' }])
		assert.strictEqual((await lms.control('launch', q)).$status, 400, JSON.stringify(q));
});

/* ---- the school ----------------------------------------------------------------------------------------- */

const roster = lms.print('roster');
const count = re => (roster.match(re) || []).length;
await test('the roster holds the school', () => {
	const kinds = k => people.filter(p => p.kind === k).length;
	assert.deepStrictEqual([kinds('pupil'), kinds('guardian'), kinds('staff')], [40, 55, 8]);
	assert.strictEqual(count(/<person>/g), 40 + 55 + 8 + 1);
	assert.strictEqual(count(/<group>/g), 3);
	assert.strictEqual(count(/<ptp:guardian /g), people.reduce((n, p) => n + p.children.length, 0));
	assert.strictEqual(count(/access="none"/g), 2);
	assert.ok(!roster.includes('roletype="06"'));
	assert.ok(!roster.includes('Ashdown'), 'the stranger is in no roster');
});
await test('every id of the roster is known and single', () => {
	const ids = [...roster.matchAll(/<person>\s*<sourcedid><source>SIS<\/source><id>([^<]+)/g)]
		.map(m => m[1]);
	assert.strictEqual(new Set(ids).size, ids.length);
	for (const re of [/<ptp:guardian source="SIS" id="([^"]+)"/g,
		/<member>\s*<sourcedid><source>SIS<\/source><id>([^<]+)/g])
		for (const m of roster.matchAll(re)) assert.ok(ids.includes(m[1]), m[1]);
});
await test('people are as the design wants them', () => {
	for (const k of ['sis', 'moodle', 'canvas', 'key']) {
		const all = people.map(p => p[k]).filter(Boolean);
		assert.strictEqual(new Set(all).size, all.length, k);
	}
	for (const p of people)
		assert.match(p.canvas, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
	assert.ok(new Set(people.filter(p => p.kind === 'guardian').map(p => p.language)).size >= 6);
	assert.ok(people.some(p => /[\u{10000}-\u{10ffff}]/u.test(p.name)), 'a name beyond the BMP');
	assert.ok(people.some(p => p.kind === 'pupil' && p.family === ''), 'a mononym');
	assert.ok(people.some(p => p.name.length > 100), 'a very long name');
	assert.deepStrictEqual(who.demir.courses.secondary, ['teacher', 'guardian']);
	const homes = k => new Set(people.filter(p => p.children.some(c => c.child === k))
		.map(p => p.household)).size;
	assert.deepStrictEqual([homes('thordis'), homes('lina')], [2, 1]);
	assert.ok('nursery' in who.rima.courses && 'grade3' in who.rima.courses);
});
await test('the printed commands name both platforms', () => {
	const lines = lms.print('config', ['--tenant', 'X']).trim().split('\n');
	assert.strictEqual(lines.length, 2);
	for (const l of lines)
		assert.match(l, /^lintel platform add --name '.*--issuer http:\/\/localhost:\d+\/(moodle|canvas) .*--tenant 'X'$/);
});

await test('it stops when asked, with nothing to complain of', async () =>
	assert.strictEqual(await lms.stop(), 0, lms.output));

tool.closeAllConnections();
tool.close();
await finish();
