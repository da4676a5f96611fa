/*
 * A small client for HTTP tests, demo filling and benchmarks. No packages.
 *
 *   const lms = await startPractice({ port: 21100, tool: 'http://127.0.0.1:21101' });
 *   const tool = await startLintel({ port: 21101, dir: '/tmp/x' });   // lab mode, SQLite
 *   registerPlatforms(lms, tool);                                     // lintel platform add …
 *   importRoster(lms, tool);                                          // lintel roster import …
 *
 *   const okafor = new Browser();
 *   let page = await launch(lms, okafor, 'okafor', 'grade3', { platform: 'canvas' });
 *   page.status, page.url, page.body, page.room, page.refused, page.headers
 *   page = await okafor.get('/app/…');              // relative to the page before
 *   page = await okafor.submit(page, '/goal', { text: 'Reading' });
 *        // the form whose action (or id) holds '/goal', with all its hidden fields
 *   page = await okafor.click(page, 'Conferences'); // link by words or by href
 *   page.forms(), page.links()
 *   await stopAll();
 *
 * One Browser is one person: its own cookies, never shared. It behaves like a
 * browser where it matters here: cookies by host and path, Origin and
 * Sec-Fetch-* on what it sends, redirects followed (303 and 302 become GET).
 * launch() goes the whole way: login → authorization → launch. Options:
 *   platform  'moodle' (default) or 'canvas'
 *   misbehave 'expired,no_sub' …  (see GET /control/switches)
 *   set       { roles: [...], 'custom.user_tz': 'Asia/Tokyo' }, unset: ['email']
 *   query     more for /control/launch: { placement, about, locale, privacy, container }
 *   frame     true: as in the course's iframe; false (default): a new window
 *   until     'login': the tool's first answer; 'auth': the page with the id_token form
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const BUILD = process.env.BUILD_DIR || path.join(ROOT, 'build');

/* ---- processes ----------------------------------------------------------------- */

const running = new Set();

/* Starts a program and waits until `ready` (a RegExp) stands in its output, or a URL answers. */
export function startProcess(file, args, { env = {}, ready, timeout = 20000, cwd } = {}) {
	const child = spawn(file, args, { env: { ...process.env, ...env }, cwd,
		stdio: ['ignore', 'pipe', 'pipe'] });
	const proc = { child, pid: child.pid, output: '', exited: false };
	running.add(proc);
	child.on('exit', (code, signal) => {
		proc.exited = true;
		proc.code = code ?? signal;
		if (process.env.SAN_REPORTS && /runtime error:|Sanitizer/.test(proc.output))
			writeFileSync(path.join(process.env.SAN_REPORTS, `server.${child.pid}`), proc.output);
		running.delete(proc);
	});
	for (const s of [child.stdout, child.stderr])
		s.on('data', d => { proc.output = (proc.output + d).slice(-65536); });
	proc.stop = (signal = 'SIGTERM') => new Promise(done => {
		if (proc.exited) return done(proc.code);
		child.once('exit', () => done(proc.code));
		child.kill(signal);
		setTimeout(() => child.kill('SIGKILL'), 8000).unref();
	});
	return new Promise((done, fail) => {
		const end = Date.now() + timeout;
		const look = async () => {
			if (ready instanceof RegExp ? ready.test(proc.output) : await answers(ready))
				return done(proc);
			if (proc.exited || Date.now() > end) {
				await proc.stop('SIGKILL');
				return fail(new Error(`${file} did not start (${proc.code}): ${proc.output}`));
			}
			setTimeout(look, 20);
		};
		child.on('error', fail);
		look();
	});
}

export async function stopAll() {
	await Promise.all([...running].map(p => p.stop()));
	agents.http.destroy();
	agents.https.destroy();
}
process.on('exit', () => { for (const p of running) p.child.kill('SIGKILL'); });

async function answers(url) {
	try { return (await request('GET', url)).status < 500; } catch { return false; }
}

export async function startPractice({ port, tool = 'http://127.0.0.1:8700', args = [], file } = {}) {
	const argv = ['--port', String(port), '--tool', tool, ...args];
	const program = file || path.join(BUILD, 'practice-lms');
	const lms = await startProcess(program, argv, { ready: /Practice LMS: (\S+)/ });
	Object.assign(lms, { program, argv, port, tool,
		url: /Practice LMS: (\S+?)\/?\s/.exec(lms.output)[1] });
	/* lms.control('launch', {…}) reads; lms.control('rotate', {…}, true) changes. */
	lms.control = async (what, params = {}, post = false) => {
		const q = new URLSearchParams(params).toString();
		const r = post ? await request('POST', `${lms.url}/control/${what}`, {},  q) :
			await request('GET', `${lms.url}/control/${what}?${q}`);
		const o = JSON.parse(r.body);
		if (o && typeof o === 'object') Object.defineProperty(o, '$status', { value: r.status });
		return o;
	};
	lms.print = (what, more = []) => run(program, [...argv, '--print', what, ...more]);
	return lms;
}

/* lab mode on loopback; `env` may name any LINTEL_ key, `database` another engine. */
export async function startLintel({ port, dir, database, env = {}, file } = {}) {
	const program = file || path.join(BUILD, 'lintel');
	const url = `http://127.0.0.1:${port}`;
	mkdirSync(dir, { recursive: true });
	const all = { LINTEL_PUBLIC_URL: url, LINTEL_LISTEN: `127.0.0.1:${port}`,
		LINTEL_DATABASE: database || `sqlite:${dir}/lintel.db`, LINTEL_DATA_DIR: dir,
		LINTEL_KEY_FILE: `${dir}/key`, LINTEL_LAB_MODE: '1', ...env };
	const tool = await startProcess(program, ['serve'], { env: all, ready: `${url}/healthz`, cwd: dir });
	Object.assign(tool, { program, url, dir, env: all });
	/* tool.cli('platform', 'list', '--json') → what it printed; throws if it fails. */
	tool.cli = (...args) => run(program, args, { env: { ...process.env, ...all }, cwd: dir });
	return tool;
}

function run(file, args, opts = {}) {
	const r = spawnSync(file, args, { encoding: 'utf8', timeout: 60000,
		maxBuffer: 64 << 20, ...opts });
	if (r.error) throw r.error;
	if (r.status !== 0) throw new Error(`${file} ${args.join(' ')}: ${r.status}: ${r.stderr}`);
	return r.stdout;
}

/* The printed lines are a shell's; the program in them is this build's. */
export function registerPlatforms(lms, tool, { tenant } = {}) {
	const lines = lms.print('config', tenant ? ['--tenant', tenant] : []);
	const env = { ...process.env, ...tool.env, PATH: `${path.dirname(tool.program)}:${process.env.PATH}` };
	return run('sh', ['-ec', lines], { env, cwd: tool.dir });
}

export function importRoster(lms, tool, platform = 'Practice Moodle') {
	const file = path.join(tool.dir, 'practice-roster.xml');
	writeFileSync(file, lms.print('roster'));
	return tool.cli('roster', 'import', file, '--platform', platform);
}

/* ---- one request ------------------------------------------------------------------ */

export const agents = {
	http: new http.Agent({ keepAlive: true, maxSockets: 256 }),
	https: new https.Agent({ keepAlive: true, maxSockets: 256, rejectUnauthorized: false }),
};

/*
 * No cookies, no redirects: what was asked and what came. A body over the limits is
 * refused unread, and a connection closed with bytes unread may be reset before the
 * answer is read (RFC 9112 9.6): then it is asked again.
 */
export async function request(method, url, headers = {}, body) {
	for (let left = body?.length > BIG_BODY ? 4 : 0; ; left--) {
		try {
			return await requestOnce(method, url, headers, body);
		} catch (e) {
			if (left === 0 || !['EPIPE', 'ECONNRESET'].includes(e.code)) throw e;
		}
	}
}

const BIG_BODY = 192 << 10;

function requestOnce(method, url, headers, body) {
	const u = new URL(url), secure = u.protocol === 'https:';
	if (body !== undefined && !headers['Content-Type'])
		headers = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' };
	if (body !== undefined)
		headers = { ...headers, 'Content-Length': Buffer.byteLength(body) };
	return new Promise((done, fail) => {
		const q = (secure ? https : http).request(u, { method, headers, timeout: 30000,
			agent: secure ? agents.https : agents.http }, res => {
			const parts = [];
			res.on('data', d => parts.push(d));
			res.on('error', fail);
			res.on('end', () => {
				const raw = Buffer.concat(parts);
				done({ status: res.statusCode, headers: res.headers, url, raw,
					body: raw.toString('utf8'), cookies: res.headers['set-cookie'] || [] });
			});
		});
		q.on('timeout', () => q.destroy(new Error(`no answer from ${url}`)));
		q.on('error', fail);
		q.end(body);
	});
}

/* ---- a page --------------------------------------------------------------------------- */

const ENTITY = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };
export const decode = s => s.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (m, e) =>
	e[0] !== '#' ? ENTITY[e] ?? m :
		String.fromCodePoint(e[1] === 'x' || e[1] === 'X' ? parseInt(e.slice(2), 16) : +e.slice(1)));
export const words = html => decode(html.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ')
	.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();

function attributes(tag) {
	const o = {};
	for (const m of tag.matchAll(/([^\s=<>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g))
		o[m[1].toLowerCase()] ??= decode(m[2] ?? m[3] ?? m[4] ?? '');
	return o;
}

function optionsOf(html) {
	return [...html.matchAll(/<option\b([^>]*)>([\s\S]*?)(?=<\/option>|<option\b|$)/gi)].map(m => {
		const a = attributes(m[1]);
		return { value: a.value ?? words(m[2]), text: words(m[2]), selected: 'selected' in a };
	});
}

function readForm(head, inner) {
	const f = { ...attributes(head), fields: [], buttons: [], choices: {}, html: inner };
	const each = /<(input|button|select|textarea)\b([^>]*)>(?:([\s\S]*?)<\/\1>)?/gi;
	const tags = inner.replace(/<input\b([^>]*)>/gi, '<input $1></input>');
	for (const [, tag, rest, body = ''] of tags.matchAll(each)) {
		const a = attributes(rest), type = (a.type || (tag === 'button' ? 'submit' : 'text')).toLowerCase();
		if (tag.toLowerCase() === 'button' || type === 'submit') {
			f.buttons.push({ name: a.name, value: a.value ?? '', text: words(body) || a.value || '',
				formaction: a.formaction });
			continue;
		}
		if (a.name === undefined || 'disabled' in a) continue;
		if (tag.toLowerCase() === 'select') {
			const all = optionsOf(body), some = all.filter(o => o.selected);
			f.choices[a.name] = all.map(o => o.value);
			for (const o of some.length ? some : 'multiple' in a ? [] : all.slice(0, 1))
				f.fields.push([a.name, o.value]);
		} else if (type === 'checkbox' || type === 'radio') {
			(f.choices[a.name] ??= []).push(a.value ?? 'on');
			if ('checked' in a) f.fields.push([a.name, a.value ?? 'on']);
		} else if (tag.toLowerCase() === 'textarea') {
			f.fields.push([a.name, decode(body.replace(/^\n/, ''))]);
		} else if (type !== 'file' && type !== 'reset' && type !== 'button') {
			f.fields.push([a.name, a.value ?? '']);
		}
	}
	/* form.value('csrf') */
	f.value = name => f.fields.find(x => x[0] === name)?.[1];
	return f;
}

export class Page {
	constructor(r) {
		Object.assign(this, r);
		const body = /<body\b([^>]*)>/i.exec(this.body);
		const a = body ? attributes(body[1]) : {};
		this.room = a['data-room'];
		this.refused = a['data-refused'];
	}
	get text() { return words(this.body); }
	json() { return JSON.parse(this.body); }
	forms() {
		return [...this.body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)]
			.map(m => readForm(m[1], m[2]));
	}
	/* By part of its action, by id, by number, or by a test; throws if there is none. */
	form(which = 0) {
		const all = this.forms();
		const f = typeof which === 'number' ? all[which] :
			typeof which === 'function' ? all.find(which) :
				all.find(x => x.id === which) || all.find(x => (x.action || '').includes(which));
		if (!f) throw new Error(`no form ${which} on ${this.url} (${this.status}): ` +
			(all.map(x => x.action).join(' ') || this.text.slice(0, 200)));
		return f;
	}
	links() {
		return [...this.body.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/gi)]
			.map(m => ({ ...attributes(m[1]), text: words(m[2]) }));
	}
	link(which) {
		const all = this.links();
		const l = all.find(x => x.text === which) || all.find(x => x.text.includes(which)) ||
			all.find(x => (x.href || '').includes(which));
		if (!l) throw new Error(`no link ${which} on ${this.url} (${this.status})`);
		return l;
	}
}

/* ---- a browser -------------------------------------------------------------------------- */

const site = u => u.protocol + u.hostname;	/* ports are one site */

export class Browser {
	constructor({ language = 'en', headers = {} } = {}) {
		this.cookies = new Map();
		this.headers = { 'Accept-Language': language, Accept: 'text/html,*/*;q=0.8', ...headers };
		this.at = null;		/* the page we stand on */
		this.trail = [];	/* [method, url, status] of the last journey */
	}
	setCookie(line, url) {
		const u = new URL(url), [pair, ...attrs] = line.split(';').map(s => s.trim());
		const name = pair.slice(0, pair.indexOf('=')), a = {};
		for (const x of attrs) {
			const [k, v = ''] = x.split('=');
			a[k.toLowerCase()] = v;
		}
		const where = a.path?.startsWith('/') ? a.path : '/';
		const key = `${u.hostname} ${where} ${name}`;
		const gone = a['max-age'] !== undefined ? +a['max-age'] <= 0 :
			a.expires !== undefined && Date.parse(a.expires) < Date.now();
		if (gone) this.cookies.delete(key);
		else this.cookies.set(key, { host: u.hostname, path: where, name, attrs: a,
			value: pair.slice(pair.indexOf('=') + 1) });
	}
	cookieHeader(url) {
		const u = new URL(url);
		return [...this.cookies.values()].filter(c => c.host === u.hostname &&
			(u.pathname === c.path || u.pathname.startsWith(c.path.endsWith('/') ? c.path : c.path + '/')))
			.map(c => `${c.name}=${c.value}`).join('; ');
	}
	fetchHeaders(method, u, from, dest) {
		const h = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': dest, 'Sec-Fetch-User': '?1' };
		h['Sec-Fetch-Site'] = !from ? 'none' : from.origin === u.origin ? 'same-origin' :
			site(from) === site(u) ? 'same-site' : 'cross-site';
		if (from && method !== 'GET') h.Origin = from.origin;
		return h;
	}
	/* One journey: the request and where its redirects lead. */
	async go(method, url, { body, type, headers = {}, dest = 'document', from, follow = 12 } = {}) {
		from = from === undefined ? this.at && new URL(this.at) : from && new URL(from);
		let u = from ? new URL(url, from) : new URL(url), r;
		this.trail = [];
		for (let hop = 0; ; hop++) {
			const h = { ...this.headers, ...this.fetchHeaders(method, u, from, dest), ...headers };
			const c = this.cookieHeader(u.href);
			if (c) h.Cookie = c;
			if (type && body !== undefined) h['Content-Type'] = type;
			r = await request(method, u.href, h, body);
			this.trail.push([method, u.href, r.status]);
			for (const line of r.cookies) this.setCookie(line, u.href);
			const to = r.headers.location;
			if (!to || r.status < 300 || r.status > 399 || hop >= follow) break;
			if (r.status < 307) { method = 'GET'; body = undefined; }
			u = new URL(to, u);
		}
		this.at = u.href;
		return new Page({ ...r, url: u.href, trail: this.trail });
	}
	get(url, opts) { return this.go('GET', url, opts); }
	post(url, values, opts = {}) {
		const list = values instanceof URLSearchParams || Array.isArray(values) ? values :
			Object.entries(values);
		return this.go('POST', url, { ...opts, body: new URLSearchParams(list).toString() });
	}
	/* values: name → text, list of texts, null (leave out) or { filename, type, content }. */
	submit(page, which, values = {}, opts = {}) {
		const f = typeof which === 'object' && which.fields ? which : page.form(which);
		const names = new Set(Object.keys(values));
		const list = [];
		for (const [k, v] of f.fields) {
			if (!names.has(k)) { list.push([k, v]); continue; }
			for (const x of [values[k]].flat()) if (x !== null) list.push([k, x]);
			names.delete(k);
			values = { ...values, [k]: null };
		}
		for (const k of names) for (const x of [values[k]].flat()) if (x !== null) list.push([k, x]);
		const b = opts.button === undefined ? f.buttons.find(x => x.name) && f.buttons[0] :
			f.buttons.find(x => x.text === opts.button || x.value === opts.button || x.name === opts.button);
		if (opts.button !== undefined && !b) throw new Error(`no button ${opts.button} on ${page.url}`);
		if (b?.name) list.push([b.name, b.value]);
		const url = new URL(b?.formaction || f.action || page.url, page.url).href;
		const from = page.url;
		if ((f.method || 'get').toLowerCase() === 'get') {
			const u = new URL(url);
			u.search = new URLSearchParams(list).toString();
			return this.go('GET', u.href, { from, ...opts });
		}
		if ((f.enctype || '').toLowerCase() === 'multipart/form-data') {
			const m = multipart(list);
			return this.go('POST', url, { from, ...m, ...opts });
		}
		return this.go('POST', url, { from, body: new URLSearchParams(list).toString(), ...opts });
	}
	click(page, which, opts) {
		return this.go('GET', new URL(page.link(which).href, page.url).href, { from: page.url, ...opts });
	}
}

function multipart(list) {
	const edge = 'edge' + Math.random().toString(36).slice(2), parts = [];
	for (const [k, v] of list) {
		const file = typeof v === 'object';
		parts.push(`--${edge}\r\nContent-Disposition: form-data; name="${k}"` +
			(file ? `; filename="${v.filename}"\r\nContent-Type: ${v.type || 'application/octet-stream'}` : '') +
			'\r\n\r\n', file ? v.content : v, '\r\n');
	}
	parts.push(`--${edge}--\r\n`);
	return { body: Buffer.concat(parts.map(p => Buffer.from(p))),
		type: `multipart/form-data; boundary=${edge}` };
}

/* ---- a launch ------------------------------------------------------------------------------ */

/* What the course page would post to the tool; the browser is signed in for it. */
export async function prepare(lms, browser, person, course, opts = {}) {
	const q = { platform: opts.platform || 'moodle', person, ...opts.query };
	if (course) q.course = course;
	if (opts.misbehave) q.misbehave = opts.misbehave;
	const list = Object.entries(q);
	for (const [k, v] of Object.entries(opts.set || {})) list.push([`set.${k}`, JSON.stringify(v)]);
	for (const k of opts.unset || []) list.push(['unset', k]);
	const l = await lms.control('launch', list);
	if (l.error) throw new Error(`practice LMS: ${l.error} (${person}, ${course})`);
	if (l.cookie) browser.setCookie(`${l.cookie}; Path=/`, lms.url);
	return l;
}

export async function launch(lms, browser, person, course, opts = {}) {
	const l = await prepare(lms, browser, person, course, opts);
	const go = { dest: opts.frame ? 'iframe' : 'document', from: lms.url };
	if (opts.until === 'login') go.follow = 0;
	let page;
	if (l.login_method === 'GET')
		page = await browser.get(`${l.login_url}?${new URLSearchParams(l.login_params)}`, go);
	else
		page = await browser.post(l.login_url, l.login_params, go);
	if (opts.until || new URL(page.url).origin !== new URL(lms.url).origin) return page;
	const f = page.forms().find(x => x.id === 'ltiAuthForm');
	if (!f) return page;
	page = await browser.submit(page, f, {}, go);
	page.launched = Object.fromEntries(f.fields);
	return page;
}
