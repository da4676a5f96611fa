/*
 * plans.mjs FILE: which statements walk a whole district? Each row of a page is looked
 * up by a key that is longer than the tenant's, so that a page costs the same in a
 * district of a million people as in one of a thousand.
 */
import { readFileSync } from 'node:fs';

/* A handful of rows in any district. */
const small = new Set(['school', 's', 'platform', 'deployment', 'staff_grant', 'tenant', 'tool_key',
	'lintel_schema', 'sqlite_master', 'roster_run', 'roster_lock', 'guardian_closed', 'gc',
	'school_closed', 'refused_launch']);

/* Who asks about the whole district, and says so. */
const district = [
	[/grant_bits & 5/, 'the office searches its schools'],
	[/^SELECT \(SELECT COUNT\(\*\) FROM/, 'an admin asks for counts'],
	[/FROM staff_grant g JOIN person/, 'an admin lists the staff with grants'],
	[/FROM context c LEFT JOIN school s .* WHERE c\.tenant_id = \$1 ORDER BY/, 'an admin gives courses their schools'],
	[/FROM refused_launch r/, 'an admin reads what was refused; 200 are kept'],
	[/FROM platform_invite i .*ORDER BY/, 'an admin reads the newest invitations; 50 are shown'],
	[/FROM school s WHERE/, 'the schools, each with the number of its courses'],
	[/FROM prohibition x JOIN conf_booking b/, 'bookings end where a prohibition was entered'],
];

function walks(steps) {
	const made = new Set();
	for (const s of steps) {
		const m = /^(?:CO-ROUTINE|MATERIALIZE) (\S+)/.exec(s);
		if (m) made.add(m[1]);
	}
	/* a view that was written down has the name of its alias where it is read */
	const written = steps.some(s => /^MATERIALIZE class_member/.test(s));
	if (steps.some(s => /^(MATERIALIZE|CO-ROUTINE) family_tie/.test(s))) made.add('l');
	return steps.filter(s => {
		const m = /^(SCAN|SEARCH) (\S+)(.*)$/.exec(s);
		if (!m || m[2] === 'CONSTANT' || small.has(m[2])) return false;
		if (/AUTOMATIC/.test(m[3])) return !/note_id=\?/.test(m[3]);	/* of one class's words */
		if (m[1] === 'SCAN') return !made.has(m[2]) && !m[2].startsWith('(') && !written;
		return /\(tenant_id=\?\)/.test(m[3]);
	});
}

const seen = new Map();
for (const line of readFileSync(process.argv[2], 'utf8').split('\n')) {
	const [sql, plan] = line.split('\t');
	if (plan && /^SELECT/.test(sql)) seen.set(sql, plan.split(' | ').filter(Boolean));
}
for (const [sql, steps] of seen) {
	const bad = walks(steps);
	if (bad.length && !district.some(([re]) => re.test(sql)))
		console.log(`${bad.join('; ')}: ${sql.slice(0, 300)}`);
}
console.error(`# ${seen.size} questions`);
if (seen.size < 120) console.log('the matrix asked too little to say anything');
