/*
 * Strangers for the growth bench: a second platform of the practice district with as
 * many people as are asked for, 30 pupils a class, two guardians a child.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

const id = x => `<sourcedid><source>BIG</source><id>${x}</id></sourcedid>`;
const person = (x, name, role, more = '') => `<person>${id(x)}<userid useridtype="username">${x}</userid>` +
	`<name><fn>${name}</fn></name>${more}<institutionrole primaryrole="Yes" institutionroletype="${role}"/>`;
const guardian = (child, n) => `<g:guardian source="BIG" id="P${child}-${n}" relation="${n ? 'Father' : 'Mother'}" ` +
	`legal="1" livesWith="1" primary="${1 - n}" priority="${n + 1}" access="full" household="H${child}"/>`;
const member = (x, type) => `<member>${id(x)}<idtype>1</idtype><role roletype="${type}"><status>1</status></role></member>`;

function writeRoster(file, people) {
	const out = openSync(file, 'w'), pupils = Math.floor(people / 3), classes = Math.ceil(pupils / 30);
	const say = s => writeSync(out, s + '\n');

	say('<?xml version="1.0" encoding="UTF-8"?>\n<enterprise xmlns:g="urn:lintel:guardian:1"><properties lang="en">' +
		'<datasource>BIG</datasource><target>lintel</target><type>full</type>' +
		'<datetime>2026-01-05T04:00:00</datetime></properties>');
	for (let c = 0; c < classes; c++)
		say(person(`T${c}`, `Teacher ${c}`, 'Faculty') + '</person>');
	for (let i = 0; i < pupils; i++)
		say(person(`S${i}`, `Pupil ${i}`, 'Student') + `<extension>${guardian(i, 0)}${guardian(i, 1)}</extension></person>` +
			person(`P${i}-0`, `Mother ${i}`, 'Other') + '</person>' + person(`P${i}-1`, `Father ${i}`, 'Other') + '</person>');
	for (let c = 0; c < classes; c++)
		say(`<group>${id(`C${c}`)}<grouptype><scheme>sis</scheme><typevalue level="1">Class</typevalue></grouptype>` +
			`<description><short>C${c}</short><long>Class ${c}</long></description></group>`);
	for (let c = 0; c < classes; c++)
		say(`<membership>${id(`C${c}`)}${member(`T${c}`, '02')}` +
			Array.from({ length: Math.min(30, pupils - 30 * c) }, (_, i) => member(`S${30 * c + i}`, '01')).join('') + '</membership>');
	say('</enterprise>');
	closeSync(out);
}

/* Seconds that the import took. */
export function addPeople(tool, people) {
	const file = path.join(tool.dir, 'big.xml'), tenant = JSON.parse(tool.cli('platform', 'list', '--json'))[0].tenant;
	const url = 'http://localhost:9';	/* nobody launches from there */

	tool.cli('platform', 'add', '--issuer', url, '--client-id', 'big', '--name', 'Big', '--tenant', String(tenant),
		'--auth-url', `${url}/auth`, '--token-url', `${url}/token`, '--jwks-url', `${url}/keys`);
	writeRoster(file, people);
	const t0 = performance.now();
	tool.cli('roster', 'import', file, '--platform', 'Big');
	return (performance.now() - t0) / 1000;
}
