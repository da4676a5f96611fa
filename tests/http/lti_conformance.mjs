/*
 * docs/lti-conformance.md: every case of tests/data/lti_cases.json against Lintel, for
 * launches as the practice Moodle and the practice Canvas make them. Run as a test it
 * holds the document to what it sees; `--write` (make conformance) writes it.
 *
 * Who runs what: lti_cases.mjs most cases, once as each platform; any other test here
 * that names a case in the way tests/http/lib/walk.mjs reads. What nobody runs is "later".
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../practice/client.mjs';

const DOC = path.join(ROOT, 'docs/lti-conformance.md'), HERE = path.join(ROOT, 'tests/http');
const PLATFORMS = ['moodle', 'canvas'];
const TURN_MS = 240000;
const cases = JSON.parse(readFileSync(path.join(ROOT, 'tests/data/lti_cases.json'), 'utf8'));
const dir = mkdtempSync(path.join(os.tmpdir(), 'lintel-conformance-'));
let passed = 0, failed = 0;

function check(ok, name, detail = '') {
	if (ok) passed++;
	else failed++;
	console.log(`${ok ? 'ok' : 'not ok'} ${name}${ok || !detail ? '' : `\n#   ${detail}`}`);
}

/* One runner, from start to end: what came of its cases. */
function run(file, env) {
	const result = path.join(dir, `${path.basename(file)}-${env.LTI_AS || 'both'}.json`);
	return new Promise(done => {
		const child = spawn(process.execPath, [path.join(HERE, file)], { cwd: ROOT,
			env: { ...process.env, ...env, LTI_RESULT: result }, stdio: ['ignore', 'pipe', 'inherit'] });
		const late = setTimeout(() => child.kill('SIGKILL'), TURN_MS);
		let out = '';
		child.stdout.on('data', d => { out += d; });
		child.on('close', code => {
			clearTimeout(late);
			const bad = out.match(/^not ok .*(\n#.*)*/gm) || [];
			check(code === 0, `${file} ${env.LTI_AS || ''}`, `${code}: ${bad.join(' ').slice(0, 1500)}`);
			try { done(JSON.parse(readFileSync(result, 'utf8'))); } catch { done({}); }
		});
	});
}

/* Tests that name cases of groups which lti_cases.mjs leaves to them. */
function others() {
	const apart = cases.filter(c => ['storage', 'cert-services'].includes(c.group)).map(c => c.id);
	return readdirSync(HERE).filter(f => f.endsWith('.mjs') && !f.startsWith('lti_c')).filter(f => {
		const text = readFileSync(path.join(HERE, f), 'utf8');
		return text.includes('lib/walk.mjs') && apart.some(id => text.includes(id));
	});
}

async function gather() {
	const seen = { moodle: {}, canvas: {} };
	const main = await Promise.all(PLATFORMS.map(p => run('lti_cases.mjs', { LTI_AS: p })));
	PLATFORMS.forEach((p, i) => Object.assign(seen[p], main[i]));
	for (const f of others()) {
		const r = await run(f, {});
		for (const p of PLATFORMS)
			for (const [id, v] of Object.entries(r[p] || {})) seen[p][id] ??= v;
	}
	return seen;
}

const cell = s => String(s).replace(/\|/g, ' or ').replace(/\s+/g, ' ').trim();
const verdict = v => v === undefined ? 'later' : v.ok ? 'passes' : 'fails';
const got = v => v === undefined ? '' : ` (${v.got})`;

function expected(c) {
	const e = c.expect;
	return `${e.status}${e.session === false ? ', no session' : e.session === true ? ', session' : ''}`;
}

function documentOf(seen) {
	const counts = PLATFORMS.map(p => {
		const v = cases.map(c => verdict(seen[p][c.id]));
		const n = w => v.filter(x => x === w).length;
		return `practice ${p === 'moodle' ? 'Moodle' : 'Canvas'}: ${n('passes')} pass, ${n('fails')} fail, ${n('later')} later`;
	});
	const rows = cases.map(c => `| ${c.id} | ${cell(c.what)} | ${cell(expected(c))} | ` +
		PLATFORMS.map(p => cell(verdict(seen[p][c.id]) + got(seen[p][c.id]))).join(' | ') + ' |');
	return `# LTI conformance, case by case

Written by \`make conformance\`, held to what is seen by \`tests/http/lti_conformance.mjs\`. The cases
are \`tests/data/lti_cases.json\`: the tool tests of the 1EdTech certification guide by their names,
and harder ones of our own. Each runs against a Lintel of its own, once as the practice Moodle
speaks and once as the practice Canvas does; in brackets stands what came: the HTTP status and
the room that opened, or the code of the check that refused. *later*: not run yet.

${cases.length} cases. ${counts.join('. ')}.

| case | what | expected | practice Moodle | practice Canvas |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

/* Case and verdicts; what came is told, but a room that changed its name is no regression. */
const verdicts = text => text.split('\n').filter(l => /^\| [A-Z]+-/.test(l)).map(l => {
	const f = l.split('|').map(s => s.trim());
	return `${f[1]} ${f[4].split(' ')[0]} ${f[5].split(' ')[0]}`;
});

function compare(text) {
	let have = [];
	try { have = verdicts(readFileSync(DOC, 'utf8')); } catch { /* said below */ }
	const want = verdicts(text);
	check(want.length === cases.length, 'every case has a row', `${want.length} of ${cases.length}`);
	const stale = want.filter(l => !have.includes(l)), gone = have.filter(l => !want.includes(l));
	check(!stale.length && !gone.length, 'docs/lti-conformance.md says what is seen: run make conformance',
		`seen: ${stale.slice(0, 8)}; written: ${gone.slice(0, 8)}`);
	check(!want.some(l => l.includes('fails')), 'no case fails', want.filter(l => l.includes('fails')).join(', '));
}

try {
	const text = documentOf(await gather());
	if (process.argv.includes('--write')) writeFileSync(DOC, text);
	compare(text);
} finally {
	rmSync(dir, { recursive: true, force: true });
}
console.log(`# ${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
