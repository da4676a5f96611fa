/*
 * What a student of eleven and more says about an agreement (PRODUCT 5.4: "R, comment"):
 * who may, who reads it, who does not, taking it back; in three languages.
 */
import assert from 'node:assert';
import { enter as enterAt, finish, fullSchool, test } from './lib/walk.mjs';

const { lms, tool, enter } = await fullSchool('say');
const day = n => new Date(Date.now() + n * 864e5).toISOString().slice(0, 10);

const teacher = await enter('wright', 'secondary'), kuba = await enter('kuba', 'secondary');
const mother = await enter('zaneta', 'door2'), father = await enter('lukasz', 'door2');
const child = /\/child\/(\d+)/.exec((await mother.get('/home')).links().find(l => l.text.includes('Jakub')).href)[1];
const id = page => /\/agreement\/(\d+)/.exec(page.url)?.[1];

/* An agreement of school with one home; yes from there. */
async function agreed(home, name, words) {
	const form = await teacher.get(`/child/${child}/agreements/new`);
	const option = new RegExp(`value="(\\d+)"[^>]*>[^<]*${name}`).exec(form.body)?.[1];
	let page = await teacher.send(form, '/new', { with: option, expectation: words, school: 'We ask', home: 'We ask',
		routine: '', review: day(30) }, { button: 'offer' });
	const n = id(page);
	assert(n, page.text);
	const before = await kuba.get(`/agreement/${n}`);
	assert.equal(before.refused, 'not-found', 'what is only offered is not the student\'s');
	page = await home.send(await home.get(`/agreement/${n}`), '/do', {}, { button: 'agree' });
	assert.equal(page.status, 200);
	return n;
}

const hers = await agreed(mother, 'Żaneta', 'Phones away by ten');
const his = await agreed(father, 'Łukasz', 'Homework before games');
const saying = async n => (await kuba.get(`/agreement/${n}`)).forms().some(f => f.action.endsWith('/say'));
const say = async (n, words) => kuba.send(await kuba.get(`/agreement/${n}`), '/say', { words });

await test('a student of thirteen is asked, told who reads it, and says it', async () => {
	const page = await kuba.get(`/agreement/${hers}`);
	assert.match(page.text, /What do you think of it\?/);
	assert.match(page.text, /Your teachers and the home it is with read it/);
	const said = await say(hers, 'CANARYsay ten is early\nbut <b>fine</b>');
	assert.equal(said.status, 200);
	assert.match(said.text, /Said\./);
	assert.match(said.text, /CANARYsay ten is early/);
	assert(said.body.includes('&lt;b&gt;fine'), 'escaped');
});

await test('the teacher and that home find it waiting, read it, and are asked no more', async () => {
	for (const [p, first] of [[teacher, '/today'], [mother, '/home']]) {
		assert.match((await p.get(first)).text, /Jakub Żak has written something about an agreement/, p.who);
		const page = await p.get(`/agreement/${hers}`);
		assert.match(page.text, /What Jakub Żak says about it/);
		assert.match(page.text, /CANARYsay ten is early/);
		assert.match(page.text, /Wrote what they think/);
		assert(!page.forms().some(f => /\/(say|unsay)$/.test(f.action)), 'nobody else speaks for the student');
		assert.doesNotMatch((await p.get(first)).text, /has written something/, p.who);
	}
});

await test('the other home does not meet it', async () => {
	assert.equal((await father.get(`/agreement/${hers}`)).refused, 'not-found');
	for (const at of ['/home', `/child/${child}`, `/child/${child}/agreements`, `/agreement/${his}`])
		assert.doesNotMatch((await father.get(at)).text, /CANARYsay|has written something/, at);
});

await test('the same words twice are said once; nothing and too much are not said', async () => {
	await say(hers, 'CANARYsay once');
	await say(hers, 'CANARYsay once');
	assert.equal((await kuba.get(`/agreement/${hers}`)).text.split('CANARYsay once').length, 2);
	assert.equal((await say(hers, '  ')).status, 422);
	const long = await say(hers, 'x'.repeat(501));
	assert.equal(long.status, 422);
	assert(long.body.includes('x'.repeat(501)), 'what was typed stays');
	assert.equal((await say(his, 'y'.repeat(500))).status, 200);
});

await test('taken back within fifteen minutes, it is gone for everybody', async () => {
	let page = await kuba.get(`/agreement/${hers}`);
	const form = page.forms().filter(f => f.action.endsWith('/unsay')).at(-1);
	page = await kuba.send(page, form, {});
	assert.match(page.text, /It is taken back/);
	assert.doesNotMatch(page.text, /CANARYsay once/);
	page = await teacher.get(`/agreement/${hers}`);
	assert.doesNotMatch(page.text, /CANARYsay once/);
	assert.match(page.text, /CANARYsay ten/);
	assert.match(page.text, /Took back what they wrote/);
	const again = await kuba.send(await kuba.get(`/agreement/${hers}`), form, {});
	assert.equal(again.status, 409);
	assert.match(again.text, /last 15 minutes/);
	/* another agreement's number in the address does not reach it */
	const other = await kuba.get(`/agreement/${hers}`), left = other.forms().find(f => f.action.endsWith('/unsay'));
	const wrong = await kuba.send(other, { ...left, action: left.action.replace(hers, his) }, {});
	assert.equal(wrong.status, 409);
	assert.match((await teacher.get(`/agreement/${hers}`)).text, /CANARYsay ten/);
});

await test('an ended agreement takes no more words', async () => {
	const end = await teacher.get(`/agreement/${his}/end`);
	const open = await kuba.get(`/agreement/${his}`);
	await teacher.send(end, '/do', {}, { button: 'end' });
	const late = await kuba.send(open, '/say', { words: 'CANARYlate' });
	assert([404, 409].includes(late.status), `${late.status}`);
	assert.doesNotMatch((await teacher.get(`/agreement/${his}`)).text, /CANARYlate/);
});

await test('a child of eight reads and is not asked', async () => {
	const okafor = await enter('okafor', 'grade3'), lina = await enter('lina', 'grade3'), rima = await enter('rima', 'door1');
	const who = /\/child\/(\d+)/.exec((await rima.get('/home')).links().find(l => l.text.includes('Lina')).href)[1];
	let page = await okafor.send(await okafor.get(`/child/${who}/agreements/new`), '/new', { expectation: 'Bag packed',
		school: 'We', home: 'We', routine: '', review: day(30) }, { button: 'offer' });
	const n = id(page);
	page = await rima.send(await rima.get(`/agreement/${n}`), '/do', {}, { button: 'agree' });
	page = await lina.get(`/agreement/${n}`);
	assert.match(page.text, /Bag packed/);
	assert.equal(page.forms().filter(f => /say$/.test(f.action || '')).length, 0);
	const form = (await kuba.get(`/agreement/${hers}`)).form('/say');
	const csrf = (await lina.get('/language')).form('/language').value('csrf');
	for (const words of ['CANARYyoung', '']) {
		const forced = await lina.send(page, { ...form, action: `${lina.at}/agreement/${n}/say`,
			fields: [['csrf', csrf], ['words', words]] }, {});
		assert.equal(forced.refused, 'not-yours', words);
	}
	assert.doesNotMatch((await okafor.get(`/agreement/${n}`)).text, /CANARYyoung/);
});

for (const [language, ask, says] of [['es', '¿Qué te parece?', /Lo que dice .?Jakub Żak/],
	['ar', 'ما رأيك في ذلك؟', /ما يقوله .?Jakub Żak/]])
	await test(`the same in ${language}`, async () => {
		const opts = { browser: { language }, query: { locale: language } };
		const k = await enterAt(lms, 'kuba', 'secondary', opts), m = await enterAt(lms, 'zaneta', 'door2', opts);
		assert((await k.get(`/agreement/${hers}`)).text.includes(ask));
		assert.match((await m.get(`/agreement/${hers}`)).text, says);
	});

await test('the box is there again, and the log names nobody', async () => {
	assert(await saying(hers));
	assert.doesNotMatch(tool.output, /CANARY|Jakub|Żak/);
});

await finish();
