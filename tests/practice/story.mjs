/*
 * What the people of the practice school did before a newcomer comes: five weeks of
 * goals, notes, agreements and a conference round, each step taken by the person
 * themselves, through their own launch and the forms they would see.
 *
 *   const world = { lms, serve: async shiftMs => tool };   tool: a Lintel whose clock is shifted
 *   await tell(world, line => console.log(line));
 *
 * The days are those of the clock of this machine, so that "this week" is this week.
 */
import { Browser, launch } from './client.mjs';

const DAY = 864e5;

/* Afternoon of a school day, at most two days before the one that was asked for. */
function schoolDay(daysAgo) {
	const t = new Date(Date.now() - daysAgo * DAY);

	while (t.getUTCDay() % 6 === 0) t.setTime(t.getTime() - DAY);
	t.setUTCHours(15, 40, 0, 0);
	return t.getTime();
}

/* ---- one person in a room ----------------------------------------------------- */

class Person {
	constructor(world, who, browser, page) {
		const at = /^.*\/app\/[^/]+/.exec(page.url);

		if (!at) throw new Error(`${who} did not get in: ${page.status} ${page.text.slice(0, 200)}`);
		Object.assign(this, { world, who, browser, page, at: at[0] });
	}
	async get(path) {
		return this.well(await this.browser.get(this.at + path), path);
	}
	async send(page, form, values, opts) {
		return this.well(await this.browser.submit(page, form, values, opts), String(form.action || form));
	}
	well(page, what) {
		if (page.status !== 200)
			throw new Error(`${this.who}, ${what}: ${page.status} ${page.text.slice(0, 400)}`);
		return page;
	}
	day(n) {
		return new Date(this.world.now() + n * DAY).toISOString().slice(0, 10);
	}
	/* A child by given name, as the class page of a teacher names it. */
	async child(name) {
		this.class ??= await this.get('/class');
		const l = this.class.links().find(x => /\/child\/\d+$/.test(x.href) && x.text.includes(name));

		if (!l) throw new Error(`${this.who} has no ${name} in class`);
		return /\d+$/.exec(l.href)[0];
	}

	async propose(child, domain, values) {
		const page = await this.get(`/child/${child}/goals/new?domain=${domain}`);

		return /\/goals\/(\d+)/.exec((await this.send(page, '/goals/new',
			{ measure: '', school: '', home: '', ...values })).url)[1];
	}
	async sign(goal, step = '') {
		await this.send(await this.get(`/goals/${goal}`), '/sign', step ? { step } : {});
	}
	async change(goal, values) {
		await this.send(await this.get(`/goals/${goal}/change`), '/change', values);
	}
	/* 0 not yet, 1 sometimes, 2 often */
	async week(goal, value, note = '') {
		await this.send(await this.get(`/goals/${goal}/week`), '/week', { note },
			{ button: String(value) });
	}
	async finish(goal) {
		await this.send(await this.get(`/goals/${goal}/close`), '/turn', {}, { button: 'met' });
	}
	async cheer(goal, words) {
		await this.send(await this.get(`/goals/${goal}/cheer`), '/cheer', { phrase: null, words });
	}
	async ownWords(goal, words) {
		await this.send(await this.get(`/goals/${goal}/words`), '/words', { words });
	}
	async wish(domain, words) {
		await this.send(await this.get('/me/new'), '/me/new', { domain, words });
	}

	/* to: part of a choice's words, where the form offers a choice */
	async write(child, body, to) {
		const page = await this.get(`/child/${child}/notes/new`);
		const form = page.form('/new'), values = { body };

		if (to) values.to = choice(form, 'to', to);
		return /\/note\/(\d+)/.exec((await this.send(page, form, values)).url)[1];
	}
	async answer(note, body) {
		let page = await this.get(`/note/${note}`);

		if (!page.forms().some(f => f.action?.endsWith('/answer')))
			page = await this.browser.click(page, `/note/${note}?home=`);
		await this.send(page, '/answer', { body }, { button: body ? 'send' : 'thank' });
	}

	async offer(child, values, home) {
		const page = await this.get(`/child/${child}/agreements/new`), form = page.form('/new');
		const more = home ? { with: choice(form, 'with', home) } : {};

		return /\/agreement\/(\d+)/.exec((await this.send(page, form, { routine: '',
			review: this.day(56), ...values, ...more }, { button: 'offer' })).url)[1];
	}
	async counter(paper, values) {
		await this.send(await this.get(`/agreement/${paper}/edit`), '/edit', values, { button: 'offer' });
	}
	async agree(paper) {
		await this.send(await this.get(`/agreement/${paper}`), '/do', {}, { button: 'agree' });
	}

	async round(values, more = []) {
		let page = await this.send(await this.get('/conferences/new'), '/new', values);
		const round = /round\/(\d+)/.exec(page.url)[1];

		for (const day of more) page = await this.send(page, '/day', day);
		await this.send(await this.get(`/conferences/round/${round}`), '/open', {});
		return round;
	}
	/* The nth free time. */
	async book(child, round, nth, values = {}) {
		const page = await this.get(`/conferences/for/${child}/${round}`);
		const slot = [...page.body.matchAll(/name="slot" value="(\d+)"/g)][nth][1];

		await this.send(page, '/book', { slot, ...values });
	}
}

function choice(form, name, words) {
	const o = [...form.html.matchAll(/<option\b[^>]*value="([^"]*)"[^>]*>([^<]*)/g)]
		.find(m => form.choices[name]?.includes(m[1]) && m[2].includes(words));

	if (!o) throw new Error(`no choice ${words} in ${name}`);
	return o[1];
}

/* ---- the world and its days ----------------------------------------------------- */

async function goTo(world, daysAgo) {
	world.shift = daysAgo > 0 ? schoolDay(daysAgo) - Date.now() : 0;
	world.now = () => Date.now() + world.shift;
	world.tool = await world.serve(world.shift);
	world.inside = new Map();
}

/* The platform's clock is not shifted with Lintel's, so its token names our time. */
function dated(world, opts = {}) {
	const iat = Math.floor(world.now() / 1000);

	return { ...opts, set: { ...(world.shift ? { iat, exp: iat + 3600 } : {}), ...opts.set } };
}

async function as(world, who, course) {
	if (!world.inside.has(who)) {
		const browser = new Browser();

		world.inside.set(who, new Person(world, who, browser,
			await launch(world.lms, browser, who, course, dated(world))));
	}
	return world.inside.get(who);
}

/* Everybody opens Lintel once in each of their courses. */
async function visits(world, people, platform) {
	const list = [];
	let opened = 0;

	for (const kind of ['staff', 'pupil', 'guardian'])
		for (const p of people.filter(x => x.kind === kind))
			for (const course of Object.keys(p.courses))
				/* her login is for the office to confirm, at the end */
				if (!(platform === 'moodle' && p.key === 'harpreet'))
					list.push([p.key, course]);
	for (const [who, course] of list) {
		try {
			const page = await launch(world.lms, new Browser(), who, course, dated(world, { platform }));

			if (page.room) opened++;
		} catch {
			/* no way into that course on that platform */
		}
	}
	return opened;
}

/* ---- the office ------------------------------------------------------------------- */

const SCHOOLS = [
	{ name: 'Harbour Lane School', phase: 'primary',
		courses: { 'Grade 3': 'none', Sunflower: 'early', 'Family door · Harbour': 'none' } },
	{ name: 'Northgate Secondary', phase: 'secondary',
		courses: { 'Grade 8/9': 'none', 'Family door · Northgate': 'none' } },
];

/* Every course of these words goes to its school: one may be there twice, on two platforms. */
async function give(office, words, school, phase) {
	const list = await office.get('/admin/schools');

	for (const row of list.body.split('<li').filter(x => x.includes(words))) {
		const link = /href="([^"]*\/admin\/course\/\d+)"/.exec(row)[1];
		const page = await office.browser.get(new URL(link, list.url).href);

		await office.send(page, '/admin/course/',
			{ school: choice(page.form('/admin/course/'), 'school', school), phase });
	}
}

async function courses(office) {
	for (const s of SCHOOLS)
		for (const [words, phase] of Object.entries(s.courses)) await give(office, words, s.name, phase);
}

async function newOffice(world) {
	const office = await as(world, 'castellanos', 'grade3');

	await office.send(await office.get('/waiting'), '/invite', { code: world.invite() });
	for (const s of SCHOOLS)
		await office.send(await office.get('/admin/schools/new'), '/schools/new',
			{ name: s.name, zone: 'Europe/London', phase: s.phase, lead: '' });
	await courses(office);
	/* Moodle names no number for its administrator: she is known by her user name. */
	await office.send(await office.get('/admin/people'), '/join', {});
	/* the head of a school sees its numbers */
	const fraser = await office.browser.click(await office.get('/admin/people?find=fraser'), '/admin/person/');
	await office.send(fraser, '/grant', { grant: 'leader', until: '' });
}

/* The same again, for what came since. */
async function office(world) {
	const castellanos = await as(world, 'castellanos', 'grade3');

	await castellanos.send(castellanos.page, f => f.value('door') === '4', {});
	await courses(castellanos);
}

/* A login without a number, somebody no roster knows, two launches that had to be refused. */
async function loose(world) {
	await launch(world.lms, new Browser(), 'stranger', 'grade3');
	await launch(world.lms, new Browser(), 'harpreet', 'door1',
		{ set: { sub: '9050' }, unset: ['lis.person_sourcedid'] });
	await launch(world.lms, new Browser(), 'fraser', 'grade3', { misbehave: 'expired' });
	await launch(world.lms, new Browser(), 'novak', 'secondary', { misbehave: 'wrong_aud' });
}

/* ---- the weeks ---------------------------------------------------------------------- */

export async function tell(world, say) {
	const okafor = () => as(world, 'okafor', 'grade3'), haile = () => as(world, 'haile', 'grade3');
	const dahl = () => as(world, 'dahl', 'nursery'), wright = () => as(world, 'wright', 'secondary');
	const demir = () => as(world, 'demir', 'secondary');
	const home = who => as(world, who, 'door1'), home2 = who => as(world, who, 'door2');
	const pupil = (who, course = 'grade3') => as(world, who, course);
	const id = {};
	const know = async (teacher, names) => {
		for (const [key, name] of Object.entries(names)) id[key] = await teacher.child(name);
	};

	/* ---- five weeks ago: everybody comes in, first goals --------------------- */
	await goTo(world, 35);
	const { people } = await world.lms.control('people');
	const n = await visits(world, people, 'moodle');
	await newOffice(world);
	say(`Five weeks ago: ${n} first visits on Moodle; the office names its two schools.`);

	await know(await okafor(), { lina: 'Lina', tomas: 'Tomás', amina: 'Amina', thordis: 'Þórdís',
		misaki: '美咲', ravi: 'रवि', maja: 'Maja', sofiia: 'Софія', noah: 'Noah', grace: 'Grace',
		seoyeon: '서연', mateus: 'Mateus' });
	await know(await dahl(), { sami: 'Sami', eirik: 'Eirik', elodie: 'Élodie', zakaria: 'Zakaria' });
	await know(await wright(), { kuba: 'Jakub', minhanh: 'Minh Anh', deniz: 'Deniz', oskar: 'Oskar', freja: 'Freja' });

	const reading = await (await home('rima')).propose(id.lina, 'academic', {
		words: 'لينا تقرأ بصوت عالٍ كل مساء وتفهم ما تقرأ.',
		measure: 'كم مساءً في الأسبوع قرأنا معًا',
		home: 'نقرأ معًا عشر دقائق قبل النوم، بالعربية أو بالإنجليزية.' });
	await (await okafor()).sign(reading, 'listen to one page on Friday. Lina chooses the book on Monday.');
	const tables = await (await home('zaneta')).propose(id.maja, 'academic', {
		words: 'Maja zna tabliczkę mnożenia do dziesięciu.', measure: 'Odpowiada bez liczenia na palcach',
		home: 'ćwiczymy w samochodzie w drodze do szkoły.' });
	await (await haile()).sign(tables, 'play two number games a week with a partner. No tests.');
	const bye = await (await home('camille')).propose(id.elodie, 'emotional', {
		words: 'Élodie nous dit au revoir le matin sans avoir le cœur gros.', measure: '',
		home: 'un bisou, un signe à la fenêtre, et nous partons sans revenir.' });
	await (await dahl()).sign(bye, 'let her water the plants with us as soon as you have waved.');

	/* ---- four weeks ago -------------------------------------------------------- */
	await goTo(world, 28);
	await (await home('rima')).week(reading, 1, 'بدأنا! لينا اختارت كتاب القطط.');
	await (await okafor()).week(reading, 1, 'A good start: she picked the cat book.');
	await (await home('zaneta')).week(tables, 1);
	await (await haile()).week(tables, 1, 'The twos and fives are quick already.');
	await (await home('camille')).week(bye, 0, 'Encore des larmes, mais plus courtes.');
	await (await pupil('lina')).ownWords(reading, 'I want to read a whole book to Sami.');
	const morning = await (await okafor()).propose(id.tomas, 'emotional', {
		words: 'Tomás comes in calm in the morning.', measure: 'How soon he sits down and smiles',
		school: 'let him draw for five minutes before we begin.' });
	await (await home('marisol')).sign(morning, 'salimos diez minutos antes y cantamos por el camino.');
	const speak = await (await home('jieun')).propose(id.seoyeon, 'social', {
		words: '서연이가 친구들 앞에서 편하게 이야기해요.', home: '저녁마다 하루 이야기를 한 가지씩 나눠요.' });
	await (await okafor()).sign(speak, 'let her tell one friend first, then a small group.');
	say('Four weeks ago: the first weeks of reading, times tables and saying goodbye.');

	/* ---- three weeks ago -------------------------------------------------------- */
	await goTo(world, 21);
	await (await home('rima')).week(reading, 2);
	await (await okafor()).week(reading, 1);
	await (await home('zaneta')).week(tables, 2, 'Same siódemki jeszcze nie.');
	await (await haile()).week(tables, 2);
	await (await home('camille')).week(bye, 1);
	await (await dahl()).week(bye, 1, 'She waters the plants and then shows me the drawings.');
	await (await home('marisol')).week(morning, 1, 'El lunes costó. El viernes vino cantando.');
	await (await okafor()).week(morning, 0, 'Mornings are still hard. We keep the drawing.');
	await (await home('jieun')).week(speak, 1);
	await (await pupil('minhanh', 'secondary')).wish('emotional', 'I want to say one thing in every lesson.');
	const mine = await goalOf(await demir(), id.minhanh);
	await (await demir()).change(mine, { words: 'Minh Anh speaks up once in each lesson.',
		school: 'ask her second, never first, and wait as long as it takes.' });
	await (await home2('huong')).sign(mine, 'buổi tối con kể cho mẹ nghe một điều con đã nói ở lớp.');
	const bag = await (await okafor()).offer(id.thordis, {
		expectation: 'Þórdís has her swimming things on Thursdays',
		school: 'remind everybody on Wednesday afternoon.',
		home: 'pack the bag on Wednesday evening.', routine: 'Every Wednesday' }, 'Sigríður');
	await (await home('sigridur')).counter(bag, { home: 'pökkum í töskuna á miðvikudagskvöldi.' });
	await (await okafor()).agree(bag);
	say('Three weeks ago: a goal in a student’s own words, an agreement in two columns.');

	/* ---- two weeks ago ------------------------------------------------------------ */
	await goTo(world, 14);
	await (await home('rima')).week(reading, 2, 'قرأت لسامي أيضًا.');
	await (await okafor()).week(reading, 2, 'She read a page to the whole class.');
	await (await home('zaneta')).week(tables, 2);
	await (await haile()).week(tables, 2, 'All of them, even the sevens.');
	await (await home('camille')).week(bye, 2);
	await (await dahl()).week(bye, 2);
	await (await home('marisol')).week(morning, 1);
	await (await okafor()).week(morning, 1);
	await (await home('jieun')).week(speak, 1, '할머니께도 이야기했어요.');
	await (await okafor()).week(speak, 1);
	await (await pupil('minhanh', 'secondary')).week(mine, 1);
	await (await demir()).week(mine, 1, 'Twice this week, and people listened.');
	const library = await (await okafor()).write(id.grace,
		'Grace helped a new child find the library today, without being asked. I thought you would like to know.');
	await (await home('patience')).answer(library, '');
	const cough = await (await home('sunita')).write(id.ravi,
		'रवि को खाँसी है, वह आज घर पर रहेगा। हम घर पर क्या पढ़ें?');
	await (await haile()).answer(cough, 'Get well soon, Ravi! Two pages of the bird book are enough.');
	const sleep = await (await home('lars')).write(id.eirik,
		'Eirik har sovet dårlig i natt. Kanskje han trenger en ekstra hvil i dag.');
	await (await dahl()).answer(sleep, 'Takk for beskjed! Han sov en halvtime etter lunsj og våknet blid.');
	say('Two weeks ago: notes go to and fro in six languages.');

	/* ---- last week ------------------------------------------------------------------ */
	await goTo(world, 7);
	await (await home('rima')).week(reading, 2);
	await (await okafor()).week(reading, 2);
	await (await pupil('lina')).week(reading, 2);
	await (await home('zaneta')).week(tables, 2, 'Umie! Bardzo dziękujemy.');
	await (await haile()).finish(tables);
	await (await home('marisol')).week(morning, 2, '¡Toda la semana sin llorar!');
	await (await okafor()).week(morning, 2, 'Four calm mornings.');
	await (await home('jieun')).week(speak, 2);
	await (await pupil('minhanh', 'secondary')).week(mine, 2);
	await (await demir()).week(mine, 2);
	const museum = await (await okafor()).write(id.lina,
		'On Thursday we visit the harbour museum. Please give Lina a warm jacket and a sandwich.');
	await (await home('rima')).answer(museum, 'شكرًا! هل تحتاج لينا إلى نقود أيضًا؟');
	await (await okafor()).answer(museum, 'No money needed: the museum is free for us.');
	const tower = await (await dahl()).write(id.sami,
		'Sami built a tower as tall as himself today. When it fell, he helped to pick up every block.');
	await (await home('karim')).answer(tower, 'شكرًا! سامي حكى لنا عن البرج طوال المساء.');
	const tooth = await (await home2('emre')).write(id.deniz,
		'Deniz perşembe günü dişçiye gidecek, ilk derse gelemeyecek.', 'Wright');
	await (await wright()).answer(tooth, 'Thank you for telling me. I keep the worksheet for him.');
	const glasses = await (await okafor()).offer(id.mateus, {
		expectation: 'Mateus has his glasses with him every day',
		school: 'keep a case for them in his drawer.', home: 'put the glasses beside his bag in the evening.' });
	say('Last week: one goal is reached, and the weeks are told by home, school and student.');

	/* ---- yesterday -------------------------------------------------------------------- */
	await goTo(world, 1);
	const more = await visits(world, people, 'canvas');
	await office(world);
	await rounds(world, { okafor, dahl, wright, home, home2 }, id);
	await (await home('marcia')).counter(glasses, {
		home: 'deixamos os óculos ao lado da mochila à noite. Na quinta-feira vem o avô: lembrem-no também, por favor.' });
	await (await okafor()).offer(id.thordis, {
		expectation: 'Þórdís brings her reading log on Fridays',
		school: 'listen to it before the first lesson.',
		home: 'sign it together on Thursday.' }, 'Lars');
	await (await home('hodan')).propose(id.amina, 'social', {
		words: 'Amina asks other children to play, not only her cousin.',
		home: 'invite one girl from the class each week.', school: 'could pair her with somebody new.' });
	await (await home('olena')).write(id.sofiia, 'Добрий день! Софія вчора довго не могла заснути. ' +
		'Якщо вона сьогодні тиха, не хвилюйтеся: їй допомагає трохи помалювати. Дякую!');
	await (await okafor()).propose(id.lina, 'social', {
		words: 'Lina asks another child to play at least once a day.',
		measure: 'She tells us about it at the end of the day',
		school: 'stay near at break until the game has begun.',
		home: 'ask at dinner: whom did you play with today?' });
	await (await home2('mette')).write(id.freja, 'Freja vil gerne vise sine tegninger i klassen, ' +
		'men tør ikke selv spørge. Kan du hjælpe hende?', 'Demir');
	say(`Yesterday: ${more} visits on Canvas; conferences are open, families choose times, ideas wait.`);

	/* ---- today -------------------------------------------------------------------------- */
	await goTo(world, 0);
	await (await okafor()).week(reading, 2, 'She finished the cat book!');
	await (await home('karim')).cheer(reading, 'سمعتك تقرئين من المطبخ. أنا فخور بك.');
	await (await home('marisol')).week(morning, 2);
	await (await pupil('tomas')).wish('social', 'I want to play football with the big kids.');
	await (await home2('huong')).week(mine, 2);
	await loose(world);
	say('Today: a kind word waits for Lina, a wish of Tomás’s for the grown-ups.');
}

/* The only open goal of a child, from its plan. */
async function goalOf(teacher, child) {
	const page = await teacher.get(`/child/${child}/goals`);

	return /\/goals\/(\d+)/.exec(page.body)[1];
}

/* A Tuesday and a Thursday, seven days off at least. */
function comingDays(now) {
	const t = new Date(now + 7 * DAY);

	while (t.getUTCDay() !== 2) t.setTime(t.getTime() + DAY);
	return [0, 2].map(n => new Date(t.getTime() + n * DAY).toISOString().slice(0, 10));
}

async function rounds(world, { okafor, dahl, wright, home, home2 }, id) {
	const [first, second] = comingDays(world.now());
	const grade3 = await (await okafor()).round({ title: 'Winter conferences, Grade 3',
		note: 'Fifteen minutes about what goes well and what comes next. Your child may come along.',
		day: first, from: '15:30', to: '17:30', length: '15', gap: '5', place: 'Room 12, first floor',
		phone: '1', video: '', notice: '12' }, [{ day: second, from: '15:30', to: '17:30' }]);
	const nursery = await (await dahl()).round({ title: 'How is it going? Sunflower nursery',
		note: 'Come for a cup of tea.', day: second, from: '14:00', to: '16:00', length: '20', gap: '10',
		place: 'The reading corner', notice: '12' });
	const northgate = await (await wright()).round({ title: 'Northgate conferences', note: '',
		day: first, from: '16:00', to: '18:00', length: '10', gap: '5', place: 'Hall, table 4',
		video: 'https://meet.example/wright', notice: '24' });

	await (await home('marisol')).book(id.tomas, grade3, 1,
		{ topic: '¿Cómo le va en el recreo?', mode: 'place' });
	await (await home('claire')).book(id.noah, grade3, 2, { mode: 'phone', phone: '555 0142', topic: '' });
	await (await home('yoko')).book(id.misaki, grade3, 0, { mode: 'place', topic: '家での読書について' });
	await (await home('sigridur')).book(id.thordis, grade3, 5, { mode: 'place', topic: '' });
	await (await home('camille')).book(id.elodie, nursery, 1, { topic: '' });
	await (await home('hodan')).book(id.zakaria, nursery, 0, { topic: '' });
	await (await home2('per')).book(id.oskar, northgate, 2,
		{ mode: 'video', topic: 'How can I help from far away?' });
	await (await home2('zaneta')).book(id.kuba, northgate, 0, { mode: 'place', topic: '' });
}
