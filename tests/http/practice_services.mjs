/*
 * The practice LMS's token endpoints and membership lists against the recorded
 * ones. This file plays the tool: it publishes a key and signs assertions.
 */
import assert from 'node:assert';
import crypto from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { ROOT, request, startPractice } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { finish, test } from './lib/walk.mjs';

const PORT = await freePort(2), TOOL = PORT + 1;
const data = name => JSON.parse(readFileSync(path.join(ROOT, 'tests/data/practice', name)));
const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly';
const MEDIA = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/* ---- the tool --------------------------------------------------------------------- */

const key = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const stray = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...key.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
let fetched = 0, publish = true;
const tool = http.createServer((q, r) => {
	fetched++;
	r.writeHead(publish ? 200 : 503, { 'Content-Type': 'application/json' });
	r.end(publish ? JSON.stringify({ keys: [jwk] }) : 'down');
});
await new Promise(done => tool.listen(TOOL, '127.0.0.1', done));
const lms = await startPractice({ port: PORT, tool: `http://127.0.0.1:${TOOL}` });
const TOKEN = { moodle: `${lms.url}/moodle/mod/lti/token.php`, canvas: `${lms.url}/canvas/login/oauth2/token` };
const CLIENT = { moodle: 'practice-moodle', canvas: '10000000000004' };
const now = () => Math.floor(Date.now() / 1000);

function assertion(platform, { claims = {}, kid = 'k1', signer = key } = {}) {
	const b = o => Buffer.from(JSON.stringify(o)).toString('base64url');
	const all = { iss: CLIENT[platform], sub: CLIENT[platform], aud: TOKEN[platform], iat: now() - 5,
		exp: now() + 300, jti: crypto.randomUUID(), ...claims };
	for (const k of Object.keys(all)) if (all[k] === null) delete all[k];
	const text = `${b({ alg: 'RS256', typ: 'JWT', ...(kid ? { kid } : {}) })}.${b(all)}`;
	return `${text}.${crypto.sign('sha256', Buffer.from(text), signer.privateKey).toString('base64url')}`;
}
function ask(platform, { form = {}, ...how } = {}) {
	const q = { grant_type: 'client_credentials', client_assertion_type: ASSERTION,
		client_assertion: assertion(platform, how), scope: NRPS, ...form };
	for (const k of Object.keys(q)) if (q[k] === null) delete q[k];
	return request('POST', TOKEN[platform], {}, new URLSearchParams(q).toString());
}
const bearer = async platform => JSON.parse((await ask(platform)).body).access_token;
const read = (url, token, accept = MEDIA) => request('GET', url, { ...(token ? { Authorization: `Bearer ${token}` } : {}),
	...(accept ? { Accept: accept } : {}) });

function shape(v, at = '') {
	if (v === null) return [`${at}: null`];
	if (Array.isArray(v)) return [...new Set([`${at}: array`, ...v.flatMap(x => shape(x, at + '[]'))])];
	if (typeof v === 'object')
		return [`${at}: object`, ...Object.keys(v).flatMap(k => shape(v[k], `${at}/${k}`))];
	return [`${at}: ${typeof v}`];
}
const sameShape = (mine, real) => assert.deepStrictEqual(shape(mine).sort(), shape(real).sort());

/* ---- tokens: Moodle ------------------------------------------------------------------ */

const HOW = {	/* recorded case → what is different */
	'one known + one unknown scope': { form: { scope: `${NRPS} https://x.example/y` } },
	'unknown scope': { form: { scope: 'https://x.example/y' } }, 'openid scope': { form: { scope: 'openid' } },
	'no scope': { form: { scope: null } }, 'bad grant': { form: { grant_type: 'password' } },
	'bad assertion type': { form: { client_assertion_type: 'x' } },
	'malformed assertion': { form: { client_assertion: 'a.b.c' } },
	'unknown client': { claims: { iss: 'nobody', sub: 'nobody' } }, expired: { claims: { exp: now() - 10 } },
	'iat in future 5min': { claims: { iat: now() + 300 } }, 'no exp': { claims: { exp: null } },
	'no iat': { claims: { iat: null } }, 'no jti': { claims: { jti: null } },
	'replay jti 1st': { claims: { jti: 'same' } }, 'replay jti 2nd': { claims: { jti: 'same' } },
	'wrong aud': { claims: { aud: 'https://elsewhere.example' } }, 'aud = issuer': { claims: { aud: `${lms.url}/moodle` } },
	'aud array': { claims: { aud: [TOKEN.moodle, 'x'] } }, 'iss differs from sub': { claims: { iss: 'x' } },
	'no kid': { kid: null }, 'wrong kid': { kid: 'k2' }, 'wrong key': { signer: stray },
};
for (const real of data('moodle-token-cases.json'))
	await test(`moodle token: ${real.case}`, async () => {
		const r = real.case === 'GET' ? await request('GET', `${TOKEN.moodle}?grant_type=client_credentials`) :
			real.case === 'json body' ? await request('POST', TOKEN.moodle, { 'Content-Type': 'application/json' }, '{}') :
				await ask('moodle', HOW[real.case]);
		const same = s => s.replace(/"[0-9a-f]{32}"/, '"…"').replace(/prior to [^"]+/, 'prior to …');
		assert.deepStrictEqual([r.status, r.headers['content-type'], same(r.body)],
			[real.status, real.type, same(real.body)]);
	});
await test('moodle token: a tool without a key set meets HTML and 404', async () => {
	publish = false;
	const r = await ask('moodle');
	publish = true;
	assert.strictEqual(r.status, 404);
	assert.match(r.body, /^<!DOCTYPE html>/);
});

/* ---- tokens: Canvas --------------------------------------------------------------------- */

const canvas = data('canvas-nrps.json');
await test('canvas token: granted, with the recorded members', async () => {
	const before = fetched, r = await ask('canvas');
	assert.strictEqual(r.status, 200, r.body);
	sameShape(JSON.parse(r.body), canvas.token.response_200);
	await ask('canvas');
	assert.strictEqual(fetched, before + 2, 'the key set is fetched each time');
});
const REFUSED = [
	[{ claims: { aud: `${TOKEN.canvas}/` } }, "the 'aud' is invalid"], [{ signer: stray }, 'JWS signature invalid.'],
	[{ claims: { iat: now() - 400 } }, "the 'iat' must be less than 300 seconds old"],
	[{ claims: { jti: null } }, 'the following assertions are missing: jti'],
];
await test('canvas token: refused as recorded', async () => {
	assert.deepStrictEqual(REFUSED.map(x => x[1]), canvas.token.response_400_examples.map(x => x.error_description));
	for (const [how, says] of REFUSED) {
		const r = await ask('canvas', how);
		assert.deepStrictEqual([r.status, JSON.parse(r.body)], [400, { error: 'invalid_request', error_description: says }]);
	}
	assert.strictEqual((await ask('canvas', { claims: { aud: [TOKEN.canvas] } })).status, 200);
	assert.strictEqual((await ask('canvas', { claims: { iat: now() + 60 } })).status, 400);
});

/* ---- members: Moodle ------------------------------------------------------------------------ */

const M = `${lms.url}/moodle/mod/lti/services.php/CourseSection/3/bindings/1/memberships`;
const all = JSON.parse((await read(M, await bearer('moodle'))).body).members;
for (const real of data('moodle-nrps-cases.json'))
	await test(`moodle members: ${real.case}`, async () => {
		const url = real.request.replace('https://moodle.example/mod', `${lms.url}/moodle/mod`)
			.replace('CourseSection/2/', 'CourseSection/3/').replace('rlid=1', 'rlid=2');
		const token = real.case === 'no token' ? null : real.case === 'bad token' ? 'x' : await bearer('moodle');
		const r = await read(url, token, real.accept === 'application/vnd.ims.lis.v2.membershipcontainer+json' ? MEDIA : real.accept);
		assert.strictEqual(r.status, real.status, r.body);
		assert.strictEqual(r.headers['content-type'], real.headers['content-type']);
		const body = JSON.parse(r.body);
		if (real.status !== 200) return sameShape(body, real.body);
		if (real.headers.link && real.members < 9) {
			assert.strictEqual(body.members.length, real.members);
			assert.match(r.headers.link, /^<[^>]+\?limit=\d+&from=\d+>; rel="next"$/);
			assert.ok(!r.headers.link.includes('role='), 'the next link loses the role');
		}
		if (real.body && real.case === 'all') sameShape(body.members[0], real.body.members[0]);
		if (real.case.startsWith('rlid')) assert.ok(body.members.every(m => 'message' in m));
	});
await test('moodle members: a walk by pages meets everybody once, teachers by short role', async () => {
	const token = await bearer('moodle'), seen = [];
	for (let url = `${M}?limit=7`; url;) {
		const r = await read(url, token);
		seen.push(...JSON.parse(r.body).members.map(m => m.user_id));
		url = /<([^>]+)>; rel="next"/.exec(r.headers.link || '')?.[1];
	}
	assert.deepStrictEqual(seen, all.map(m => m.user_id));
	const role = n => all.find(m => m.ext_user_username === n)?.roles;
	assert.deepStrictEqual([role('okafor'), role('rossi'), role('rima'), role('castellanos')],
		[['Instructor'], ['Learner'], ['Learner'], undefined]);
	assert.ok(all.some(m => m.ext_user_username === 'stranger' && m.lis_person_sourcedid === ''));
	const count = async q => JSON.parse((await read(`${M}?role=${q}`, token)).body).members.length;
	assert.strictEqual(await count('Instructor') + await count('Learner'), all.length);
	assert.strictEqual(await count('Mentor'), all.length);
});

/* ---- members: Canvas ------------------------------------------------------------------------- */

const V = `${lms.url}/canvas/api/lti/courses/4702/names_and_roles`;
const links = r => Object.fromEntries([...r.headers.link.matchAll(/<([^>]+)>; rel="(\w+)"/g)].map(m => [m[2], m[1]]));
await test('canvas members: shape, Link header, page of fifty at most', async () => {
	const token = await bearer('canvas'), r = await read(`${V}?limit=4`, token);
	assert.strictEqual(r.headers['content-type'], `${MEDIA}; charset=utf-8`);
	const body = JSON.parse(r.body);
	sameShape(body.members[0], canvas.page1.members[0]);
	assert.deepStrictEqual(Object.keys(links(r)), Object.keys(links({ headers: { link: canvas.link1 } })));
	const second = await read(links(r).next, token);
	assert.deepStrictEqual(Object.keys(links(second)).filter(k => k !== 'next'),
		Object.keys(links({ headers: { link: canvas.link2 } })));
	await lms.control('crowd', { n: 120 }, true);
	const seen = [];
	for (let url = `${V}?limit=500`; url;) {
		const x = await read(url, token);
		const page = JSON.parse(x.body).members;
		assert.ok(page.length <= 50);
		seen.push(...page.map(m => m.user_id));
		url = links(x).next;
	}
	await lms.control('crowd', { n: 0 }, true);
	assert.ok(seen.length > 150 && new Set(seen).size === seen.length);
});
await test('canvas members: roles, families untied, literal variables with rlid', async () => {
	const token = await bearer('canvas');
	const list = JSON.parse((await read(V, token)).body).members;
	const rima = list.find(m => m.name === 'Rima Haddad');
	assert.deepStrictEqual(rima.roles, ['http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor']);
	assert.ok(!JSON.stringify(rima).includes('observee'));
	const id = JSON.parse((await read(V, token)).body).context.id;
	const with_ = JSON.parse((await read(`${V}?rlid=${id}`, token)).body).members.find(m => m.name === 'Rima Haddad');
	sameShape(with_, canvas.with_rlid.members[0]);
	assert.strictEqual(with_.message[0]['https://purl.imsglobal.org/spec/lti/claim/custom'].observees,
		'$com.instructure.User.observees');
	const only = async r => JSON.parse((await read(`${V}?role=${encodeURIComponent(r)}`, token)).body).members.length;
	assert.strictEqual(await only('http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'), 15);
	assert.strictEqual(await only('Learner'), 0);
});
await test('canvas members: errors as recorded', async () => {
	const token = await bearer('canvas'), says = async (url, t) => {
		const r = await read(url, t);
		return { http: r.status, body: JSON.parse(r.body) };
	};
	const real = m => canvas.errors.find(e => e.body.errors.message === m);
	assert.deepStrictEqual(await says(V), real('Missing access token'));
	assert.deepStrictEqual(await says(V, 'x'), real('Invalid Developer Key'));
	assert.deepStrictEqual(await says(V.replace('4702', '999'), token), real('Context not found'));
	assert.strictEqual((await says(`${V}?rlid=x`, token)).body.errors.message,
		'Tool does not have access to rlid or rlid does not exist');
	await lms.control('misbehave', { platform: 'canvas', set: 'token_expired' }, true);
	assert.deepStrictEqual(await says(V, token), real('Access token expired'));
	await lms.control('misbehave', { platform: 'canvas', set: 'nrps_throttled' }, true);
	assert.strictEqual((await says(V, token)).http, 403);
	await lms.control('misbehave', { platform: 'canvas', set: 'nrps_no_last' }, true);
	assert.ok(!('last' in links(await read(V, token))));
	await lms.control('reset', {}, true);
});
/* ---- Moodle REST -------------------------------------------------------------------------------- */

const REST = `${lms.url}/moodle/webservice/rest/server.php`;
const WS = /REST token: (\w{32})/.exec(spawnSync(lms.program, ['--help'], { encoding: 'utf8' }).stderr)[1];
const rest = async (wsfunction, args = {}, wstoken = WS) =>
	(await request('POST', REST, {}, new URLSearchParams({ wstoken, wsfunction, ...args }).toString()));
const recorded = name => readFileSync(path.join(ROOT, `tests/data/practice/moodle-rest-${name}.xml`), 'utf8');
/* Tags and key names, values as "null", "text" or nothing. */
const skeleton = xml => xml.match(/<KEY name="\w+">|<\/?(?:RESPONSE|MULTIPLE|SINGLE)>|<VALUE[^>]*>/g);
await test('moodle REST: enrolled users as recorded, roles by short name', async () => {
	const r = await rest('core_enrol_get_enrolled_users', { courseid: 3 });
	assert.deepStrictEqual([r.status, r.headers['content-type']], [200, 'application/xml; charset=utf-8']);
	const until = x => skeleton(x.slice(0, x.indexOf('<KEY name="enrolledcourses">')));
	const okafor = r.body.indexOf('<SINGLE>\n<KEY name="id"><VALUE>11</VALUE>');
	assert.deepStrictEqual(skeleton('<RESPONSE>\n<MULTIPLE>\n').concat(until(r.body.slice(okafor))),
		until(recorded('enrolled_users')));
	for (const w of ['editingteacher', 'teacher', 'student', 'parentobserver'])
		assert.ok(r.body.includes(`<KEY name="shortname"><VALUE>${w}</VALUE>`), w);
	const some = await rest('core_enrol_get_enrolled_users', { courseid: 3, 'options[0][name]': 'userfields',
		'options[0][value]': 'idnumber,roles', 'options[1][name]': 'limitnumber', 'options[1][value]': 3 });
	assert.strictEqual(some.body.match(/<KEY name="username">/g).length, 3);
	assert.match(some.body, /<KEY name="email"><VALUE null="null"\/>/);
});
await test('moodle REST: users by field as recorded', async () => {
	const r = await rest('core_user_get_users_by_field', { field: 'idnumber', 'values[0]': 'SIS-P-001', 'values[1]': 'nobody' });
	assert.deepStrictEqual(skeleton(r.body), skeleton(recorded('users_by_field')));
});
await test('moodle REST: the report of parent links as recorded, paged', async () => {
	const r = await rest('core_reportbuilder_retrieve_report', { reportid: 1, page: 0, perpage: 1 });
	const data = x => skeleton(x.slice(x.indexOf('<KEY name="headers">')));
	assert.deepStrictEqual(data(r.body), data(recorded('report')));
	const seen = [];
	for (let page = 0; page < 9; page++) {
		const x = await rest('core_reportbuilder_retrieve_report', { reportid: 1, page, perpage: 10 });
		for (const m of x.body.matchAll(/<MULTIPLE>\n<VALUE>[^\n]*profile\.php\?id=(\d+)&quot;[^\n]*\n<VALUE>Parent<\/VALUE>\n<VALUE>[^\n]*profile\.php\?id=(\d+)&quot;/g))
			seen.push(`${m[1]}-${m[2]}`);
	}
	const people = JSON.parse(lms.print('people')).people, id = k => people.find(p => p.key === k).moodle;
	assert.deepStrictEqual(seen.sort(), people.flatMap(p => p.children.map(c => `${id(c.child)}-${p.moodle}`)).sort());
});
await test('moodle REST: exceptions with status 200, as recorded', async () => {
	for (const [name, ...call] of [['badtoken', 'core_course_get_courses', {}, 'x'], ['nofunction', 'no_such_function'],
		['nocourse', 'core_enrol_get_enrolled_users', { courseid: 999 }], ['missingparam', 'core_enrol_get_enrolled_users']]) {
		const r = await rest(...call);
		assert.deepStrictEqual([r.status, r.body.trim()], [200, recorded(`err-${name}`).trim()]);
	}
	const r = await rest('core_enrol_get_enrolled_users', { courseid: 999, moodlewsrestformat: 'json' });
	assert.deepStrictEqual(JSON.parse(r.body), { exception: 'dml_missing_record_exception', errorcode: 'invalidrecord',
		message: "Can't find data record in database table course." });
});
await test('moodle REST: a raw control character when asked', async () => {
	await lms.control('misbehave', { platform: 'moodle', set: 'rest_control_char' }, true);
	assert.ok((await rest('core_enrol_get_enrolled_users', { courseid: 3 })).body.includes('A\vB'));
	await lms.control('reset', {}, true);
	assert.ok(!(await rest('core_enrol_get_enrolled_users', { courseid: 3 })).body.includes('\v'));
});

await test('it stops when asked, with nothing to complain of', async () =>
	assert.strictEqual(await lms.stop(), 0, lms.output));

tool.closeAllConnections();
tool.close();
await finish();
