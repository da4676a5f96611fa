/*
 * What a platform fetches, or an admin hands it, to know Lintel: Canvas's configuration
 * and the cartridges. Public, cacheable, and the same whoever asks.
 */
import assert from 'node:assert';
import { request, startLintel } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { finish, tempDir, test } from './lib/walk.mjs';

const tool = await startLintel({ port: await freePort(), dir: tempDir('papers'), database: process.env.LINTEL_TEST_DB });
const get = (at, headers = {}) => request('GET', tool.url + at, headers);
const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly';

await test('canvas.json has the placements, fields and addresses, and asks for class lists only', async () => {
	const r = await get('/lti/canvas.json'), o = JSON.parse(r.body), x = o.extensions[0];
	assert.equal(r.status, 200);
	assert.match(r.headers['content-type'], /^application\/json/);
	assert.deepEqual(o.scopes, [NRPS]);
	assert.equal(o.target_link_uri, `${tool.url}/`);
	assert.equal(o.oidc_initiation_url, `${tool.url}/lti/login`);
	assert.equal(o.public_jwk_url, `${tool.url}/lti/keys.json`);
	assert.equal(o.public_jwk, undefined);
	assert.equal(x.platform, 'canvas.instructure.com');
	assert.equal(x.domain, new URL(tool.url).host);
	assert.equal(x.privacy_level, 'name_only');
	const at = Object.fromEntries(x.settings.placements.map(p => [p.placement, p]));
	assert.deepEqual(Object.keys(at).sort(), ['account_navigation', 'course_navigation', 'editor_button', 'link_selection']);
	assert.equal(at.course_navigation.visibility, 'public', 'observers are the parents');
	assert.equal(at.course_navigation.default, 'enabled');
	assert.equal(at.account_navigation.visibility, 'admins');
	for (const p of ['editor_button', 'link_selection']) assert.equal(at[p].message_type, 'LtiDeepLinkingRequest');
	assert.deepEqual(o.custom_fields, { observees: '$com.instructure.User.observees',
		observee_sis_ids: '$com.instructure.Observee.sisIds', course_sis_id: '$CourseOffering.sourcedId',
		user_tz: '$Person.address.timezone', user_locale: '$Message.locale', api_base: '$Canvas.api.baseUrl',
		masquerading_user_id: '$Canvas.masqueradingUser.id', course_roles: '$com.Instructure.membership.roles',
		is_root_admin: '$Canvas.user.isRootAccountAdmin', account_id: '$Canvas.account.id',
		account_name: '$Canvas.account.name', student_view: '$com.instructure.User.student_view' });
});

await test('the cartridges: one form for Moodle, one for Canvas, no other', async () => {
	const plain = await get('/lti/cartridge.xml'), moodle = await get('/lti/cartridge.xml?form=moodle');
	const canvas = await get('/lti/cartridge.xml?form=canvas');
	assert.match(moodle.headers['content-type'], /^application\/xml; charset=utf-8/);
	assert.equal(plain.body, moodle.body);
	assert.match(moodle.body, /xmlns="http:\/\/www\.imsglobal\.org\/xsd\/imslticc_v1p0"/);
	assert.match(canvas.body, /xmlns="http:\/\/www\.imsglobal\.org\/xsd\/imslticc_v1p3"/);
	for (const r of [moodle, canvas]) assert(r.body.includes(`<blti:launch_url>${tool.url}/</blti:launch_url>`));
	for (const bad of ['?form=x', '?form=', '?form=canvas&form=moodle', '?x=1'])
		assert(['?form='].includes(bad) || (await get(`/lti/cartridge.xml${bad}`)).status === 400, bad);
});

await test('all of them may be kept for an hour, and say so once; in one language for all', async () => {
	for (const at of ['/lti/canvas.json', '/lti/cartridge.xml', '/lti/cartridge.xml?form=canvas', '/lti/keys.json']) {
		const r = await get(at), ar = await get(at, { 'Accept-Language': 'ar' });
		assert.equal(r.headers['cache-control'], 'public, max-age=3600', at);
		assert.equal(ar.body, r.body, at);
		assert.match(r.headers['content-security-policy'], /default-src 'none'/);
	}
});

await test('an https address is called secure', async () => {
	const port = await freePort(), prod = await startLintel({ port, dir: tempDir('papers-s'),
		env: { LINTEL_LAB_MODE: '0', LINTEL_PUBLIC_URL: 'https://tool.example' } });
	const ask = async at => (await request('GET', prod.url + at, { Host: 'tool.example' })).body;
	const moodle = await ask('/lti/cartridge.xml'), canvas = await ask('/lti/cartridge.xml?form=canvas');
	assert.match(moodle, /<blti:launch_url>https:\/\/tool\.example\/<\/blti:launch_url>\s*<blti:secure_launch_url>https:\/\/tool\.example\/<\/blti:secure_launch_url>/);
	assert.doesNotMatch(canvas, /<blti:launch_url>/);
	assert.match(canvas, /<blti:secure_launch_url>https:\/\/tool\.example\/</);
	assert.equal(JSON.parse(await ask('/lti/canvas.json')).extensions[0].domain, 'tool.example');
	await prod.stop();
});

await finish();
