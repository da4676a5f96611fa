/*
 * The service rows of tests/data/lti_cases.json: CERT-NRPS-* against a small platform
 * that writes down what it is asked for, CERT-AGS-* (in the library only) by the unit
 * test of their name. CERT-DL-* are in deeplink.mjs.
 */
import assert from 'node:assert';
import crypto from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { BUILD, Browser, ROOT, request, startLintel } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { startMiniLms } from './lib/mini_lms.mjs';
import { finish, tempDir, test } from './lib/walk.mjs';

const SCOPE = 'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly';
const MEDIA = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json';
const CLAIM = 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
const MEMBER = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';

const dir = tempDir('services');
const tool = await startLintel({ port: await freePort(), dir, database: process.env.LINTEL_TEST_DB });

/* The command, without holding up the platform, which lives in this process. */
const pull = name => new Promise(done => {
	const child = spawn(tool.program, ['roster', 'pull', '--platform', name], { env: { ...process.env, ...tool.env }, cwd: dir });
	let out = '';
	for (const s of [child.stdout, child.stderr]) s.on('data', d => { out += d; });
	child.on('close', code => done({ code, out }));
});

/* Tokens and one list of two pages; `seen` is every request as it came. */
function services() {
	const seen = { token: [], list: [] };
	return { seen, serve(q, r) {
		const url = new URL(q.url, `http://${q.headers.host}`);
		if (url.pathname === '/token') {
			let body = '';
			q.on('data', d => { body += d; });
			q.on('end', () => {
				seen.token.push({ method: q.method, type: q.headers['content-type'], form: new URLSearchParams(body) });
				r.writeHead(200, { 'Content-Type': 'text/html' }).end(JSON.stringify({ access_token: `t${seen.token.length}`,
					token_type: 'Bearer', expires_in: 3600, scope: SCOPE }));
			});
			return true;
		}
		if (url.pathname !== '/Members') return false;
		const second = url.searchParams.get('Page') === 'bB';
		seen.list.push({ method: q.method, accept: q.headers.accept, bearer: q.headers.authorization, url: q.url });
		r.writeHead(200, { 'Content-Type': `${MEDIA}; charset=utf-8`,
			...(!second && { LINK: `<http://${q.headers.host}/Members?Page=bB>; rel="next"` }) });
		r.end(JSON.stringify({ id: q.url, context: { id: 'c1' }, members: second ?
			[{ user_id: 'u2', status: 'Active', roles: [MEMBER + 'Learner'], name: 'Uma' }] :
			[{ user_id: 'u1', status: 'Active', roles: ['Instructor'], name: 'Ute' }] }));
		return true;
	} };
}

for (const family of ['moodle', 'canvas']) {
	const on = name => `${name} (${family})`;
	const { seen, serve } = services();
	const lms = await startMiniLms({ tool, name: `Services ${family}`, family, serve });
	await lms.enter(new Browser(), { user: 'u1', roles: ['Instructor'], course: 'c1', title: 'Course',
		claims: { [CLAIM]: { context_memberships_url: `${lms.base}/Members?Of=c1`, service_versions: ['2.0'] } } });
	const said = [await pull(lms.name), await pull(lms.name)];
	const asserted = seen.token.map(t => {
		const [h, c] = t.form.get('client_assertion').split('.').slice(0, 2).map(x => JSON.parse(Buffer.from(x, 'base64url')));
		return { h, c, jwt: t.form.get('client_assertion') };
	});

	await test(on('CERT-NRPS-01 the list is asked for by GET, page after page as named'), () => {
		assert.match(said[0].out, /Course: 2 people, 1 new, 0 gone/);
		assert.equal(said[1].code, 0, said[1].out);
		assert.deepEqual(seen.list.map(q => q.method), ['GET', 'GET', 'GET', 'GET']);
		assert.match(seen.list[0].url, /^\/Members\?Of=c1&limit=\d+$/);
		assert.equal(seen.list[1].url, '/Members?Page=bB');
	});
	await test(on('CERT-NRPS-02 Accept names the membership container, alone'), () => {
		for (const q of seen.list) assert.equal(q.accept, MEDIA);
	});
	await test(on('CERT-NRPS-03 the token comes from the token endpoint, by an assertion for it'), async () => {
		assert.deepEqual(seen.list.map(q => q.bearer), ['Bearer t1', 'Bearer t1', 'Bearer t2', 'Bearer t2']);
		const keys = JSON.parse((await request('GET', `${tool.url}/lti/keys.json`)).body).keys;
		for (const [i, { h, c, jwt }] of asserted.entries()) {
			const t = seen.token[i], now = Date.now() / 1000;
			assert.equal(t.method, 'POST');
			assert.equal(t.type, 'application/x-www-form-urlencoded');
			assert.equal(t.form.get('grant_type'), 'client_credentials');
			assert.equal(t.form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
			assert.equal(c.iss, lms.client);
			assert.equal(c.sub, lms.client);
			assert.equal(c.aud, `${lms.base}/token`);
			assert(c.exp - c.iat <= 300 && c.iat <= now && c.exp > now, JSON.stringify(c));
			const jwk = keys.find(k => k.kid === h.kid), [head, body, sig] = jwt.split('.');
			assert(jwk && h.alg === 'RS256');
			assert(crypto.verify('sha256', Buffer.from(`${head}.${body}`), crypto.createPublicKey({ key: jwk, format: 'jwk' }),
				Buffer.from(sig, 'base64url')));
		}
		assert.equal(new Set(asserted.map(x => x.c.jti)).size, asserted.length);
	});
	await test(on('CERT-NRPS-04 only contextmembership.readonly is asked for'), () => {
		assert.equal(seen.token.length, 2);
		for (const t of seen.token) assert.equal(t.form.get('scope'), SCOPE);
	});
	lms.stop();
}

for (const [id, name] of [['CERT-AGS-01', 'cert_ags_01'], ['CERT-AGS-02', 'cert_ags_02'],
	['CERT-AGS-03', 'cert_ags_03'], ['CERT-AGS-04', 'cert_ags_04']])
	await test(`${id} in the library`, () => {
		const r = spawnSync(path.join(BUILD, 'tests/unit/lti_ags'), [name], { encoding: 'utf8', timeout: 20000 });
		if (r.error) throw new Error(`${r.error}: run make tests`);
		assert.match(r.stdout, /^# 1 passed, 0 failed$/m, r.stdout + r.stderr);
	});

await test('no service row of the certification is left out here', () => {
	const mine = readFileSync(path.join(ROOT, 'tests/http/lti_services.mjs'), 'utf8');
	for (const c of JSON.parse(readFileSync(path.join(ROOT, 'tests/data/lti_cases.json'), 'utf8')))
		if (/^CERT-(NRPS|AGS)-/.test(c.id)) assert(mine.includes(c.id), c.id);
});

await finish();
