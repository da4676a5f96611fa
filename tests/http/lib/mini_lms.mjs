/*
 * The smallest LMS: a key set over http and launches signed by it. For tests that
 * need more people, or another district, than the practice school has.
 *
 *   const lms = await startMiniLms({ port, tool, name: 'Other', tenant: 'Other district' });
 *   const page = await lms.enter(browser, { user: 'u-1', sourcedid: 'SIS-P-1', roles: ['Learner'],
 *                                           course: 'c-1', section: 'SIS-C-1', title: 'Course' });
 *   lms.stop();
 *
 * `serve(request, response)` answers true for what it has answered itself: services.
 */
import http from 'node:http';
import { KEYS, makeToken } from './lti_token.mjs';

const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
const MEMBER = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';

export async function startMiniLms({ port = 0, tool, name = 'Mini', family = 'moodle', match = 'sourcedid',
	more = [], serve }) {
	const set = JSON.stringify({ keys: [{ ...KEYS.A.jwk, kid: 'k1', alg: 'RS256', use: 'sig' }] });
	const seen = { keys: 0 };	/* how often the key set was asked for */
	const server = http.createServer((q, r) => {
		if (serve?.(q, r)) return;
		seen.keys += q.url === '/jwks';
		r.writeHead(200, { 'Content-Type': 'application/json' }).end(set);
	});
	await new Promise(done => server.listen(port, '127.0.0.1', done));
	const base = `http://127.0.0.1:${server.address().port}`;
	const issuer = `https://${name.toLowerCase().replace(/\W/g, '')}.lms.test`, client = `client-${name}`;
	tool.cli('platform', 'add', '--name', name, '--family', family, '--issuer', issuer, '--client-id', client,
		'--deployment', '1', '--auth-url', `${base}/auth`, '--token-url', `${base}/token`,
		'--jwks-url', `${base}/jwks`, '--match', match, ...more);

	async function enter(browser, who) {
		const away = { from: issuer };
		const start = await browser.post(`${tool.url}/lti/login`, { iss: issuer, client_id: client,
			login_hint: who.user, lti_message_hint: 'm', target_link_uri: `${tool.url}/lti/launch` },
		{ ...away, follow: 0 });
		if (start.status !== 302) throw new Error(`login: ${start.status} ${start.refused}`);
		const q = new URL(start.headers.location).searchParams, now = Math.floor(Date.now() / 1000);
		const claims = {
			iss: issuer, aud: client, sub: who.user, iat: now, exp: now + 300, nonce: q.get('nonce'),
			given_name: who.given, family_name: who.family, name: who.given && `${who.given} ${who.family}`,
			[CLAIM + 'message_type']: 'LtiResourceLinkRequest', [CLAIM + 'version']: '1.3.0',
			[CLAIM + 'deployment_id']: '1', [CLAIM + 'target_link_uri']: `${tool.url}/lti/launch`,
			[CLAIM + 'resource_link']: { id: `link-${who.course}` },
			[CLAIM + 'roles']: who.roles.map(r => MEMBER + r),
			[CLAIM + 'context']: { id: who.course, label: who.title, title: who.title,
				type: ['CourseSection'] },
			[CLAIM + 'launch_presentation']: { locale: who.locale || 'en' },
			[CLAIM + 'lis']: { person_sourcedid: who.sourcedid, course_section_sourcedid: who.section },
			...who.claims,
		};
		const token = makeToken({ alg: 'RS256', typ: 'JWT', kid: 'k1' }, claims, { key: 'A' });
		return browser.post(`${tool.url}/lti/launch`, { id_token: token, state: q.get('state') }, away);
	}

	return { base, seen, issuer, client, name, enter, stop: () => {
		server.closeAllConnections?.();
		server.close();
	} };
}

/* An IMS Enterprise roster of one class: n pupils, each with one guardian in a home of their own. */
export function rosterOf(n, { section = 'MINI-C', teacher = 'MINI-T' } = {}) {
	const person = (id, user, given, family, role, more = '') => `<person>
<sourcedid><source>MINI</source><id>${id}</id></sourcedid><userid useridtype="username">${user}</userid>
<name><fn>${given} ${family}</fn><n><family>${family}</family><given>${given}</given></n></name>
${more}<institutionrole primaryrole="Yes" institutionroletype="${role}"/>`;
	const guardian = i => `<extension><g:guardian source="MINI" id="MINI-P-${i}" relation="Mother" legal="1"
 livesWith="1" primary="1" priority="1" access="full" household="MH-${i}"/></extension>`;
	const member = (id, type) => `<member><sourcedid><source>MINI</source><id>${id}</id></sourcedid>
<idtype>1</idtype><role roletype="${type}"><status>1</status></role></member>`;
	const all = Array.from({ length: n }, (_, i) => i + 1);
	return `<?xml version="1.0" encoding="UTF-8"?>
<enterprise xmlns:g="urn:lintel:guardian:1"><properties lang="en"><datasource>MINI</datasource>
<target>lintel</target><type>full</type><datetime>2026-01-05T04:00:00</datetime></properties>
${person(teacher, 'mini-teacher', 'Tess', 'Sample', 'Faculty')}</person>
${all.map(i => person(`MINI-S-${i}`, `mini-s${i}`, `Pupil${i}`, `Sample${i}`, 'Student',
		'<demographics><bday>2016-03-14</bday></demographics>') + guardian(i) + '</person>\n' +
		person(`MINI-P-${i}`, `mini-p${i}`, `Parent${i}`, `Sample${i}`, 'Other') + '</person>').join('\n')}
<group><sourcedid><source>MINI</source><id>${section}</id></sourcedid>
<grouptype><scheme>sis</scheme><typevalue level="1">Class</typevalue></grouptype>
<description><short>MINI</short><long>Mini class</long></description><org><orgname>Mini School</orgname></org></group>
<membership><sourcedid><source>MINI</source><id>${section}</id></sourcedid>
${member(teacher, '02')}${all.map(i => member(`MINI-S-${i}`, '01')).join('')}</membership>
</enterprise>
`;
}

