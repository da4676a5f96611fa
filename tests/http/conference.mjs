/*
 * A conference from the teacher's first field to both calendars, as two people and
 * their browsers see it; who sees nothing; what happens when two want one time.
 * ENGINE=postgresql runs it on a database that tests/pg.sh made.
 */
import assert from 'node:assert';
import { Browser } from '../practice/client.mjs';
import { finish, fullSchool, test } from './lib/walk.mjs';

const { tool, enter } = await fullSchool('conference');

const day = n => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10);
const slots = page => [...page.body.matchAll(/name="slot" value="(\d+)"/g)].map(m => m[1]);
const times = page => [...page.body.matchAll(/name="slot" value="\d+"[^>]*> ([^<]+)</g)].map(m => m[1]);
const lines = ics => ics.replace(/\r\n /g, '').split('\r\n');
const value = (ics, name) => lines(ics).find(l => l.startsWith(`${name}:`))?.slice(name.length + 1);

const okafor = await enter('okafor', 'grade3');
const rima = await enter('rima', 'door1');
const marisol = await enter('marisol', 'door1');
let round, booking, first, lina;

await test('a round needs a place and hours that hold a time', async () => {
	const page = await okafor.get('/conferences/new');
	let r = await okafor.browser.submit(page, '/new', { title: 'Autumn talks', day: day(10),
		from: '18:00', to: '16:00', place: '' });

	assert.equal(r.status, 422);
	assert.match(r.body, /value="Autumn talks"/);
	assert.match(r.text, /2 answers need another look/);
	r = await okafor.browser.submit(page, '/new', { title: '', day: 'soon' });
	assert.equal(r.status, 422);
});

await test('the teacher sees the times before anybody else does', async () => {
	let page = await okafor.get('/conferences/new');

	page = await okafor.browser.submit(page, '/new', { title: 'Autumn talks', note: 'CANARYnote',
		day: day(10), from: '16:00', to: '18:00', length: '15', gap: '5', place: 'Room 12',
		phone: '1', video: 'https://meet.example/room', notice: '12' });
	assert.equal(page.status, 200);
	round = /round\/(\d+)/.exec(page.url)[1];
	assert.match(page.text, /6 times/);
	assert.match(page.text, /16:00 16:20 16:40/);
	assert.doesNotMatch((await rima.get('/conferences')).text, /Autumn talks/);
});

await test('a second day, and one taken out again', async () => {
	let page = await okafor.get(`/conferences/round/${round}`);

	page = await okafor.browser.submit(page, '/day', { day: day(11), from: '16:00', to: '17:00' });
	assert.match(page.text, /9 times/);
	page = await okafor.browser.submit(page, '/day', { day: day(11), from: '16:00', to: '17:00' });
	assert.equal(page.status, 422);
	page = await okafor.get(`/conferences/round/${round}`);
	page = await okafor.browser.submit(page, p => p.action.endsWith('/drop') &&
		p.value('day') === day(11));
	assert.match(page.text, /6 times/);
});

await test('a draft is nobody else\'s, not even its address', async () => {
	assert.equal(await childOf(rima), null);
	assert.equal((await rima.get(`/conferences/round/${round}`)).status, 403);
	assert.equal((await marisol.get(`/conferences/for/1/${round}`)).status, 404);
});

/* The child's number, as the guardian's own page names it. */
async function childOf(who, r = round) {
	const page = await who.get('/conferences');
	const m = new RegExp(`/conferences/for/(\\d+)/${r}"`).exec(page.body);

	return m ? m[1] : null;
}

await test('opened, families of the class find it and nobody else', async () => {
	let page = await okafor.get(`/conferences/round/${round}`);

	page = await okafor.browser.submit(page, '/open');
	assert.equal(page.status, 200);
	assert.match(page.text, /0 of 6 times booked/);
	assert.match((await rima.get('/conferences')).text, /Lina Haddad .*Okafor.*Autumn talks/);
	const hodan = await enter('hodan', 'door1'), dale = await enter('dale', 'door1').catch(() => null);
	assert(await childOf(hodan));
	assert.equal(dale && await childOf(dale), null);
	const wright = await enter('wright', 'secondary');
	assert.equal((await wright.get(`/conferences/round/${round}`)).status, 404);
	const haile = await enter('haile', 'grade3');
	assert.equal((await haile.get(`/conferences/round/${round}`)).status, 404);
});

await test('two taps: a time, and the button', async () => {
	lina = await childOf(rima);
	let page = await rima.get(`/conferences/for/${lina}/${round}`);

	assert.equal(slots(page).length, 6);
	first = slots(page)[0];
	let bad = await rima.browser.submit(page, '/book', { topic: 'Reading at home' });
	assert.equal(bad.status, 422);
	assert.match(bad.text, /Please choose a time first/);
	assert.match(bad.body, /Reading at home/);
	page = await rima.browser.submit(page, '/book', { slot: first, topic: 'CANARYtopic' });
	assert.equal(page.status, 200);
	booking = /booking\/(\d+)/.exec(page.url)[1];
	assert.match(page.text, /Booked\. The teacher sees it too/);
	assert.match(page.text, /Room 12/);
	page = await okafor.get(`/conferences/round/${round}`);
	assert.match(page.text, /Lina Haddad/);
	assert.match(page.text, /Rima Haddad/);
	assert.match(page.text, /CANARYtopic/);
	assert.match(page.text, /1 of 6 times booked/);
});

await test('the child\'s page shows it to both', async () => {
	assert.match((await rima.get(`/child/${lina}`)).text, /Conferences .*16:00 to 16:15/);
	assert.match((await okafor.get(`/child/${lina}`)).text, /Conferences .*Rima Haddad/);
});

await test('the same tap twice is one booking', async () => {
	const page = await rima.get(`/conferences/booking/${booking}`);
	const csrf = page.form('/words').value('csrf');
	const r = await rima.browser.post(`${rima.at}/conferences/for/${lina}/${round}/book`,
		{ csrf, slot: first, mode: 'place', phone: '', topic: '' });

	assert.equal(r.status, 200);
	assert.equal(/booking\/(\d+)/.exec(r.url)[1], booking);
});

await test('a time that was just taken: 409, the closest ones, nothing typed is lost', async () => {
	const tomas = await childOf(marisol);
	let page = await marisol.get(`/conferences/for/${tomas}/${round}`);

	assert(!slots(page).includes(first));
	assert.doesNotMatch(page.body, /CANARYtopic|Haddad|Rima|Lina/);
	page = await marisol.browser.submit(page, '/book', { slot: first, topic: 'Por favor' });
	assert.equal(page.status, 409);
	assert.match(page.text, /That time was just taken/);
	assert.match(page.text, /Closest free times/);
	assert.match(page.body, /Por favor/);
	page = await marisol.browser.submit(page, '/book', { slot: slots(page)[0] });
	assert.equal(page.status, 200);
	assert.match(page.text, /Booked/);
});

await test('two homes of one child never learn of each other', async () => {
	const mother = await enter('sigridur', 'door1'), father = await enter('lars', 'door1');
	const child = await childOf(mother);
	let page = await mother.get(`/conferences/for/${child}/${round}`);
	const slot = slots(page)[0];

	page = await mother.browser.submit(page, '/book', { slot, topic: 'CANARYhome', phone: 'CANARYphone' });
	const theirs = /booking\/(\d+)/.exec(page.url)[1];
	const a = await father.get(`/conferences/booking/${theirs}`);
	const b = await father.get('/conferences/booking/77');
	const bare = t => t.body.replace(/[0-9a-f]{16}/g, '').replaceAll(theirs, '77');
	assert.equal(a.status, 404);
	assert.equal(bare(a), bare(b));
	page = await father.get('/conferences');
	assert.doesNotMatch(page.body, /CANARYhome|CANARYphone|Sigr/);
	page = await father.get(`/conferences/for/${await childOf(father)}/${round}`);
	assert.doesNotMatch(page.body, /CANARYhome|CANARYphone|Sigr/);
	assert(!slots(page).includes(slot));
	page = await father.browser.submit(page, '/book', { slot: slots(page)[0] });
	assert.equal(page.status, 200);
	assert.doesNotMatch((await father.get('/conferences')).body, /CANARYhome/);
	/* off again, so that the counts below stay simple */
	for (const p of [mother, father]) {
		const mine = /booking\/(\d+)/.exec((await p.get('/conferences')).body)[1];
		await p.browser.submit(await p.get(`/conferences/booking/${mine}/cancel`), '/cancel');
	}
});

await test('a booking is the household\'s and the teacher\'s', async () => {
	for (const p of ['', '/move', '/cancel', '/ics']) {
		assert.equal((await marisol.get(`/conferences/booking/${booking}${p}`)).status, 404, p);
		assert.equal((await rima.get(`/conferences/booking/${booking}${p}`)).status, 200, p);
	}
	/* the father under the same roof reads and may change it */
	const karim = await enter('karim', 'door1');
	assert.match((await karim.get(`/conferences/booking/${booking}`)).text, /CANARYtopic/);
});

await test('moving keeps the UID, raises the sequence and frees the old time', async () => {
	const before = (await rima.get(`/conferences/booking/${booking}/ics`)).body;
	let page = await rima.get(`/conferences/booking/${booking}/move`);
	const to = slots(page).at(-1);

	page = await rima.browser.submit(page, '/move', { slot: to });
	assert.match(page.text, /The old time is free again/);
	const r = await rima.get(`/conferences/booking/${booking}/ics`);
	assert.match(r.headers['content-type'], /^text\/calendar; charset=utf-8/);
	assert.match(r.headers['content-disposition'], /attachment; filename="conference.ics"/);
	assert.equal(value(r.body, 'UID'), value(before, 'UID'));
	assert(+value(r.body, 'SEQUENCE') > +value(before, 'SEQUENCE'));
	assert.notEqual(value(r.body, 'DTSTART'), value(before, 'DTSTART'));
	assert.match(value(r.body, 'DTSTART'), /^\d{8}T\d{6}Z$/);
	assert.doesNotMatch(r.body, /Lina|Haddad/);
	assert(lines(r.body).every(l => !l.includes('\n')));
	assert(r.body.split('\r\n').every(l => Buffer.byteLength(l) <= 75));
	const hodan = await enter('hodan', 'door1');
	const free = await hodan.get(`/conferences/for/${await childOf(hodan)}/${round}`);
	assert(slots(free).includes(first));
	assert(!slots(free).includes(to));
});

await test('the teacher keeps a time, and offers it again', async () => {
	let page = await okafor.get(`/conferences/round/${round}`);
	const slot = /name="block" value="(\d+)"/.exec(page.body)[1];
	const hodan = await enter('hodan', 'door1');
	const theirs = async () => slots(await hodan.get(`/conferences/for/${await childOf(hodan)}/${round}`));

	page = await okafor.browser.submit(page, '/block', {}, { button: slot });
	assert.match(page.text, /You keep this time for yourself/);
	assert(!(await theirs()).includes(slot));
	page = await okafor.browser.submit(page, '/block', {}, { button: slot });
	assert((await theirs()).includes(slot));
});

await test('the teacher books for a family that called', async () => {
	let page = await okafor.get(`/conferences/round/${round}`);
	const link = page.links().find(l => /phone\?child=/.test(l.href));

	assert(link, 'nobody is left to book for');
	page = await okafor.browser.get(new URL(link.href, page.url).href);
	const guardian = /name="guardian" value="(\d+)"/.exec(page.body)[1];
	let r = await okafor.browser.submit(page, '/phone', { slot: slots(page)[0], guardian, channel: 'paper' });
	assert.match(r.text, /Booked\. The family sees it too/);
	assert.match(r.text, /booked by you for them/);
	/* a guardian who is not this child's is refused */
	page = await okafor.browser.get(new URL(link.href, page.url).href);
	r = await okafor.browser.submit(page, '/phone', { slot: slots(page)[0], guardian: '12345' });
	assert.equal(r.status, 404);
});

await test('the teacher\'s day in a calendar holds no child\'s name', async () => {
	const r = await okafor.get(`/conferences/round/${round}/ics?day=${day(10)}`);

	assert.equal(r.status, 200);
	assert.equal(r.body.match(/BEGIN:VEVENT/g).length, 3);
	assert.doesNotMatch(r.body, /Haddad|Lina|CANARY/);
	assert.match(r.body, /L\.H\./);
});

await test('locked: families look, the teacher may still change', async () => {
	let page = await okafor.get(`/conferences/round/${round}`);

	page = await okafor.browser.submit(page, '/turn', {}, { button: 'lock' });
	assert.match(page.text, /Locked/);
	page = await rima.get(`/conferences/booking/${booking}/move`);
	assert.equal(slots(page).length, 0);
	const old = await okafor.get(`/conferences/booking/${booking}/move`);
	assert(slots(old).length > 0);
	/* the page of another window is too old now */
	page = await okafor.browser.submit(await okafor.get(`/conferences/round/${round}`), '/turn', {},
		{ button: 'unlock' });
	assert.match(page.text, /can change their times again/);
	const stale = await okafor.browser.submit(page, '/turn', { rev: '1' }, { button: 'lock' });
	assert.equal(stale.status, 409);
});

await test('calling one off needs a reason, and the family reads it until it has', async () => {
	let page = await okafor.get(`/conferences/booking/${booking}/cancel`);
	let r = await okafor.browser.submit(page, '/cancel', { reason: '' });

	assert.equal(r.status, 422);
	r = await okafor.browser.submit(page, '/cancel', { reason: 'CANARYreason' });
	assert.match(r.text, /Called off/);
	page = await rima.get(`/conferences/booking/${booking}`);
	assert.match(page.text, /Called off by the school/);
	assert.match(page.text, /CANARYreason/);
	r = await rima.browser.submit(page, '/seen');
	assert.equal(r.status, 200);
	page = await rima.get(`/conferences/booking/${booking}`);
	assert.doesNotMatch(page.text, /I have read this/);
	assert.match(page.text, /Choose another time/);
	assert.match((await rima.get(`/conferences/booking/${booking}/ics`)).body, /STATUS:CANCELLED/);
});

await test('calling a round off names every family first', async () => {
	let page = await okafor.get(`/conferences/round/${round}/end?what=cancel`);

	assert.match(page.text, /2 families have a time/);
	assert.match(page.text, /Tomás Núñez/);
	let r = await okafor.browser.submit(page, '/end', { reason: '' });
	assert.equal(r.status, 422);
	r = await okafor.browser.submit(page, '/end', { reason: 'Snow', seen: '1' });
	assert.equal(r.status, 409);
	r = await okafor.browser.submit(page, '/end', { reason: 'Snow' });
	assert.match(r.text, /Every family will read why/);
	assert.match((await marisol.get('/conferences')).text, /Called off by the school/);
});

await test('sixty-four families tap one time: one has it, the others are told kindly', async () => {
	let page = await okafor.get('/conferences/new');

	page = await okafor.browser.submit(page, '/new', { title: 'Race', day: day(12), from: '08:00',
		to: '09:00', length: '10', gap: '0', place: 'Hall' });
	const r = /round\/(\d+)/.exec(page.url)[1];
	await okafor.browser.submit(page, '/open');
	const homes = ['rima', 'karim', 'hodan', 'abdi', 'marisol', 'consuelo', 'sunita', 'vikram'];
	const people = await Promise.all(homes.map(h => enter(h, 'door1')));
	const tries = [];

	for (const p of people) {
		const child = await childOf(p, r);
		if (!child) continue;
		const at = `/conferences/for/${child}/${r}`;
		const form = await p.get(at);
		for (let i = 0; i < 64 / homes.length; i++)
			tries.push([p, form.form('/book').value('csrf'), at, slots(form)[0]]);
	}
	assert(tries.length >= 32, `${tries.length} clients`);
	const got = await Promise.all(tries.map(async ([p, csrf, at, slot]) => {
		const q = new Browser();
		q.cookies = p.browser.cookies;
		q.at = p.browser.at;
		const x = await q.post(`${p.at}${at}/book`, { csrf, slot, mode: 'place', phone: '', topic: '' });
		return [p.who, x.status, x.status === 200 ? /booking\/(\d+)/.exec(x.url)?.[1] : null];
	}));
	const won = new Set(got.filter(g => g[1] === 200).map(g => g[0]));
	const ids = new Set(got.filter(g => g[1] === 200).map(g => g[2]));

	assert.equal(ids.size, 1, JSON.stringify(got));
	assert(won.size > 0);
	assert(got.every(g => g[1] === 200 || g[1] === 409), JSON.stringify(got));
	console.log(`# ${tries.length} clients, ${got.filter(g => g[1] === 409).length} told 409`);
	page = await okafor.get(`/conferences/round/${r}`);
	assert.match(page.text, /1 of 6 times booked/);
});

await test('the log knows no name, no topic, no reason', async () => {
	assert.doesNotMatch(tool.output, /CANARY|Haddad|Autumn talks|Snow/);
	assert.doesNotMatch(tool.output, / error /);
});

await finish();
