/*
 * A Moodle with our sub-plugin and no roster: it alone says whose parent somebody is. What it
 * sends is what a real Moodle sent with it (tests/data/practice/moodle-plugin-id-tokens.json).
 */
import assert from 'node:assert';
import { enter as enterAt, finish, school, test } from './lib/walk.mjs';

const { lms, tool } = await school('plugin');
const plugin = { query: { locale: 'en', misbehave: 'lintel_plugin' } };
const enter = (who, course, more = '') => enterAt(lms, who, course, more === null ? {} :
	{ query: { ...plugin.query, misbehave: `lintel_plugin${more}` } });

const teacher = await enter('okafor', 'grade3');
assert.equal((await enter('lina', 'grade3')).page.room, 'stranger');

await test('without it a parent is a stranger', async () => {
	assert.equal((await enter('rima', 'door1', null)).page.room, 'stranger');
});

let mother;
await test('with it they stand at home, in a course their child is not in', async () => {
	mother = await enter('rima', 'door1');
	assert.equal(mother.page.room, 'family');
	assert.match(mother.page.text, /Lina/);
	assert.doesNotMatch(mother.page.text, /Maja|Jakub/);
});

await test('they write, and the teacher reads it', async () => {
	const child = mother.page.links().find(l => /\/child\/\d+$/.test(l.href) && /Lina/.test(l.text)).href;
	const at = /\/child\/\d+/.exec(child)[0];
	const note = await mother.send(await mother.get(`${at}/notes/new`), '/new', { body: 'She read to me.' });
	assert.match(note.text, /She read to me/);
	assert.match((await teacher.get('/notes')).text, /Lina/);
	const list = await teacher.get('/notes'), at2 = list.links().find(l => /\/note\/\d+/.test(l.href)).href;
	assert.match((await teacher.get(/\/note\/\d+/.exec(at2)[0])).text, /She read to me/);
});

await test('whom a parent names is a pupil: in the class, with goals of their own, and no other', async () => {
	const page = await teacher.get('/class');
	assert.match(page.text, /Lina Haddad/);
	assert.equal((await enter('lina', 'grade3')).page.room, 'student');
	assert.equal((await enter('rima', 'door1', null)).page.room, 'family', 'a launch that says nothing ends nothing');
});

await test('an administrator logged in as them reads, and keeps nothing', async () => {
	const as = await enter('rima', 'door1', ',masquerade');
	assert.match(as.page.text, /You are looking at this as Rima Haddad would/);
	const child = /\/child\/\d+/.exec(as.page.links().find(l => /Lina/.test(l.text)).href)[0];
	assert.equal((await as.get(child)).status, 200);
	assert.equal((await as.get(`${child}/notes/new`)).refused, 'read-only');
});

await test('a teacher who is a parent chooses a door, and is not one in the other', async () => {
	const both = await enter('demir', 'secondary');
	assert.equal(both.page.room, 'picker');
	assert.match(both.page.text, /As a teacher/);
	assert.match(both.page.text, /As a parent/);
});

await test('a teacher who is nobody\'s parent meets no such door', async () => {
	assert.equal((await enter('wright', 'secondary')).page.room, 'class');
});

await test('the log names nobody', () => assert.doesNotMatch(tool.output, /Rima|Lina|Haddad|She read/));

await finish();
