/*
 * A goal through the front door: proposed by one side, agreed by both, a week said
 * by each, changed, finished; and what the other household, a stranger and the
 * test student get to see.
 */
import { Browser, importRoster, launch, registerPlatforms, startLintel, startPractice, words }
	from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { check as counted, finish, tempDir } from './lib/walk.mjs';

const port = await freePort(2);
const dir = tempDir('goal');
const check = (name, ok, more) => counted(ok, name, more);
const has = (name, page, text) =>
	check(name, words(page.body).includes(text), `${page.status} ${words(page.body).slice(0, 400)}`);
const hasNot = (name, page, text) => check(name, !page.body.includes(text), `found ${text}`);

const lms = await startPractice({ port: port + 1, tool: `http://127.0.0.1:${port}` });
const tool = await startLintel({ port, dir });

tool.cli('tenant', 'add', 'Practice district');
registerPlatforms(lms, tool, { tenant: 'Practice district' });
importRoster(lms, tool);

const enter = async (person, course, opts = {}) => {
	const language = opts.language || 'en', b = new Browser({ language });

	return [b, await launch(lms, b, person, course, { platform: 'canvas', query: { locale: language } })];
};
const pathOf = page => new URL(page.url).pathname.replace(/^\/app\/[^/]+/, '');
const at = (page, rest) => new URL(page.url).pathname.match(/^\/app\/[^/]+/)[0] + rest;
const day = n => new Date(Date.now() + n * 864e5).toISOString().slice(0, 10);

/* Everybody opens Lintel once, so that it knows who is in the class. */
for (const who of ['maja', 'zaneta', 'lukasz', 'tomas', 'marisol', 'noah', 'dale'])
	await enter(who, 'grade3');

/* ---- the teacher proposes ---------------------------------------------------- */

let [teacher, t] = await enter('haile', 'grade3');
t = await teacher.click(t, 'Class');
t = await teacher.click(t, 'Maja');
t = await teacher.click(t, 'See the plan');
const child = pathOf(t).match(/^\/child\/(\d+)\/goals$/)?.[1];
check('the plan has an address', !!child, t.url);
for (const domain of ['Academic', 'Social', 'Emotional'])
	has(`an empty plan names ${domain}`, t, domain);
check('three ways to add a goal', t.links().filter(l => l.text.startsWith('Add a goal')).length === 3);

const MOTHER = 'Żaneta';
const canary = 'CANARY<b>&"goal';
const reading = { words: `Reads aloud ${canary}`, measure: 'Days a week', school: 'A quiet corner',
	home: '', start: day(-30), review: day(30) };

t = await teacher.click(t, 'domain=social');
let bad = await teacher.submit(t, '/goals/new', { ...reading, school: '', review: day(-60) });
check('a form with gaps comes back', bad.status === 422, bad.status);
has('what was typed stays', bad, 'Reads aloud CANARY<b>&"goal');
has('it says what is missing', bad, 'small thing you will do at school');
t = await teacher.submit(bad, '/goals/new', reading);
check('a goal is kept', t.status === 200 && /^\/goals\/\d+$/.test(pathOf(t)), t.url);
has('it waits for home', t, 'A signature from home is missing.');
hasNot('words are escaped', t, '<b>&"goal');
const goal = pathOf(t);

let early = await teacher.post(at(t, `${goal}/week`), {
	csrf: t.form('/turn').fields.find(f => f[0] === 'csrf')[1], value: '1', note: '' });
check('no check-in before it is agreed: 409', early.status === 409, early.status);
has('the page says what is missing', early, 'A signature from home is missing.');
hasNot('and never whose', early, MOTHER);

/* ---- home agrees --------------------------------------------------------------- */

let [mother, m] = await enter('zaneta', 'grade3');
has('home is asked', m, 'Do you agree?');
m = await mother.click(m, 'Read and answer');
check('she reads it', pathOf(m) === goal, m.url);
bad = await mother.submit(m, '/sign', { step: '' });
check('home brings its step', bad.status === 422, bad.status);
m = await mother.submit(bad, '/sign', { step: 'We read before bed' });
has('agreed', m, 'Agreed by home and school');
has('the two columns', m, 'At home we… We read before bed');

/* ---- weeks ---------------------------------------------------------------------- */

m = await mother.get(at(m, '/home'));
m = await mother.click(m, 'Add how this week went');
m = await mother.submit(m, '/week', { note: 'She read to me' }, { button: 'Often' });
check('one tap leads back home', pathOf(m) === '/home', m.url);
m = await mother.get(at(m, goal));
has('her week is kept', m, 'You said: often.');
m = await mother.submit(m, '/week', {}, { button: 'Sometimes' });
has('and may be changed', m, 'You said: sometimes.');
t = await teacher.get(at(t, goal));
t = await teacher.submit(t, '/week', { note: '' }, { button: 'Often' });
has('school says its week', t, 'You said: often.');
has('the week is seen differently, kindly', t, 'This week we see it differently');
hasNot('never as an alarm', t, 'progress alert');
t = await teacher.get(at(t, '/today'));
has('and waits for a minute', t, 'We see this week differently');

/* ---- the other household --------------------------------------------------------- */

let [father, k] = await enter('lukasz', 'grade3');
k = await father.get(at(k, goal));
has('the other home reads the goal', k, 'At school we… A quiet corner');
has('and what home does', k, 'At home we… We read before bed Home');
hasNot('without a name of the first', k, MOTHER);
hasNot('without its notes', k, 'She read to me');
hasNot('without its weeks', k, 'This week we see it differently');
m = await mother.get(at(m, `/child/${child}/goals/new?domain=emotional`));
m = await mother.submit(m, '/goals/new', { ...reading, words: 'ONLYHERS', home: 'We talk', school: '',
	domain: 'emotional', only_household: '1' });
const hers = pathOf(m);
check('a goal for one household', /^\/goals\/\d+$/.test(hers), m.url);
k = await father.get(at(k, hers));
const never = await father.get(at(k, '/goals/4611686018427387904'));
check('it does not exist for the other', k.status === 404 && never.status === 404, k.status);
const plain = p => p.body.replaceAll(/[0-9a-f]{16}/g, '');
check('missing and foreign answer alike', plain(k) === plain(never));
k = await father.get(at(k, `/child/${child}/goals`));
hasNot('nor stands in a list', k, 'ONLYHERS');

/* ---- change, conflict ------------------------------------------------------------ */

m = await mother.get(at(m, `${goal}/change`));
let old = await teacher.get(at(t, `${goal}/change`));
m = await mother.submit(m, '/change', { words: 'Reads aloud every day' });
has('a change waits for school', m, 'A signature from school is missing.');
has('and the goal goes on', m, 'Agreed, a change waits');
old = await teacher.submit(old, '/change', { words: 'My other words' });
check('who was slower is told: 409', old.status === 409, old.status);
has('and keeps what was typed', old, 'My other words');
t = await teacher.get(at(t, goal));
t = await teacher.submit(t, '/sign');
has('school agrees again', t, 'Agreed by home and school');

/* ---- the student ------------------------------------------------------------------ */

let [maja, l] = await enter('maja', 'grade3');
check('the student opens on own goals', pathOf(l) === '/me', l.url);
hasNot('without what one home keeps', l, 'ONLYHERS');
l = await maja.click(l, 'Write it in my own words');
l = await maja.submit(l, '/words', { words: 'I want to read to Kuba' });
has('own words come first', l, '“I want to read to Kuba” The grown-ups say: Reads aloud');
l = await maja.submit(l, '/week', {}, { button: 'Often' });
has('she says how it went', l, 'You said: often.');
m = await mother.get(at(m, `${goal}/cheer`));
has('a kind word', m, 'A kind word for Maja');
bad = await mother.submit(m, '/cheer', { words: '', phrase: null });
check('nothing is no kind word', bad.status === 422, bad.status);
m = await mother.submit(bad, '/cheer', { words: 'I heard you from the kitchen' });
l = await maja.get(at(l, '/me'));
has('reaches her, with its sender', l, MOTHER);
has('in its words', l, 'I heard you from the kitchen');
l = await maja.submit(l, '/me/thanks');
has('she says thank you', l, 'They will be glad.');
l = await maja.get(at(l, '/me/new'));
l = await maja.submit(l, '/me/new', { words: 'I want to swim', domain: 'social' });
has('a goal of her own', l, '“I want to swim”');
t = await teacher.get(at(t, `/child/${child}/goals`));
has('the teacher sees her words first', t, '“I want to read to Kuba”');

/* ---- others ------------------------------------------------------------------------ */

let [marisol, o] = await enter('marisol', 'grade3');
o = await marisol.get(at(o, goal));
check('another family finds nothing', o.status === 404, o.status);
let [tomas, x] = await enter('tomas', 'grade3');
x = await tomas.get(at(x, goal));
check('nor does a classmate', x.status === 404, x.status);
x = await tomas.get(at(x, `/child/${child}/goals`));
check('nor the plan', x.status === 404, x.status);
x = await tomas.get(at(x, `${goal}/change`));
check('a student cannot change', x.status === 403, x.status);
t = await teacher.click(await teacher.get(at(t, '/class')), 'Noah');
t = await teacher.get(at(t, `${pathOf(t)}/goals/new`));
t = await teacher.submit(t, '/goals/new', { ...reading, domain: 'academic' });
const noah = pathOf(t);
let [dale, d] = await enter('dale', 'grade3');
d = await dale.get(at(d, noah));
check('who may not, by order of a court, finds nothing', d.status === 404, d.status);
let [tester, s] = await enter('teststudent', 'grade3');
s = await tester.get(at(s, '/me'));
has('the test student sees a made-up goal', s, 'I want to join in at break');
hasNot('and nobody else’s', s, 'CANARY');

/* ---- finishing ----------------------------------------------------------------------- */

t = await teacher.get(at(t, goal));
t = await teacher.click(t, 'Finish or pause it');
t = await teacher.submit(t, '/turn', {}, { button: 'Pause it for now' });
has('a pause', t, 'Go on with it');
t = await teacher.submit(t, '/turn', {}, { button: 'Go on with it' });
t = await teacher.click(t, 'Finish or pause it');
const late = await mother.get(at(m, `${goal}/close`));
t = await teacher.submit(t, '/turn', {}, { button: 'We reached it' });
has('reached', t, 'reached');
m = await mother.submit(late, '/turn', {}, { button: 'Not yet: stop here' });
check('it ends once: 409', m.status === 409, m.status);
for (const language of ['ar', 'es']) {
	const [b, p] = await enter('zaneta', 'grade3', { language });
	const page = await b.get(at(p, goal));

	check(`the page in ${language}`, page.status === 200, page.status);
}
check('no log line holds their words', !/CANARY|ONLYHERS|aneta/.test(tool.output));
await finish();
