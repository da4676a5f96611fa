/* lintel doctor, as whoever runs Lintel types it: a sound house, then what it finds broken. */
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { Browser, launch, request } from '../practice/client.mjs';
import { finish, school, test } from './lib/walk.mjs';

const { lms, tool, dir } = await school('doctor');
chmodSync(dir, 0o700);

function doctor(args = [], env = {}) {
	const r = spawnSync(tool.program, ['doctor', ...args],
		{ encoding: 'utf8', env: { ...process.env, ...tool.env, ...env }, cwd: dir, timeout: 60000 });
	return { code: r.status, out: r.stdout, err: r.stderr };
}

await test('a sound house: exit 0, one line a check', () => {
	const r = doctor();

	assert.equal(r.code, 0, r.out + r.err);
	for (const what of ['configuration', 'public_url', 'data_dir', 'key_file', 'schema', 'own key'])
		assert.match(r.out, new RegExp(`^ok +${what} `, 'm'));
	assert.match(r.out, /^(ok|warn) +database +SQLite 3\./m);
	assert.match(r.out, /^warn +lab_mode/m);
	assert.doesNotMatch(r.out, /^broken/m);
});

await test('platform show says what to enter in the LMS, and the guide says the same', async () => {
	const out = tool.cli('platform', 'show', 'Practice Moodle');
	const guide = readFileSync(new URL('../../docs/connect.md', import.meta.url), 'utf8');

	for (const [what, rest] of Object.entries({ tool: '/', login: '/lti/login',
		redirection: '/lti/launch', 'key set': '/lti/keys.json' })) {
		assert.match(out, new RegExp(`^  ${what} +${tool.url}${rest}$`, 'm'));
		assert(guide.includes(`\`https://lintel.example${rest}\``), rest);
	}
	const named = new Set(guide.match(/https:\/\/lintel\.example[^`" ]*/g).map(u => new URL(u).pathname));
	assert.deepEqual([...named].sort(), ['/', '/lti/canvas.json', '/lti/cartridge.xml', '/lti/keys.json', '/lti/launch',
		'/lti/login']);
	for (const rest of ['/lti/canvas.json', '/lti/cartridge.xml', '/lti/keys.json', '/lti/login'])
		assert.notEqual((await request('GET', tool.url + rest)).status, 404, rest);
	JSON.parse((await request('GET', `${tool.url}/lti/canvas.json`)).body);
});

await test('a platform: state, deployment, keys with thumbprint, refusals in words', async () => {
	await launch(lms, new Browser(), 'okafor', 'grade3');
	await launch(lms, new Browser(), 'okafor', 'grade3', { misbehave: 'expired' });
	const r = doctor(['--platform', 'Practice Moodle']);

	assert.equal(r.code, 0, r.out + r.err);
	assert.match(r.out, /^ok +platform +Practice Moodle \(moodle\), approved/m);
	assert.match(r.out, /^ok +deployment +1, approved, last launch 2/m);
	assert.match(r.out, /^note +refused +.* token-expired: The token has expired/m);
	assert.match(r.out, /^ok +key set +[1-9]\d* usable, \d+ not, thumbprint [\w-]{43}$/m);
	assert.match(r.out, /^ok +key +.*: usable$/m);
	assert.doesNotMatch(r.out, /Okafor/);
});

await test('a key set that is gone, a closed platform and an unknown one are broken', async () => {
	await lms.control('misbehave', { platform: 'moodle', set: 'jwks_down' }, true);
	let r = doctor(['--platform', 'Practice Moodle']);
	assert.equal(r.code, 1);
	assert.match(r.out, /^broken +key set/m);
	await lms.control('misbehave', { platform: 'moodle', set: '' }, true);
	tool.cli('platform', 'disable', 'Practice Moodle');
	r = doctor(['--platform', 'Practice Moodle']);
	assert.equal(r.code, 1);
	assert.match(r.out, /^broken +platform .*disabled/m);
	assert.equal(doctor(['--platform', 'Nowhere']).code, 1);
});

await test('a key file others may read, and plain http outside the laboratory, are broken', () => {
	chmodSync(tool.env.LINTEL_KEY_FILE, 0o644);
	const r = doctor();
	assert.equal(r.code, 1);
	assert.match(r.out, /^broken +key_file .*chmod 0600/m);
	chmodSync(tool.env.LINTEL_KEY_FILE, 0o600);
	assert.match(doctor([], { LINTEL_LAB_MODE: '0' }).out, /^broken +public_url/m);
	assert.equal(doctor(['--what']).code, 2);
});

await finish();
