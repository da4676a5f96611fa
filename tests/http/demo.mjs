/*
 * What a newcomer finds in make demo: the practice school is filled as the demo fills
 * it, then each kind of person looks around and does the first thing the demo names.
 */
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, startLintel, startPractice, stopAll, words } from '../practice/client.mjs';
import { fill } from '../practice/fill.mjs';
import { freePort } from '../practice/port.mjs';
import { enter as enterAt, finish, tempDir, test } from './lib/walk.mjs';

const PORT = await freePort(2);
const dir = tempDir('demo');
const t0 = Date.now(), lines = [];
const { lms, tool } = await fill({ dir: path.join(dir, 'data'), port: PORT, lmsPort: PORT + 1,
	say: l => lines.push(l) });

console.log(`# filled in ${Math.round((Date.now() - t0) / 1000)} s`);

const enter = (...args) => enterAt(lms, ...args);

const okafor = await enter('okafor', 'grade3');
const rima = await enter('rima', 'door1');

await test('the demo says what it does, week by week', async () => {
	assert.equal(lines.length, 8);
	assert.match(lines[0], /The roster is in: 104 people/);
	assert.match(lines[1], /^Five weeks ago: 1\d\d first visits on Moodle/);
	assert.match(lines[7], /^Today:/);
});

await test('the teacher: a note, an agreement, two goals, an answer and a new face wait', async () => {
	const { page } = okafor;

	assert.equal(page.room, 'class');
	assert.match(page.text, /6 things need you/);
	assert.match(page.text, /A note from home about Софія Коваленко: answer by/);
	assert.match(page.text, /An agreement about Mateus da Silva waits for your yes/);
	assert.match(page.text, /Amina asks other children to play, not only her cousin\. Home says yes and waits for you/);
	assert.match(page.text, /I want to play football with the big kids\. A new idea/);
	assert.match(page.text, /An answer from home about Grace Osei/);
});

await test('the class at a glance: every state, and nobody in touch is called unreached', async () => {
	const { body } = await okafor.get('/class');
	const row = name => words(body.split('<tr').find(x => words(x).includes(name)));

	assert.match(row('Lina Haddad'), /both, both, both, school one goal, waits for home .* In touch/);
	assert.match(row('Tomás Núñez'), /both, both, both, home .* Needs you/);
	assert.match(row('Maja Żak'), /both, both, home, nobody none yet .* In touch/);
	assert.match(row('Mateus da Silva'), /Needs you/);
	assert.match(row('रवि पाटील'), /note from school, \d+ \w+ not booked In touch/i);
	assert.match(row('Þórdís Ødegård'), /, \d+ \w+, 16:10 In touch/);
	assert.match(row('Aoife O\'Brien'), /No contact yet/);
});

await test('a child\'s page: home, school and the student said how the weeks went', async () => {
	const page = await okafor.browser.click(await okafor.get('/class'), 'Lina Haddad');
	const plan = await okafor.browser.click(page, 'See the plan');
	const goal = await okafor.get(/\/goals\/\d+(?=")/.exec(plan.body)[0]);

	assert.match(plan.text, /“I want to read a whole book to Sami\.”/);
	assert.match(goal.text, /Home and school agree: it begins/);
	assert.match(goal.text, /She finished the cat book!/);
	assert.match(goal.text, /قرأت لسامي أيضًا/);
	assert.match(goal.text, /At home we… نقرأ معًا عشر دقائق/);
});

await test('one goal was reached', async () => {
	const page = await okafor.browser.click(await okafor.get('/class'), 'Maja');
	const plan = await okafor.browser.click(page, 'See the plan');

	assert.match(plan.text, /Finished goals .*Maja zna tabliczkę mnożenia/);
});

await test('the parent: four kinds of things, for two children in two classes', async () => {
	const { page } = rima;

	assert.equal(page.room, 'family');
	assert.match(page.text, /Lina asks another child to play at least once a day\. School says yes and waits for you/);
	assert.match(page.text, /How did it go at home this week\?/);
	assert.match(page.text, /No money needed: the museum is free for us/);
	assert.match(page.text, /Adaeze Okafor offers times for a conference/);
	assert.match(page.text, /Your children .*Lina Haddad .*Sami Haddad/);
});

await test('in Arabic, as her LMS says', async () => {
	const { page } = await enter('rima', 'door1', { query: {} });

	assert.match(page.body, /<html[^>]*lang="ar"[^>]*dir="rtl"|<html[^>]*dir="rtl"[^>]*lang="ar"/);
	/* a Latin name that only screen readers say must not turn an Arabic line round */
	assert.doesNotMatch(page.body, /dir="auto"[^>]*><span class="vh">/);
	assert.match(page.body, /<span class="vh" dir="auto">Lina Haddad: <\/span>/);
});

await test('two homes: each sees its own agreement and booking only', async () => {
	const mother = await enter('sigridur', 'door1'), father = await enter('lars', 'door1');

	assert.match(father.page.text, /An agreement about Þórdís Ødegård waits for your yes/);
	assert.doesNotMatch(mother.page.text, /reading log/);
	assert.match((await mother.get('/conferences')).text, /16:10/);
	assert.doesNotMatch((await father.get('/conferences')).text, /16:10 to/);
	for (const p of ['/home', '/messages', '/conferences'])
		assert.doesNotMatch((await father.get(p)).text, /töskuna|Sigríður/);
});

await test('the student: a kind word, two goals, and how the week went', async () => {
	const { page } = await enter('lina', 'grade3');

	assert.equal(page.room, 'student');
	assert.match(page.text, /Karim Haddad · home سمعتك تقرئين من المطبخ/);
	assert.match(page.text, /“I want to read a whole book to Sami\.”/);
	assert.match(page.text, /How did it go this week\? Often Sometimes Not yet/);
	assert.match((await enter('minhanh', 'secondary')).page.text, /“I want to say one thing in every lesson\.”/);
});

await test('other classes are lived in, too', async () => {
	assert.match((await enter('dahl', 'nursery')).page.text, /An answer from home about Sami Haddad/);
	assert.match((await enter('demir', 'secondary')).page.text, /A note from home about Freja Sørensen/);
	const wright = await enter('wright', 'secondary');
	assert.match((await wright.get('/conferences')).text, /Northgate conferences .*2 of \d+ times booked/);
	assert.match((await wright.get('/notes')).text, /Deniz/);
});

await test('the office: somebody to confirm, two launches refused, every course in a school', async () => {
	let { page, browser, get } = await enter('castellanos', 'grade3');

	page = await browser.submit(page, f => f.value('door') === '4');
	assert.equal(page.room, 'admin');
	assert.match(page.text, /Courses without a school 0/);
	assert.match(page.text, /Run out 0/);
	page = await get('/admin/people');
	assert.match(page.text, /Perhaps \S+ \S+ of the class lists Same user name: harpreet/);
	assert.equal(page.text.split('Same user name').length, 2);
	page = await get('/admin/refused');
	assert.match(page.text, /token-expired/);
	assert.match(page.text, /audience/);
});

await test('a course on two platforms: each teacher and each team is one choice', async () => {
	const emre = await enter('emre', 'door2');
	const child = /\/child\/(\d+)/.exec(emre.page.body)[1];
	const form = (await emre.get(`/child/${child}/notes/new`)).form('/new');
	const texts = [...form.html.matchAll(/<option\b[^>]*>([^<]*)/g)].map(m => m[1]);

	assert.equal(new Set(form.choices.to).size, form.choices.to.length);
	assert.equal(new Set(texts).size, texts.length);
	assert.equal(form.fields.filter(f => f[0] === 'to').length, 1);
});

await test('the head of a school sees its numbers', async () => {
	let { page, browser } = await enter('fraser', 'grade3');

	page = await browser.submit(page, f => f.value('door') === '4');
	assert.match(page.text, /Pupils 40/);
});

await test('barred by a court order, or known to nobody: no child', async () => {
	assert.match((await enter('stranger', 'grade3')).page.text, /We do not know you yet/);
	for (const platform of ['moodle', 'canvas']) {
		const dale = await enter('dale', platform === 'moodle' ? 'door1' : 'grade3', { platform });

		assert.match(dale.page.text, /No child is linked to you yet/);
		for (const p of ['/home', '/messages', '/conferences'])
			assert.doesNotMatch((await dale.get(p)).body, /Noah|Ivy/);
	}
});

await test('the first things the demo names: an answer, a yes, a time; each sees the other\'s', async () => {
	let page = await okafor.browser.click(okafor.page, 'Answer');
	page = await okafor.browser.submit(page, '/answer', { body: 'She drew a boat.' }, { button: 'send' });
	assert.match(page.text, /Your answer is sent/);
	page = await rima.browser.click(rima.page, 'Read and answer');
	page = await rima.browser.submit(page, '/sign', {});
	assert.equal(page.status, 200);
	assert.match(page.text, /Agreed by home and school/);
	page = await rima.browser.click(await rima.get('/home'), 'Choose a time');
	const slot = /name="slot" value="(\d+)"/.exec(page.body)[1];
	page = await rima.browser.submit(page, '/book', { slot, mode: 'place' });
	assert.match(page.text, /Booked\. The teacher sees it too/);
	page = await okafor.get('/conferences');
	assert.match(page.text, /5 of 12 times booked/);
	assert.match((await okafor.get('/class')).text, /2 goals/);
});

await test('the audit is one unbroken chain and the tables agree, in spite of the clock', async () => {
	assert.match(tool.cli('audit', 'verify'), /./);
	assert.match(tool.cli('db', 'check'), /The database is sound/);
});

await stopAll();

await test('make demo once more keeps what people did, and says what to try', async () => {
	writeFileSync(path.join(dir, 'filled'), '');
	const r = spawnSync(path.join(ROOT, 'tests/demo.sh'), { encoding: 'utf8', timeout: 300000,
		env: { ...process.env, DEMO_DIR: dir, PORT: String(PORT), LMS_PORT: String(PORT + 1), ONCE: '1' } });

	assert.equal(r.status, 0, r.stdout + r.stderr);
	assert.doesNotMatch(r.stdout, /Filling/);
	assert(r.stdout.includes(`http://localhost:${PORT + 1}/\n`), r.stdout);
	assert.match(r.stdout, /As a teacher:.*Ms Okafor[^]*As a parent:.*Ms Rima Haddad/);
	const data = path.join(dir, 'data'), again = await startLintel({ port: PORT, dir: data });
	await startPractice({ port: PORT + 1, tool: again.url });
	const page = (await enter('okafor', 'grade3')).get('/conferences');
	assert.match((await page).text, /5 of 12 times booked/);
});

await finish();
