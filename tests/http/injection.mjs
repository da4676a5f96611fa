/*
 * T28: whatever people type, platforms send or addresses hold, the statements stay the
 * same. A server on PostgreSQL logs every statement it runs; a walk with plain words
 * says which there are, and the same walk with words that mean harm may add none.
 */
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Browser, request, ROOT, startLintel, stopAll } from '../practice/client.mjs';
import { freePort } from '../practice/port.mjs';
import { rosterOf, startMiniLms } from './lib/mini_lms.mjs';
import { finish, tempDir, test } from './lib/walk.mjs';

const sh = (...args) => {
	const r = spawnSync('bash', args, { cwd: ROOT, encoding: 'utf8' });

	if (r.status !== 0) throw new Error(`${args.join(' ')}: ${r.stderr}`);
	return r.stdout.trim();
};

const PLAIN = ['Reads aloud every evening', 'نقرأ معًا كل مساء', 'Two words'];
const HARM = ["' OR '1'='1", "'; DROP TABLE person; --", '" OR ""="', "') UNION SELECT * FROM session --", "\\'; --",
	'1; SELECT pg_sleep(5)', '$1', '$$;SELECT 1;$$', '%27%20OR%201=1', "x' AND 1=(SELECT count(*) FROM account) --",
	'/**/OR/**/1=1', '`id`', '{{1+1}}', "admin'--", "a'||'b", "';EXEC xp_cmdshell('dir');--", '0x27204f52', '\u02bc OR 1=1',
	"'||(SELECT ''||version())||'", "1' ORDER BY 99--", "' HAVING 1=1--", '(SELECT CASE WHEN 1=1 THEN 1 ELSE 0 END)',
	'?', ':name', '@@version', "\u2019; DELETE FROM note; --", "COPY x TO PROGRAM 'id'", "E'\\x27'"];

const dir = tempDir('injection');
const db = sh('tests/pg.sh', 'newdb'), port = await freePort();
const log = path.join(/[?&]host=([^&]+)/.exec(db)[1], 'log');
const day = n => new Date(Date.now() + n * 864e5).toISOString().slice(0, 10);
let kept = 0, tool, mini;

/* What PostgreSQL was asked to run since byte `from`, spaces made one, numbers of cursors cut. */
function statements(from) {
	const text = readFileSync(log).subarray(from).toString('utf8');
	const found = text.matchAll(/ LOG:  (?:execute [^:]+|statement): ([\s\S]*?)(?=\n\d{4}-\d\d-\d\d |\n?$)/g);

	return new Set([...found].map(m => m[1].replace(/\s+/g, ' ').trim())
		.filter(s => !/^(BEGIN|COMMIT|ROLLBACK)\b[A-Z ]*$/.test(s)));
}

/* One person's way with these words in every place that takes any. */
async function walk(text, n) {
	const away = { iss: text, client_id: text, login_hint: text, lti_message_hint: text, target_link_uri: text };

	await request('POST', `${tool.url}/lti/login`, {}, new URLSearchParams(away).toString());
	await request('POST', `${tool.url}/lti/login`, {}, new URLSearchParams({ ...away, iss: mini.issuer,
		client_id: mini.client, target_link_uri: `${tool.url}/lti/launch` }).toString());
	await request('GET', `${tool.url}/app/${encodeURIComponent(text)}/child/${encodeURIComponent(text)}`);
	const b = new Browser();
	let t = await mini.enter(b, { user: 't', sourcedid: 'MINI-T', section: 'MINI-C', course: 'c1', title: text,
		roles: ['Instructor'], given: text, family: text, locale: text });
	assert.equal(t.room, 'class', `${text}: ${t.room} ${t.refused}`);
	const room = new URL(t.url).pathname.match(/^\/app\/[^/]+/)[0];
	t = await b.get(`${room}/class`);
	const child = [...t.body.matchAll(/\/child\/(\d+)"/g)][n][1];	/* one each: goals have a limit */
	const form = await b.get(`${room}/child/${child}/goals/new?domain=social`);
	t = await b.submit(form, '/goals/new', { words: `${text} ${n}`, measure: text, school: text, home: text,
		start: day(-3), review: day(30) });
	assert.equal(t.status, 200, `${text}: ${t.status}`);
	kept += t.text.includes(`${text} ${n}`);
	t = await b.submit(await b.get(`${room}/child/${child}/notes/new`), '/notes/new', { body: text });
	assert.equal(t.status, 200, `${text}: ${t.status}`);
	t = await b.post(`${room}/child/${child}/notes/new`, { csrf: text, text });
	assert.ok(t.status >= 400 && t.status < 500, `${text}: ${t.status}`);
	for (const at of [`/child/${encodeURIComponent(text)}`, `/goals/${encodeURIComponent(text)}`, `/class?ok=${encodeURIComponent(text)}`])
		assert.ok((await b.get(`${room}${at}`)).status < 500);
	const stranger = await mini.enter(new Browser(), { user: text, sourcedid: text, section: text, course: text, title: text,
		roles: ['Learner'], given: text, family: text, claims: { locale: text } });
	assert.ok(stranger.status < 500, `${text}: ${stranger.status}`);
}

try {
	tool = await startLintel({ port, dir, database: db, env: { PGOPTIONS: '-c log_statement=all' } });
	mini = await startMiniLms({ tool, name: 'Mini' });
	writeFileSync(path.join(dir, 'r.xml'), rosterOf(PLAIN.length * 2 + HARM.length));
	tool.cli('roster', 'import', path.join(dir, 'r.xml'), '--platform', 'Mini');
	let at = readFileSync(log).length, n = 0;
	for (const text of [...PLAIN, ...PLAIN]) await walk(text, n++);
	const plain = statements(at);
	at = readFileSync(log).length;
	for (const text of HARM) await walk(text, n++);
	const harm = statements(at), more = [...harm].filter(s => !plain.has(s));

	await test('the walk writes goals and notes', () => {
		for (const table of ['goal', 'note', 'session', 'audit'])
			assert.ok([...harm].some(s => s.startsWith(`INSERT INTO ${table} `)), table);
	});
	await test('the log tells which statements ran', () => assert.ok(plain.size > 40, `${plain.size}`));
	await test('words that mean harm ran the same statements', () => assert.equal(more.length, 0, more.join('\n')));
	await test('and nothing broke', () => assert.doesNotMatch(tool.output, / error /));
	await test('every text came back as it was typed', () => assert.equal(kept, n));
	await test('and the rules of the database hold', () => assert.ok(tool.cli('db', 'check')));
	console.log(`# slice: ${HARM.length} texts in every field, ${plain.size} statements before, ${harm.size} with them`);
} catch (e) {
	await test(`the walk ended: ${e.message}`, () => { throw e; });
} finally {
	mini?.stop();
	await stopAll();
	sh('tests/pg.sh', 'dropdb', db);
}
await finish();
