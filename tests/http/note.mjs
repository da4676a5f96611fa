/*
 * Notes and agreements as a teacher and two homes of one child see them, through
 * the practice LMS. LINTEL_TEST_DB names another database than a fresh SQLite file.
 */
import assert from 'node:assert';
import { finish, fullSchool, test } from './lib/walk.mjs';

const { enter } = await fullSchool('note');

const day = n => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10);
const okafor = await enter('okafor', 'grade3');
const haile = await enter('haile', 'grade3');
const sigridur = await enter('sigridur', 'door1');
const lars = await enter('lars', 'door1');
const marisol = await enter('marisol', 'door1');
let child, note;

/* The number of a child whose name stands in the teacher's sheet. */
async function pupil(name) {
	const page = await okafor.get('/notes');
	const m = new RegExp(`/child/(\\d+)/notes" dir="auto">${name}`).exec(page.body);

	assert(m, `${name} is not in the sheet`);
	return m[1];
}

await test('the sheet names every child, and nothing is written yet', async () => {
	const page = await okafor.get('/notes');

	assert.equal(page.status, 200);
	child = await pupil('Þórdís');
	assert.match(page.text, /No notes yet/);
	assert.equal((await marisol.get(`/child/${child}/notes`)).status, 404);
	assert.equal((await marisol.get(`/child/${child}/notes/new`)).status, 404);
});

await test('a note needs words, and keeps what was typed', async () => {
	let page = await okafor.get(`/child/${child}/notes/new`);
	const long = 'x'.repeat(2001);

	page = await okafor.send(page, '/new', { body: '' });
	assert.equal(page.status, 422);
	page = await okafor.send(page, '/new', { body: long });
	assert.equal(page.status, 422);
	assert(page.body.includes(long));
});

await test('the school writes, and each home finds it first', async () => {
	let page = await okafor.get(`/child/${child}/notes/new`);

	page = await okafor.send(page, '/new', { body: 'Trip <b>on</b> Friday CANARYschool' });
	assert.equal(page.status, 200);
	assert.match(page.text, /Sent\./);
	assert.match(page.body, /Trip &lt;b&gt;on/);
	assert.doesNotMatch(page.text, /Seen by home/);
	note = /\/note\/(\d+)/.exec(page.url)[1];
	for (const who of [sigridur, lars]) {
		const home = await who.get('/home');

		assert.match(home.text, /A note from school about Þórdís/);
		assert.match((await who.get('/messages')).text, /CANARYschool/);
	}
	assert.doesNotMatch((await marisol.get('/home')).body, /CANARYschool/);
	assert.equal((await marisol.get(`/note/${note}`)).status, 404);
});

await test('reading is seen, answering stays in the own home', async () => {
	let page = await sigridur.get(`/note/${note}`);

	assert.equal(page.status, 200);
	assert.doesNotMatch((await sigridur.get('/home')).text, /A note from school/);
	assert.match((await lars.get('/home')).text, /A note from school/);
	assert.match((await okafor.get(`/note/${note}`)).text, /Seen by home/);
	page = await sigridur.send(page, '/answer', { body: 'CANARYmother' }, { button: 'send' });
	assert.match(page.text, /Your answer is sent/);
	page = await lars.get(`/note/${note}`);
	assert.doesNotMatch(page.body, /CANARYmother|Sigríður/);
	assert.match(page.text, /your own household\. School may send the same note to every guardian it lets in/);
	page = await lars.send(page, '/answer', { body: '' }, { button: 'thank' });
	assert.match(page.text, /Seen, thank you\./);
	assert.doesNotMatch((await sigridur.get(`/note/${note}`)).body, /Lars|Seen, thank you\.</);
	assert.doesNotMatch((await lars.get('/messages')).body, /CANARYmother/);
	const today = (await okafor.get('/today')).text;

	assert.match(today, /An answer from home about Þórdís/);
	assert.match(today, /CANARYmother/);
});

await test('the teacher answers one home, the other hears nothing', async () => {
	let page = await okafor.get(`/note/${note}`);

	assert.match(page.text, /With Sigríður .* With Lars|With Lars .* With Sigríður/);
	page = await okafor.browser.click(page, 'Answer this family');
	const to = /name="home" value="(\d+)"/.exec(page.body)[1];
	page = await okafor.send(page, '/answer', { body: 'CANARYreply' }, { button: 'send' });
	assert.equal(page.status, 200);
	const heard = await Promise.all([sigridur, lars].map(async w =>
		(await w.get(`/note/${note}`)).body.includes('CANARYreply')));
	assert.deepEqual(heard.filter(x => x).length, 1, to);
});

await test('a note from home goes where it is addressed, and asks', async () => {
	let page = await sigridur.get(`/child/${child}/notes/new`);

	page = await sigridur.send(page, '/new', { body: 'She sleeps badly CANARYhome' });
	assert.match(page.text, /Sent\./);
	const mine = /\/note\/(\d+)/.exec(page.url)[1];
	assert.equal((await lars.get(`/note/${mine}`)).status, 404);
	assert.doesNotMatch((await lars.get(`/child/${child}/notes`)).body, /CANARYhome/);
	assert.match((await okafor.get('/today')).text, /A note from home about Þórdís/);
	assert.match((await haile.get('/notes')).text, /Waiting for you .*CANARYhome/);
	page = await okafor.get(`/note/${mine}`);
	assert.match((await sigridur.get(`/note/${mine}`)).text, /Seen by school/);
	assert.match((await sigridur.get(`/note/${mine}`)).text,
		/Who can see this: the teachers of Grade 3 · Room 12, and your own household\. No other household\./);
	assert.match(page.text, /Who can see this: the teachers of Grade 3 · Room 12, and the household that wrote it\./);
	/* her colleague was faster: nothing is lost, nothing doubled */
	const other = await haile.get(`/note/${mine}`);
	await haile.send(other, '/answer', { body: 'Thank you for telling us' }, { button: 'send' });
	page = await okafor.send(page, '/answer', { body: 'CANARYtyped' }, { button: 'send' });
	assert.equal(page.status, 409);
	assert.match(page.text, /Something new came in meanwhile/);
	assert.match(page.body, /CANARYtyped<\/textarea>/);
	assert.match(page.text, /Thank you for telling us/);
	page = await okafor.send(page, '/close');
	assert.match(page.text, /This talk is finished/);
	page = await sigridur.get(`/note/${mine}`);
	assert(!page.forms().some(f => f.action?.endsWith('/answer')));
});

await test('one teacher alone: a colleague does not know of it', async () => {
	let page = await sigridur.get(`/child/${child}/notes/new`);
	const f = page.form('/new');
	const one = /value="(\d+)"[^>]*>[^<]*Okafor/.exec(page.body)[1];

	page = await sigridur.send(page, f, { to: one, body: 'CANARYalone' });
	const mine = /\/note\/(\d+)/.exec(page.url)[1];
	assert.match((await okafor.get(`/note/${mine}`)).text,
		/Who can see this: you, and the household that wrote it\./);
	assert.match((await sigridur.get(`/note/${mine}`)).text,
		/Who can see this: Adaeze Okafor, and your own household\. No other household\./);
	assert.equal((await haile.get(`/note/${mine}`)).status, 404);
	assert.doesNotMatch((await haile.get('/notes')).body, /CANARYalone/);
	page = await sigridur.get(`/child/${child}/notes/new`);
	page = await sigridur.send(page, '/new', { to: child, body: 'CANARYkept' });
	assert.equal(page.status, 422);
	assert.match(page.body, /CANARYkept/);
});

await test('a fresh note can change or go', async () => {
	let page = await okafor.get(`/child/${child}/notes/new`);

	page = await okafor.send(page, '/new', { body: 'Wrong child' });
	page = await okafor.browser.click(page, 'Change it');
	page = await okafor.send(page, '/edit', { body: 'Right child' });
	assert.match(page.text, /Changed\..*Right child/);
	page = await okafor.browser.click(page, 'Take it back');
	page = await okafor.send(page, '/back');
	assert.match(page.text, /This note was taken back/);
	assert.doesNotMatch((await lars.get('/messages')).body, /Wrong child|Right child/);
	page = await okafor.get(`/note/${note}/edit`);
	assert.match(page.url, new RegExp(`/note/${note}$`));
});

await test('an answer without the form\'s own mark is refused', async () => {
	const bare = await okafor.browser.post(`${okafor.at}/note/${note}/answer`,
		{ rev: 1, do: 'send', body: 'CANARYforged' });

	assert.equal(bare.status, 403);
	assert.doesNotMatch((await okafor.get(`/note/${note}`)).body, /CANARYforged/);
});

let paper;

await test('an agreement needs both columns before it is offered', async () => {
	let page = await okafor.get(`/child/${child}/agreements/new`);
	const home = [...page.body.matchAll(/<option value="(\d+)"[^>]*>([^<]+)/g)]
		.find(m => m[2].includes('Sigríður'))[1];
	const words = { with: home, expectation: 'Things are ready', school: 'we pack CANARYpact',
		home: '', routine: '', review: day(30) };

	page = await okafor.send(page, '/new', words, { button: 'offer' });
	assert.equal(page.status, 422);
	assert.match(page.body, /CANARYpact/);
	page = await okafor.send(page, '/new', words, { button: 'draft' });
	assert.match(page.text, /Draft/);
	paper = /\/agreement\/(\d+)/.exec(page.url)[1];
	assert.equal((await sigridur.get(`/agreement/${paper}`)).status, 404);
	page = await okafor.get(`/agreement/${paper}/edit`);
	page = await okafor.send(page, '/edit', { home: 'we look in the bag', review: day(-1) },
		{ button: 'offer' });
	assert.equal(page.status, 422);
	page = await okafor.send(page, '/edit', { review: day(30) }, { button: 'offer' });
	assert.equal(page.status, 200, page.text);
	assert.match(page.text, /Waits for home/);
	assert.match((await okafor.get(`/child/${child}`)).text, /Things are ready With Sigríður/);
});

await test('changed, agreed; the other home never meets it', async () => {
	let page = await sigridur.get('/home');

	assert.match(page.text, /An agreement about Þórdís .* waits for your yes/);
	assert.equal((await lars.get(`/agreement/${paper}`)).status, 404);
	assert.doesNotMatch((await lars.get('/home')).text, /agreement/i);
	assert.doesNotMatch((await lars.get(`/child/${child}/agreements`)).body, /CANARYpact/);
	const old = await okafor.get(`/agreement/${paper}/edit`);
	page = await sigridur.get(`/agreement/${paper}/edit`);
	page = await sigridur.send(page, '/edit', { home: 'we look before bed' }, { button: 'offer' });
	assert.match(page.text, /Waits for school/);
	page = await okafor.send(old, '/edit', { home: 'CANARYlate' }, { button: 'offer' });
	assert.equal(page.status, 409);
	assert.match(page.body, /CANARYlate/);
	page = await okafor.get(`/agreement/${paper}`);
	page = await okafor.send(page, '/do', {}, { button: 'agree' });
	assert.match(page.text, /Agreed\. Thank you/);
	assert.match(page.text, /we look before bed/);
	assert.match((await sigridur.get(`/child/${child}`)).text, /Things are ready .*Agreed/);
	assert.doesNotMatch((await lars.get(`/child/${child}`)).body, /Things are ready/);
});

await test('a change leaves the old words in effect until the other side says yes', async () => {
	let page = await sigridur.get(`/agreement/${paper}/edit`);

	page = await sigridur.send(page, '/edit', { school: 'we pack later' }, { button: 'offer' });
	page = await okafor.get(`/agreement/${paper}`);
	assert.match(page.text, /New words, not agreed yet .*we pack later.*What holds now .*CANARYpact/);
	page = await okafor.send(page, '/do', {}, { button: 'keep' });
	assert.match(page.text, /The old words go on/);
	assert.doesNotMatch(page.text, /we pack later/);
	page = await sigridur.browser.click(await sigridur.get(`/agreement/${paper}`), 'End it');
	page = await sigridur.send(page, '/do');
	assert.match(page.text, /It has ended/);
	assert.match(page.text, /Offered this.*Changed the words.*Said yes.*Ended it/);
});

await finish();
