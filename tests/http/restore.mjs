/*
 * A copy put back is older than what was forbidden since: the journal beside the
 * database tells it; without the journal families wait until somebody has looked.
 */
import assert from 'node:assert';
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Browser, startLintel } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { rosterOf, startMiniLms } from './lib/mini_lms.mjs';
import { finish, tempDir, test } from './lib/walk.mjs';

const dir = tempDir('restore');
const port = await freePort();
let tool;

const serve = async () => { tool = await startLintel({ port, dir }); };
const journal = path.join(dir, 'journal'), copy = path.join(dir, 'copy.db');

function importRoster(text) {
	writeFileSync(path.join(dir, 'r.xml'), text);
	tool.cli('roster', 'import', path.join(dir, 'r.xml'), '--platform', 'Mini');
}

/* The database is lost; the copy takes its place. */
async function restore() {
	await tool.stop();
	for (const end of ['', '-wal', '-shm'])
		if (existsSync(`${dir}/lintel.db${end}`)) renameSync(`${dir}/lintel.db${end}`, `${dir}/old${end}-${Date.now()}`);
	tool.cli('db', 'restore', copy);
	await serve();
}

await serve();
const mini = await startMiniLms({ tool, name: 'Mini' });
const family = async n => (await mini.enter(new Browser(), { user: `p${n}`, sourcedid: `MINI-P-${n}`, course: 'door',
	title: 'Door', roles: ['Learner'], given: 'Pat', family: 'Sample' }));

await test('the journal stands beside the database, for its owner only', () => {
	assert.equal(statSync(journal).mode & 0o777, 0o600);
	assert.match(readFileSync(journal, 'utf8'), /^lintel-journal 1 \S{16}\n$/);
});

await test('after a restore the court order of since then is in force again', async () => {
	importRoster(rosterOf(3));
	assert.match((await family(1)).text, /Pupil1/);
	assert.match((await family(2)).text, /Pupil2/);
	tool.cli('db', 'backup', copy);
	importRoster(rosterOf(3).replace(/(id="MINI-P-1" [^>]*access=")full/, '$1none'));
	assert.doesNotMatch((await family(1)).text, /Pupil1/);
	await restore();
	assert.match(tool.output, /journal-replayed lines=1/);
	assert.doesNotMatch((await family(1)).body, /Pupil1/);
	assert.match((await family(2)).text, /Pupil2/);
});

await test('the journal names nobody', () => {
	const text = readFileSync(journal, 'utf8');
	assert.doesNotMatch(text, /Pupil|Sample|Parent|MINI|Pat/);
	for (const line of text.trim().split('\n').slice(1))
		assert.match(line, /^\d+ [PLUG]( \d+){6} [a-z-]+ [0-9a-f]{8}$/);
});

await test('a restart after that is like any other', async () => {
	await tool.stop();
	await serve();
	assert.doesNotMatch(tool.output, /journal-/);
	assert.match((await family(2)).text, /Pupil2/);
});

await test('without the journal families wait, and the teacher does not', async () => {
	await tool.stop();
	rmSync(journal);
	await restore();
	assert.match(tool.output, /guardians wait until an admin confirms/);
	const page = await family(2);
	assert.equal(page.room, 'family');
	assert.match(page.text, /The school is checking its lists/);
	assert.doesNotMatch(page.body, /Pupil2/);
	const teacher = await mini.enter(new Browser(), { user: 't', sourcedid: 'MINI-T', section: 'MINI-C', course: 'c1',
		title: 'Mini class', roles: ['Instructor'], given: 'Tess', family: 'Sample' });
	assert.equal(teacher.room, 'class');
});

await test('the office reads it on its page and lets them in; the command line can, too', async () => {
	const browser = new Browser();
	let page = await mini.enter(browser, { user: 'adm', sourcedid: 'MINI-A', course: 'c1', title: 'Mini class',
		roles: ['Administrator'], given: 'Ada', family: 'Sample' });
	const at = /^.*\/app\/[^/]+/.exec(page.url)[0];
	page = await browser.submit(await browser.get(`${at}/waiting`), '/invite', {
		code: tool.cli('admin', 'invite', '--tenant', 'Mini').trim() });
	assert.equal(page.room, 'admin');
	assert.match(page.text, /Guardians are waiting/);
	page = await browser.submit(page, '/admin/guardians');
	assert.equal(page.status, 200);
	assert.doesNotMatch(page.text, /Guardians are waiting/);
	assert.match((await family(2)).text, /Pupil2/);
	assert.throws(() => tool.cli('db', 'confirm'), /guardians wait in no district/);
	await tool.stop();
	rmSync(journal);
	await serve();
	assert.doesNotMatch((await family(2)).body, /Pupil2/);
	assert.match(tool.cli('db', 'confirm'), /come in again/);
	assert.match((await family(2)).text, /Pupil2/);
	assert.match(tool.cli('audit', 'verify'), /\d/);
});

mini.stop();
await finish();
