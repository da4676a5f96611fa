/*
 * Our own keys from outside: what platforms find at /lti/keys.json while they are rotated,
 * and that a platform believes what we sign after each step.
 */
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { request } from '../practice/client.mjs';
import { enter, finish, fullSchool, test } from './lib/walk.mjs';

const { lms, tool } = await fullSchool('keys');
const published = async () => {
	const r = await request('GET', `${tool.url}/lti/keys.json`);
	assert.equal(r.status, 200);
	assert.match(r.headers['cache-control'], /^public, max-age=\d+$/);
	return JSON.parse(r.body).keys;
};
const states = () => tool.cli('keys', 'list').trim().split('\n').slice(1).map(l => l.split(/\s+/).slice(0, 3));
const run = (...args) => spawnSync(tool.program, args, { env: { ...process.env, ...tool.env }, encoding: 'utf8' });
/* The practice LMS reads our key set for each token it gives, as Canvas does. */
const believed = () => assert.match(tool.cli('roster', 'pull', '--platform', 'Practice Canvas'), /: \d+ people, /);

await enter(lms, 'okafor', 'grade3', { platform: 'canvas' });
const [first] = await published();

await test('one key at first: public members only, named, with algorithm and use', async () => {
	assert.equal((await published()).length, 1);
	assert.deepEqual(Object.keys(first).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
	assert.equal(`${first.alg} ${first.use} ${first.kty}`, 'RS256 sig RSA');
	assert.deepEqual(states(), [[first.kid, 'RS256', 'signs']]);
	believed();
});

await test('a rotation publishes the next one; the first signs on', async () => {
	assert.match(tool.cli('keys', 'rotate'), /signs from tomorrow/);
	const keys = await published();
	assert.equal(keys.length, 2);
	assert(keys.some(k => k.kid === first.kid));
	assert.deepEqual(states().map(s => s[2]), ['signs', 'next']);
	believed();
});

await test('a second one is refused with the reason, and changes nothing', async () => {
	const r = run('keys', 'rotate');
	assert.equal(r.status, 1);
	assert.match(r.stderr, /a new key waits for its day already/);
	assert.equal((await published()).length, 2);
});

await test('in an emergency one new key is left, and platforms believe it', async () => {
	const before = (await published()).map(k => k.kid);
	assert.match(tool.cli('keys', 'rotate', '--emergency'), /every other is gone/);
	const after = await published();
	assert.equal(after.length, 1);
	assert(!before.includes(after[0].kid));
	assert.deepEqual(states(), [[after[0].kid, 'RS256', 'signs']]);
	believed();
});

await test('usage', () => {
	assert.equal(run('keys', 'shuffle').status, 2);
	assert.equal(run('keys', 'rotate', '--help').status, 0);
	assert.match(run('--help').stdout, /keys +our own signing keys/);
});

await finish();
