/*
 * What every walk begins and ends with: tests that are counted, a folder that goes away,
 * the practice school with Lintel beside it, people who stand in their rooms.
 */
import assert from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Browser, importRoster, launch, registerPlatforms, startLintel, startPractice, stopAll }
	from '../../practice/client.mjs';
import { freePort } from '../../practice/port.mjs';

const dirs = [];
let passed = 0, failed = 0;

/*
 * A test named "CERT-DL-01 what it is (moodle)" is that case of tests/data/lti_cases.json
 * as that platform; LTI_RESULT=FILE takes what came of them (lti_conformance.mjs).
 */
const results = {};

function note(ok, name) {
	const m = /^([A-Z]+(?:-[A-Z]+)*-\d+) .*?(?:\((moodle|canvas)\))?$/.exec(name);
	if (!m) return;
	for (const p of m[2] ? [m[2]] : ['moodle', 'canvas'])
		(results[p] ??= {})[m[1]] = { ok: ok && results[p][m[1]]?.ok !== false, got: 'as wanted' };
}

/* Counted and said; answers ok. */
export function check(ok, name, detail = '') {
	if (ok) passed++;
	else failed++;
	note(ok, name);
	console.log(`${ok ? 'ok' : 'not ok'} ${name}${ok || !detail ? '' : `\n#   ${detail}`}`);
	return ok;
}

/* A text that fn answers says what of a longer campaign was run. */
export async function test(name, fn) {
	try {
		const slice = await fn();
		if (typeof slice === 'string') console.log(`# slice: ${slice}`);
		check(true, name);
	} catch (e) {
		check(false, name, String(e.stack || e).split('\n').slice(0, 14).join('\n#   '));
	}
}

export function tempDir(name) {
	dirs.push(mkdtempSync(path.join(os.tmpdir(), `lintel-${name}-`)));
	return dirs.at(-1);
}

/* The practice LMS with Lintel beside it, both platforms registered. */
export async function school(name) {
	const dir = tempDir(name), port = await freePort(2);
	const lms = await startPractice({ port, tool: `http://127.0.0.1:${port + 1}` });
	const tool = await startLintel({ port: port + 1, dir, database: process.env.LINTEL_TEST_DB });
	registerPlatforms(lms, tool);
	return { lms, tool, dir };
}

/* The same with its roster; enter(who, course) opens their room. */
export async function fullSchool(name) {
	const s = await school(name);
	importRoster(s.lms, s.tool);
	return { ...s, enter: (...args) => enter(s.lms, ...args) };
}

/* A person in a room: `at` is the address of their session, `page` the first they saw. */
export async function enter(lms, who, course, opts = {}) {
	opts = { query: { locale: 'en' }, ...opts };
	const browser = new Browser(opts.browser);
	const page = await launch(lms, browser, who, course, opts);
	const at = /^.*\/app\/[^/]+/.exec(page.url)?.[0];

	assert(at, `${who} did not get in: ${page.status} ${page.text.slice(0, 200)}`);
	return { who, browser, page, at, get: p => browser.get(at + p),
		send: (...form) => browser.submit(...form) };
}

/* The last line of every test; a walk that tested nothing has failed. */
export async function finish() {
	await stopAll();
	for (const d of dirs) rmSync(d, { recursive: true, force: true });
	if (process.env.LTI_RESULT) writeFileSync(process.env.LTI_RESULT, JSON.stringify(results));
	console.log(`# ${passed} passed, ${failed} failed`);
	process.exit(failed || !passed ? 1 : 0);
}
