/*
 * A class that has used Lintel for six weeks, for pictures and for the pages that look
 * empty otherwise. Everybody comes in by the front door; the gateway's clock (lab mode)
 * stands back by whole weeks and the tokens of the practice LMS are dated to match.
 *
 *   const tool = await fill(lms, { port, dir });      // running, its clock at today
 */
import { Browser, importRoster, launch, registerPlatforms, startLintel } from '../practice/client.mjs';

const DAY = 86400e3, WEEK = 7 * DAY;
const date = ms => new Date(ms).toISOString().slice(0, 10);
const thursday = ms => date(ms + (11 - new Date(ms).getUTCDay()) % 7 * DAY);

const PARENTS = { amina: 'hodan', lina: 'rima', tomas: 'marisol', misaki: 'yoko', thordis: 'sigridur',
	ravi: 'sunita', maja: 'zaneta', sofiia: 'olena', hassan: 'fatima', seoyeon: 'jieun',
	mateus: 'marcia', aoife: 'niamh' };
const NAMES = { amina: 'Amina', lina: 'Lina', tomas: 'Tomás', misaki: '美咲', thordis: 'Þórdís',
	ravi: 'रवि', maja: 'Maja', sofiia: 'Софія', hassan: 'حسن', seoyeon: '서연', mateus: 'Mateus',
	aoife: 'Aoife' };

/* Who proposes what, what home does, and how the weeks went: home's and school's value a week. */
const GOALS = [
	['lina', 'social', 'I want to join in at break', 'Pair Lina with Maja on Mondays and Wednesdays',
		'Invite one friend on Saturday and ask “who did you play with?”',
		'Plays with others at break three days a week', '011212', '001111'],
	['lina', 'academic', 'Reads aloud for ten minutes a day', 'Ten quiet minutes after lunch',
		'A story before bed', 'Days a week', '1122-2', '112222'],
	['amina', 'academic', 'Learns the times tables up to ten', 'A short game at the start of maths',
		'Five cards at breakfast', '', '112222', '111222'],
	['amina', 'emotional', 'Asks for help when something is hard', 'A card on the desk that says “help me”',
		'We ask about it at dinner', '', '-11122', '011222'],
	['tomas', 'academic', 'Writes three sentences on his own', 'A picture to start from',
		'A postcard to his grandmother each week', '', '--01--', '111112'],
	['thordis', 'social', 'Waits for her turn', 'A signal we agreed on', 'Board games on Sunday', '',
		'212122', '111222'],
	['maja', 'academic', 'Reads aloud every day', 'A quiet corner', 'We read before bed', '',
		'222222', '122222'],
	['sofiia', 'emotional', 'Says when she misses home', 'A quiet place by the window',
		'A call with grandmother on Sunday', '', '11-212', '1-1-12'],
	['hassan', 'academic', 'Counts money in a shop', 'A class shop on Fridays', 'He pays for the bread',
		'', '-1112-', '011122'],
];

/* A launch whose token is dated like the gateway's clock. */
function dated(shift) {
	const s = Math.floor((Date.now() - shift) / 1000);

	return { iat: s, exp: s + 3600 };
}

async function room(lms, shift, who, course) {
	const browser = new Browser();
	const page = await launch(lms, browser, who, course, { set: dated(shift), query: { locale: 'en' } });
	const at = /^.*\/app\/[^/]+/.exec(page.url)?.[0];

	if (!at) throw new Error(`${who} did not get in: ${page.status} ${page.text.slice(0, 200)}`);
	return { get: p => browser.get(at + p),
		send: async (path, which, values, button) => {
			const r = await browser.submit(await browser.get(at + path), which, values, { button });

			if (r.status !== 200)
				throw new Error(`${who} ${path}: ${r.status} ${r.text.slice(0, 400)}`);
			return r;
		},
		refused: page.refused };
}

const family = (w, child) => w.room(PARENTS[child], 'door1');

async function everybody(w) {
	w.teacher = await w.room('okafor', 'grade3');
	await w.room('haile', 'grade3');
	for (const child of Object.keys(PARENTS)) await family(w, child);
	const page = await w.teacher.get('/class');

	for (const [key, name] of Object.entries(NAMES)) {
		w.child[key] = page.links().find(l => l.text.includes(name))?.href.match(/\/child\/\d+/)?.[0];
		if (!w.child[key]) throw new Error(`${name} is not in the class`);
	}
}

async function propose(w) {
	for (const g of GOALS) {
		const [child, domain, words, school, home, measure] = g;
		const r = await w.teacher.send(`${w.child[child]}/goals/new?domain=${domain}`, '/goals/new',
			{ words, school, measure, start: date(w.now), review: date(w.now + 8 * WEEK) });

		g.path = /\/goals\/\d+/.exec(r.url)[0];
		await (await family(w, child)).send(g.path, '/sign', { step: home });
	}
}

async function week(w, n) {
	for (const g of GOALS) {
		if (g[7][n] !== '-') await w.teacher.send(g.path, '/week', {}, g[7][n]);
		if (g[6][n] !== '-') await (await family(w, g[0])).send(g.path, '/week', {}, g[6][n]);
	}
}

async function agreement(w) {
	const page = await w.teacher.send(`${w.child.lina}/agreements/new`, '/agreements/new', {
		expectation: 'A calm start to the day',
		school: 'Lina comes in at 8:20, hangs up her coat and draws until we begin',
		home: 'Bag packed the evening before; we leave at eight',
		routine: 'On Monday we both say how the week began',
		review: date(w.now + 8 * WEEK) }, 'offer');
	const path = /\/agreement\/\d+/.exec(page.url)[0];

	await (await family(w, 'lina')).send(path, '/do', {}, 'agree');
}

async function note(from, child, body, values = {}) {
	const r = await from.send(`${child}/notes/new`, '/notes/new', { body, ...values });

	return /\/note\/\d+/.exec(r.url)[0];
}

async function notes(w) {
	const { child } = w, rima = await family(w, 'lina'), marisol = await family(w, 'tomas');
	let n = await note(rima, child.lina, 'Lina sleeps better since she walks to school. She tells us more, too.');

	await w.teacher.send(n, '/answer', { body: 'Thank you, that shows in the mornings.' }, 'send');
	n = await note(w.teacher, child.amina, 'Amina helped a new child find the hall today.');
	await (await family(w, 'amina')).send(n, '/answer', {}, 'thank');
	n = await note(w.teacher, child.thordis, 'Þórdís waited for her turn three times today, and smiled.');
	await note(w.teacher, child.tomas, 'We go to the harbour on Friday. Please bring boots.');
	await note(w.teacher, child.seoyeon, '서연 showed us how to fold a crane.');
	await note(await family(w, 'sofiia'), child.sofiia,
		'Софія was sad on Sunday evening. Could you look how she is on Monday?');
	return marisol;
}

async function conferences(w) {
	const { teacher } = w, day = thursday(w.now + WEEK), next = date(Date.parse(day) - DAY);
	let page = await teacher.send('/conferences/new', '/new', { title: 'Autumn talks',
		note: 'Fifteen minutes to look at your child’s goals together. Your child is welcome.',
		day, from: '16:00', to: '18:00', length: '15', gap: '5', place: 'Room 12', phone: '1' });
	const round = /\/conferences\/round\/\d+/.exec(page.url)[0];

	page = await teacher.send(round, '/day', { day: next, from: '15:30', to: '17:30' });
	await teacher.send(round, '/open');
	for (const [child, i] of [['amina', 1], ['thordis', 3], ['maja', 4], ['hassan', 8]]) {
		const at = `/conferences/for/${w.child[child].slice(7)}/${round.slice(19)}`;
		const one = await family(w, child), slots = [...(await one.get(at)).body
			.matchAll(/name="slot" value="(\d+)"/g)].map(m => m[1]);

		await one.send(at, '/book', { slot: slots[i], mode: 'place' });
	}
	w.round = round;
}

/* What waits for somebody on the day of the pictures. */
async function today(w) {
	const { child, teacher } = w;
	const misaki = await family(w, 'misaki');

	await misaki.send(`${child.misaki}/goals/new?domain=emotional`, '/goals/new', {
		words: 'Looks forward to swimming', home: 'We go to the pool together on Saturday',
		start: date(w.now), review: date(w.now + 8 * WEEK) });
	await teacher.send(`${child.lina}/goals/new?domain=emotional`, '/goals/new', {
		words: 'Tells a grown-up when something feels unfair', school: 'Five minutes together after break',
		start: date(w.now), review: date(w.now + 8 * WEEK) });
	await note(teacher, child.lina, 'Lina read her whole story to the class today, loud and clear.');
	await note(await family(w, 'lina'), child.lina, 'She listens better when she may draw. Could she, during story time?');
}

export async function fill(lms, { port, dir }) {
	const w = { child: {} };
	let tool = await startLintel({ port, dir });

	registerPlatforms(lms, tool);
	importRoster(lms, tool);
	for (let n = 0; n <= 6; n++) {
		const shift = n === 6 ? 0 : (6 - n) * WEEK - (n === 5 ? 3 * DAY : 0);

		await tool.stop();
		tool = await startLintel({ port, dir, env: { LINTEL_TEST_CLOCK_OFFSET_MS: String(-shift) } });
		w.now = Date.now() - shift;
		w.room = (who, course) => room(lms, shift, who, course);
		w.teacher = undefined;
		if (n === 0) {
			await everybody(w);
			await propose(w);
		}
		w.teacher ??= await w.room('okafor', 'grade3');
		if (n < 6) await week(w, n);
		if (n === 1) await agreement(w);
		if (n === 5) await notes(w);
		if (n === 6) {
			await conferences(w);
			await today(w);
		}
	}
	return Object.assign(tool, { child: w.child, round: w.round });
}
