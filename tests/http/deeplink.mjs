/*
 * Deep linking and submission review through the practice LMS, as Moodle and as Canvas:
 * the rows CERT-DL-* and more of tests/data/lti_cases.json, and what a link that was
 * added opens for a teacher, a parent and a student. LINTEL_TEST_DB names another
 * database than a fresh SQLite file.
 */
import assert from 'node:assert';
import crypto from 'node:crypto';
import { Browser, launch, request } from '../practice/client.mjs';
import { check, enter, finish, fullSchool, test } from './lib/walk.mjs';

const { lms, tool } = await fullSchool('deeplink');
const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/', LTI = 'https://purl.imsglobal.org/spec/lti/claim/';
const SETTINGS = `${DL}deep_linking_settings`;
const CLIENT = { moodle: 'practice-moodle', canvas: '10000000000004' };

const ask = (platform, who = 'okafor', opts = {}, course = 'grade3') => enter(lms, who, course,
	{ platform, ...opts, query: { locale: 'en', message: 'deeplink', ...opts.query } });
const sendForm = page => page.form(f => f.value('JWT') !== undefined);
const decode = (jwt, i = 1) => JSON.parse(Buffer.from(jwt.split('.')[i], 'base64url'));
const items = async platform => (await lms.control('items', [['platform', platform]])).items;

/* Presses one button of the picker, whatever it shows. */
const press = (p, page, values) => p.browser.post(`${p.at}/deeplink`,
	{ csrf: page.form('/deeplink').value('csrf'), ...values }, { from: page.url });

/* Chooses, and hands the answer over as the browser does. */
async function choose(p, page, values) {
	const sent = await press(p, page, values);
	assert.equal(sent.status, 200, sent.text.slice(0, 300));
	const form = sendForm(sent), jwt = form.value('JWT');
	return { sent, form, jwt, claims: decode(jwt), header: decode(jwt, 0) };
}

const hand = (p, a) => p.browser.submit(a.sent, a.form);
const claimsOf = page => decode(page.launched.id_token);

/* What the platform asked for, out of the very token. */
async function askAndSee(platform, opts) {
	const p = await ask(platform, 'okafor', opts);
	return { ...p, asked: claimsOf(p.page)[SETTINGS] };
}

for (const platform of ['moodle', 'canvas']) {
	const on = name => `${name} (${platform})`;
	let p, a, back;

	await test(on('CERT-DL-01 a deep linking request opens the picker'), async () => {
		p = await askAndSee(platform);
		assert.equal(p.page.status, 200);
		assert.equal(p.page.room, 'picker');
		for (const t of ['Family door', 'This class', 'Conferences', "My child's plan"])
			assert(p.page.text.includes(t), t);
		assert.match(p.page.headers['content-security-policy'], /form-action 'self';/);
		assert.match(p.page.headers['content-security-policy'], /frame-ancestors http:\/\/localhost:\d+;/);
		for (const child of ['Lina', 'Haddad', 'Tomás']) assert(!p.page.body.includes(child), child);
	});
	await test(on('CERT-DL-02 the answer goes by one field, JWT, to the return URL'), async () => {
		a = await choose(p, p.page, { family: '1', plan: '1' });
		assert.equal(a.form.action, p.asked.deep_link_return_url);
		assert.equal(a.form.method, 'post');
		assert.deepEqual(a.form.fields.map(f => f[0]), ['JWT']);
		assert.equal(a.form['data-send'], '1');
		assert.equal(a.form.buttons.length, 1);
		const origin = new URL(p.asked.deep_link_return_url).origin;
		assert(a.sent.headers['content-security-policy'].includes(`form-action 'self' ${origin};`));
		assert.equal(a.sent.headers['cache-control'], 'no-store');
		assert(!/<script(?![^>]* src="\/static\/)/.test(a.sent.body), 'an inline script');
		/* the address stands there once, as the form's action */
		assert.equal(a.sent.body.split('contentitem_return').length + a.sent.body.split('deep_linking_response').length, 3);
		back = await hand(p, a);
		assert.equal(back.status, 200, back.text);
		assert.match(back.text, /Added to the course/);
	});
	await test(on('CERT-DL-03 iss, aud, deployment, message type and version'), () => {
		assert.equal(a.claims.iss, CLIENT[platform]);
		assert.equal(a.claims.aud, `${lms.url}/${platform}`.replace(/\/$/, ''));
		assert.equal(a.claims[LTI + 'deployment_id'], claimsOf(p.page)[LTI + 'deployment_id']);
		assert.equal(a.claims[LTI + 'message_type'], 'LtiDeepLinkingResponse');
		assert.equal(a.claims[LTI + 'version'], '1.3.0');
	});
	await test(on('CERT-DL-04 five minutes at most, and not ahead'), () => {
		const now = Date.now() / 1000;
		assert(a.claims.exp - a.claims.iat <= 300 && a.claims.exp > a.claims.iat);
		assert(a.claims.iat <= now + 1 && a.claims.iat > now - 60);
	});
	await test(on('CERT-DL-05 signed RS256 by a published key'), async () => {
		const { keys } = JSON.parse((await request('GET', `${tool.url}/lti/keys.json`)).body);
		const jwk = keys.find(k => k.kid === a.header.kid), [h, c, s] = a.jwt.split('.');
		assert.equal(a.header.alg, 'RS256');
		assert(jwk, 'the kid is published');
		assert(crypto.verify('sha256', Buffer.from(`${h}.${c}`), crypto.createPublicKey({ key: jwk, format: 'jwk' }),
			Buffer.from(s, 'base64url')));
	});
	await test(on('CERT-DL-06 a fresh nonce; data comes back as it was, or not at all'), async () => {
		const data = 'a "b" <c> & é \u0001 \u007f\n\\ü ' + '0'.repeat(3000);
		const odd = await ask(platform, 'okafor', { set: { [SETTINGS]: { ...p.asked, data } } });
		const b = await choose(odd, odd.page, { class: '1' });
		assert.equal(b.claims[DL + 'data'], data);
		assert.notEqual(b.claims.nonce, a.claims.nonce);
		assert(b.claims.nonce.length >= 22);
		assert.equal(a.claims[DL + 'data'], p.asked.data);
		assert.equal(DL + 'data' in a.claims, platform === 'canvas');
		const { data: _, ...without } = p.asked;
		const none = await ask(platform, 'okafor', { set: { [SETTINGS]: without } });
		assert(!(DL + 'data' in (await choose(none, none.page, { class: '1' })).claims));
		const blank = await ask(platform, 'okafor', { set: { [SETTINGS]: { ...p.asked, data: '' } } });
		assert.equal((await choose(blank, blank.page, { class: '1' })).claims[DL + 'data'], '');
	});
	await test(on('CERT-DL-07 only what was accepted; nothing chosen is an answer, too'), async () => {
		const list = a.claims[DL + 'content_items'];
		assert.equal(list.length, 2);
		for (const it of list) {
			assert.equal(it.type, 'ltiResourceLink');
			assert(!('lineItem' in it));
			if (platform === 'moodle') {
				assert.deepEqual(Object.keys(it).sort(), ['custom', 'text', 'title', 'type']);
			} else {
				assert(it.url.startsWith(`${tool.url}/lti/launch?`));
				assert.deepEqual(it.iframe, { width: 800, height: 640 });
				assert(!('text' in it));
			}
		}
		assert.deepEqual(list.map(x => x.custom.lintel_page), ['family', 'plan']);
		const c = await ask(platform);
		const empty = await choose(c, c.page, { back: '1' });
		assert.deepEqual(empty.claims[DL + 'content_items'], []);
		assert.match((await hand(c, empty)).text, /Nothing was added/);
	});
	await test(on('an answer is given once'), async () => {
		const again = await press(p, p.page, { family: '1' });
		assert.equal(again.status, 409);
		assert.equal(again.forms().filter(f => f.value('JWT')).length, 0);
		assert.match((await p.get('/deeplink')).text, /This page has done its work/);
		/* many at once: one of them */
		const q = await ask(platform), csrf = q.page.form('/deeplink').value('csrf');
		const all = await Promise.all(Array.from({ length: 12 }, () =>
			q.browser.post(`${q.at}/deeplink`, { csrf, family: '1' }, { from: q.page.url })));
		assert.deepEqual(all.map(x => x.status).sort(), [200, ...Array(11).fill(409)]);
	});
	await test(on('another session of this browser cannot answer'), async () => {
		const one = await ask(platform), two = await enter(lms, 'okafor', 'grade3', { platform });
		const csrf = one.page.form('/deeplink').value('csrf');
		const r = await two.browser.post(`${two.at}/deeplink`, { csrf, family: '1' }, { from: two.page.url });
		assert.equal(r.refused, 'csrf');
		assert.equal((await two.get('/deeplink')).status, 200);
		assert(!(await two.get('/deeplink')).body.includes('name="family"'));
	});
	await test(on('one at a time where the platform says so'), async () => {
		const c = await ask(platform, 'okafor', { query: { one: '1' } });
		const form = c.page.form('/deeplink');
		assert(!form.choices.family, 'no ticks');
		const two = await press(c, c.page, { family: '1', class: '1' });
		assert.equal(two.status, 422);
		const none = await press(c, c.page, {});
		assert.equal(none.status, 422);
		assert.match(none.text, /Choose one of these first/);
		const b = await choose(c, none, { conferences: '1' });
		assert.equal(b.claims[DL + 'content_items'].length, 1);
		assert.match((await hand(c, b)).text, /Conferences/);
	});
	await test(on('MSG-05 no links taken: said kindly, with a way back'), async () => {
		const c = await ask(platform, 'okafor', { query: { types: 'file,html' } });
		assert.equal(c.page.status, 200);
		assert.match(c.page.text, /takes no links/);
		assert(!c.page.body.includes('name="family"'));
		assert.equal((await press(c, c.page, { family: '1' })).refused, 'not-yours');
		assert.deepEqual((await choose(c, c.page, { back: '1' })).claims[DL + 'content_items'], []);
	});
	await test(on('MSG-04 only to the platform: any other return URL is refused'), async () => {
		const bad = ['https://evil.example/dl', 'javascript:alert(1)', 'http://127.0.0.1:1/x',
			lms.url.replace('localhost', 'localhost.evil.example'), 'https://user@localhost/x', '//localhost/x', ' ', '/x',
			`${lms.url.replace(/\d+$/, '1')}/moodle`, 'data:text/html,x'];
		for (const url of bad) {
			const b = new Browser();
			const page = await launch(lms, b, 'okafor', 'grade3', { platform, query: { message: 'deeplink', back: url } });
			assert.equal(page.status, 400, url);
			assert.equal(page.refused, 'deep-link', url);
			assert.equal([...b.cookies.values()].filter(c => c.name.startsWith('__Host-s-')).length, 0, url);
		}
		return `${bad.length} addresses`;
	});
	await test(on('settings that are none are refused'), async () => {
		const s = p.asked, bad = [null, [], 'x', {}, { ...s, accept_types: 'ltiResourceLink' }, { ...s, accept_types: undefined },
			{ ...s, accept_types: [1] }, { ...s, data: 7 }, { ...s, data: {} },
			{ ...s, accept_presentation_document_targets: 'iframe' }, { ...s, deep_link_return_url: 7 }];
		for (const v of bad) {
			const b = new Browser();
			const page = await launch(lms, b, 'okafor', 'grade3', { platform, query: { message: 'deeplink' }, set: { [SETTINGS]: v } });
			assert.equal(page.refused, 'deep-link', JSON.stringify(v));
		}
		return `${bad.length} settings`;
	});
	await test(on('who is not staff is told so, and may go back'), async () => {
		for (const [who, course] of [['lina', 'grade3'], ['rima', platform === 'moodle' ? 'door1' : 'grade3']]) {
			const c = await ask(platform, who, {}, course);
			assert.equal(c.page.status, 200);
			assert.match(c.page.text, /Only the staff of a course add links/);
			assert(!c.page.body.includes('name="family"'));
			assert.equal((await press(c, c.page, { class: '1' })).refused, 'not-yours');
			assert.deepEqual((await choose(c, c.page, { back: '1' })).claims[DL + 'content_items'], []);
		}
	});
	await test(on('an administrator of the course system adds links'), async () => {
		const c = await ask(platform, 'castellanos');
		assert.match((await hand(c, await choose(c, c.page, { family: '1' }))).text, /Family door/);
	});

	await test(on('a link opens the right page for whoever opens it'), async () => {
		const q = await ask(platform);
		await hand(q, await choose(q, q.page, { family: '1', class: '1', conferences: '1', plan: '1' }));
		const added = (await items(platform)).slice(-4);
		const n = Object.fromEntries(added.map(x => [x.item.custom.lintel_page, x.number]));
		const open = async (who, course, word) => {
			const e = await enter(lms, who, course, { platform, query: { locale: 'en', item: n[word] } });
			return e.page.url.slice(e.at.length).replace(/\d+/, 'N');
		};
		const home = platform === 'moodle' ? 'door1' : 'grade3';
		const want = {
			okafor: ['grade3', { family: '/today', class: '/class', conferences: '/conferences', plan: '/class' }],
			marisol: [home, { family: '/home', class: '/home', conferences: '/conferences', plan: '/child/N' }],
			lina: ['grade3', { family: '/me', class: '/me', conferences: '/me', plan: '/me' }],
		};
		for (const [who, [course, pages]] of Object.entries(want))
			for (const [word, at] of Object.entries(pages)) assert.equal(await open(who, course, word), at, `${who} ${word}`);
		/* two children on Moodle's door: the choice between them */
		if (platform === 'moodle') assert.equal(await open('rima', 'door1', 'plan'), '/home');
	});
	await test(on('a page we do not know is home'), async () => {
		for (const word of ['', 'admin', '../admin', 'plan ', 'PLAN', '$Canvas.x', 'x'.repeat(500), 7, null]) {
			const e = await enter(lms, 'okafor', 'grade3', { platform, set: { 'custom.lintel_page': word } });
			assert.equal(e.page.url, `${e.at}/today`, JSON.stringify(word));
		}
		for (const q of ['?lintel_page=admin', '?lintel_page=', '?x=1', '?lintel_page=class&x=1']) {
			const e = await enter(lms, 'okafor', 'grade3', { platform, set: { target_link_uri: `${tool.url}/lti/launch${q}` } });
			assert.equal(e.page.url, `${e.at}/today`, q);
		}
		const e = await enter(lms, 'okafor', 'grade3', { platform, set: { target_link_uri: `${tool.url}/lti/launch?lintel_page=class` } });
		assert.equal(e.page.url, `${e.at}/class`);
		assert.equal((await e.get('/?lintel_page=../admin')).status, 400);
	});

	/* ---- submission review ---- */

	const review = (who, about, opts = {}, course = 'grade3') => launch(lms, new Browser(), who, course,
		{ platform, ...opts, query: { locale: 'en', message: 'review', about, ...opts.query } });

	await test(on('MSG-07 a submission review opens the child for a teacher of that class'), async () => {
		const page = await review('okafor', 'lina');
		assert.equal(page.status, 200);
		assert.match(page.url, /\/child\/\d+$/);
		assert.match(page.text, /Lina/);
	});
	await test(on('unknown, foreign and of no child: the same kind page'), async () => {
		const bodies = new Set();
		for (const set of [{ [`${LTI}for_user`]: { user_id: 'nobody-we-know' } }, {}]) {
			const page = await review('okafor', 'kuba', { set });
			assert.equal(page.status, 200);
			assert.match(page.url, /\/review$/);
			assert.match(page.text, /not on Lintel's list for your class/);
			assert(!page.body.includes('Żak'));
			bodies.add(page.text);
		}
		const grown = await review('okafor', 'marisol');
		bodies.add(grown.text);
		assert.equal(bodies.size, 1);
	});
	await test(on('MSG-10 a learner sees only their own'), async () => {
		const own = await review('lina', 'lina');
		assert.equal(own.room, 'student');
		for (const [who, course] of [['lina', 'grade3'], ['marisol', platform === 'moodle' ? 'door1' : 'grade3']]) {
			const other = await review(who, 'tomas', {}, course);
			assert.equal(other.status, 403);
			assert.equal(other.refused, 'review-other');
		}
	});
	await test(on('MSG-09 a review without its line item or its person is refused'), async () => {
		const AGS = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';
		for (const set of [{ [AGS]: { scope: [] } }, { [AGS]: 7 }, { [AGS]: { lineitem: 'javascript:1' } },
			{ [`${LTI}for_user`]: {} }, { [`${LTI}for_user`]: 'x' }, { [`${LTI}for_user`]: { user_id: 7 } }])
			assert.equal((await review('okafor', 'lina', { set })).refused, 'review', JSON.stringify(set));
	});
}

await test('masquerade: a link is not added in another person\'s name', async () => {
	const c = await ask('canvas', 'okafor', { misbehave: 'masquerade' });
	assert.match(c.page.text, /Only the staff/);
	assert.equal((await press(c, c.page, { class: '1' })).refused, 'not-yours');
	assert.deepEqual((await choose(c, c.page, { back: '1' })).claims[DL + 'content_items'], []);
});

await test('the test student adds nothing', async () => {
	assert.match((await ask('canvas', 'teststudent')).page.text, /Only the staff/);
});

await test('account level: an administrator adds a link there', async () => {
	const c = await ask('canvas', 'castellanos', {}, 'account');
	assert.match((await hand(c, await choose(c, c.page, { family: '1' }))).text, /Family door/);
});

const log = tool.output;
check(!/sesskey|contentitem_return|deep_linking_response|eyJ/.test(log), 'the log knows no return address and no token');
check(!/ error /.test(log), 'nothing of ours failed', log.match(/.* error .*/)?.[0]);
await finish();
