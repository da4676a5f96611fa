/*
 * People in a real browser, walking from the practice LMS into Lintel.
 *
 *   const w = await start();                      both programs, a roster, one chromium
 *   const p = await w.person({ width: 360, scripts: false, dark: true });
 *   const at = await p.open('okafor');            picker → course page → the frame in it
 *   const at = await p.window('rima', { locale: 'ar' });  … → "Open in a new window"
 *   await w.check(at, 'teacher today');           axe, overflow, targets, at one width
 *   await test('what must hold', async () => { … });
 *
 * A person is one browser context: own cookies. What any page of any person logs as
 * an error, and every request that is neither the LMS's nor Lintel's, is kept in
 * w.errors and w.strangers; the runner ends with a test that both are empty.
 *
 * Two sites: the LMS on localhost, Lintel on 127.0.0.1; third-party cookies are
 * blocked everywhere (the first walk proves it).
 */
import assert from 'node:assert';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { BUILD, ROOT, importRoster, registerPlatforms, startLintel, startPractice, stopAll }
	from '../practice/client.mjs';
import { fill } from '../practice/fill.mjs';
import { freePort } from '../practice/port.mjs';
import { small } from './png.mjs';

const PORT = await freePort(4);
const AXE = readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SHOTS = process.env.SHOTS === '1' && path.join(BUILD, 'shots');
const PATIENCE = 30000;

export const HEIGHT = { 320: 640, 360: 720, 1280: 860 };
export const count = { passed: 0, failed: 0 };

export async function test(name, fn) {
	const t0 = Date.now();
	try {
		await fn();
		count.passed++;
		console.log(`ok ${name} (${Date.now() - t0} ms)`);
	} catch (e) {
		count.failed++;
		console.log(`not ok ${name}\n#   ${String(e.stack || e).split('\n').slice(0, 16).join('\n#   ')}`);
	}
}

/* ---- the world -------------------------------------------------------------------- */

function chromiumOptions(more = []) {
	const root = process.getuid() === 0 ? ['--no-sandbox'] : [];

	return { executablePath: process.env.CHROMIUM || '/usr/bin/chromium', timeout: 90000,
		args: ['--test-third-party-cookie-phaseout', '--disable-gpu', ...root, ...more] };
}

async function fresh(dir) {
	const lms = await startPractice({ port: PORT, tool: `http://127.0.0.1:${PORT + 1}` });
	const tool = await startLintel({ port: PORT + 1, dir });

	registerPlatforms(lms, tool);
	importRoster(lms, tool);
	return { lms, tool };
}

/* filled: with the weeks that `make demo` has, on two more ports. */
export async function start({ filled } = {}) {
	const dir = mkdtempSync(path.join(os.tmpdir(), 'lintel-browser-'));
	const { lms, tool } = filled ? await fill({ dir, port: PORT + 3, lmsPort: PORT + 2, say: () => {} }) :
		await fresh(dir);
	const w = { dir, lms, tool, errors: [], strangers: [], seen: new Set(), open: new Set(),
		scriptless: new WeakSet(),
		chrome: await chromium.launch(chromiumOptions()) };

	w.tenant = JSON.parse(tool.cli('platform', 'list', '--json')).find(p => p.family === 'moodle').tenant;
	w.invite = () => tool.cli('admin', 'invite', '--tenant', w.tenant).trim();
	w.person = opts => newPerson(w, opts);
	w.refuser = () => refuser(w);
	w.check = (at, name, opts) => check(w, at, name, opts);
	w.shot = (at, name, opts) => shot(at, name, opts);
	w.end = async () => {
		await Promise.all([...w.open].map(c => c.close().catch(() => {})));
		await w.chrome.close();
		await stopAll();
		rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
	};
	return w;
}

/* A profile that keeps no cookie of Lintel's while it stands inside the LMS. */
async function refuser(w) {
	const dir = path.join(w.dir, 'refuser');
	const rule = { [`${w.tool.url},${w.lms.url}`]: { setting: 2 } };

	mkdirSync(path.join(dir, 'Default'), { recursive: true });
	writeFileSync(path.join(dir, 'Default/Preferences'), JSON.stringify({ profile: {
		content_settings: { exceptions: { cookies: rule } } } }));
	const context = await chromium.launchPersistentContext(dir, { ...chromiumOptions(),
		viewport: { width: 360, height: HEIGHT[360] }, locale: 'en' });
	return watch(w, context, {});
}

function newContextOptions({ width = 1280, scripts = true, dark = false, language = 'en' }) {
	return { viewport: { width, height: HEIGHT[width] || 860 }, locale: language,
		javaScriptEnabled: scripts, colorScheme: dark ? 'dark' : 'light',
		hasTouch: width < 600, timezoneId: 'America/Chicago' };
}

async function newPerson(w, opts = {}) {
	return watch(w, await w.chrome.newContext(newContextOptions(opts)), opts);
}

const own = (w, url) => /^(data|blob|about|chrome|chrome-error):/.test(url) ||
	url.startsWith(`${w.lms.url}/`) || url.startsWith(`${w.tool.url}/`);

function watch(w, context, opts) {
	const p = { w, context, scripts: opts.scripts !== false, width: opts.width || 1280, quiet: null };

	w.open.add(context);
	if (!p.scripts) w.scriptless.add(context);
	context.setDefaultTimeout(PATIENCE);
	context.on('request', r => {
		if (!own(w, r.url())) w.strangers.push(`${r.url()} from ${r.frame()?.url()}`);
	});
	context.on('page', page => {
		/* p.quiet: an error this walk provokes on purpose (a 422 page, say) */
		const note = text => { if (!p.quiet?.test(text)) w.errors.push(`${page.url()}: ${text}`); };

		page.on('console', m => { if (m.type() === 'error') note(`${m.text()} ${m.location().url}`); });
		page.on('pageerror', e => note(String(e)));
	});
	p.picker = (who, o) => picker(p, who, o);
	p.open = (who, o) => openInFrame(p, who, o);
	p.window = (who, o) => openInWindow(p, who, o);
	p.close = async () => {
		w.open.delete(context);
		await context.close();
	};
	return p;
}

/* ---- the way in --------------------------------------------------------------------- */

/* The course page of a person, by their line on the first page; `also` a later course, `more` of its query. */
async function picker(p, who, { platform = 'moodle', locale, page, also, more = '' } = {}) {
	page ??= await p.context.newPage();
	await page.goto(`${p.w.lms.url}/`);
	const section = page.locator(`#${platform}`);
	const link = section.locator(`a[href*="as=${who}"]`).nth(also ? 1 : 0);

	assert(await link.count(), `${who} stands on no line of ${platform}`);
	if (!(await link.isVisible()))
		await section.locator('summary').click();
	if (locale || more)
		await page.goto(new URL(`${await link.getAttribute('href')}&locale=${locale || 'en'}${more}`, page.url()).href);
	else
		await link.click();
	await page.locator('.here').waitFor();
	return page;
}

const frameOf = page => page.frames().find(f => f.parentFrame() === page.mainFrame() &&
	!/post_message_forwarding|^about:/.test(f.url()));

/* Without scripts every page of the LMS that would send itself has a button. */
async function goOn(p, page, find) {
	const end = Date.now() + PATIENCE;
	let clicked = '', again = 0;	/* a second click on the same page would send it twice */

	for (;;) {
		const at = find();

		if (at && at.url().startsWith(`${p.w.tool.url}/`) && !/\/lti\/launch$/.test(at.url())) {
			await at.waitForLoadState('load');
			return at;
		}
		if (Date.now() > end)
			throw new Error(`did not get in: ${page.frames().map(f => f.url()).join(' ')}`);
		if (!p.scripts && at) {
			const go = at.locator('form noscript button, form button').first();

			if ((clicked !== at.url() || Date.now() > again) && await go.count().catch(() => 0)) {
				[clicked, again] = [at.url(), Date.now() + 5000];
				await go.click({ timeout: 3000 }).catch(() => {});
			}
		}
		await new Promise(done => setTimeout(done, 30));
	}
}

async function openInFrame(p, who, opts = {}) {
	const page = await p.picker(who, opts);

	if (!p.scripts && opts.platform === 'canvas')
		await page.getByRole('button', { name: 'Open the tool' }).click();
	return goOn(p, page, () => frameOf(page));
}

async function openInWindow(p, who, opts = {}) {
	const course = await p.picker(who, opts);
	const [page] = await Promise.all([p.context.waitForEvent('page'),
		course.getByRole('link', { name: 'Open in a new window' }).click()]);

	await goOn(p, page, () => page.mainFrame());
	await course.close();
	return page;
}

/* The address of the session a page or frame stands in. */
export const session = at => /^.*\/app\/[^/?]+/.exec(at.url())?.[0];
export const room = at => at.locator('body').getAttribute('data-room');
export const pageOf = at => typeof at.page === 'function' ? at.page() : at;

/* ---- what a person does ----------------------------------------------------------- */

export const words = page => page.locator('main').innerText();

/* Types into the fields named, then presses the button that sends their form. */
export async function send(page, values, button) {
	for (const [name, value] of Object.entries(values)) {
		const at = page.locator(`main [name="${name}"]`).first();

		if (typeof value === 'boolean') await at.setChecked(value);
		else if (await at.evaluate(e => e.tagName) === 'SELECT') await at.selectOption(value);
		else await at.fill(value);
	}
	await Promise.all([page.waitForNavigation(),
		(button || page.locator('main form button.first').last()).click()]);
}

export async function go(page, path) {
	const r = await page.goto(session(page) + path);

	assert.equal(r.status(), 200, `${path} answers ${r.status()}`);
}

/* ---- what must hold on every page ------------------------------------------------------ */

async function axe(at, rules) {
	if (!(await at.evaluate(() => 'axe' in window)))
		await at.evaluate(AXE);
	const bad = await at.evaluate(only => window.axe.run(document, { runOnly: only,
		resultTypes: ['violations'] }).then(r => r.violations.map(v => `${v.id}: ` +
		v.nodes.slice(0, 3).map(n => `${n.target.join(' ')} ${n.failureSummary.split('\n')[1]?.trim()}`)
			.join(' | '))), rules);

	assert(bad.length === 0, `axe on ${at.url()}:\n   ${bad.join('\n   ')}`);
}

/* Runs in the page. Links in running text may be small (WCAG 2.5.8, "inline"). */
function measure(big) {
	const bad = [], wide = document.documentElement.clientWidth;
	const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
	const name = e => `<${e.tagName.toLowerCase()} class="${e.className}"> ` +
		(e.textContent || e.name || '').trim().slice(0, 30);
	const sideways = e => {
		for (let x = e; x && x !== document.body; x = x.parentElement)
			if (/auto|scroll|hidden|clip/.test(getComputedStyle(x).overflowX)) return true;
		return false;
	};

	if (document.documentElement.scrollWidth > wide)
		bad.push(`the page is ${document.documentElement.scrollWidth} px wide in ${wide}`);
	for (const e of document.querySelectorAll('main *, header *, footer *')) {
		const r = e.getBoundingClientRect();

		if (shown(e) && !e.closest('.vh, svg, .skip') && r.width > 1 && (r.right > wide + 1 || r.left < -1) &&
		    !sideways(e.parentElement))
			bad.push(`sticks out by ${Math.round(Math.max(r.right - wide, -r.left))} px: ${name(e)}`);
	}
	if (big) {
		const all = document.querySelectorAll('.button, button, nav a, summary, .pick, select, textarea, ' +
			'input:not([type=hidden]):not([type=radio]):not([type=checkbox]), th a, li > a:only-child');

		for (const e of all) {
			const r = e.getBoundingClientRect();

			if (shown(e) && !e.closest('.vh') && (r.height < 43.9 || r.width < 43.9))
				bad.push(`small target ${Math.round(r.width)}x${Math.round(r.height)}: ${name(e)}`);
		}
	}
	if (document.documentElement.dir === 'rtl' && getComputedStyle(document.body).direction !== 'rtl')
		bad.push('not right to left');
	return [...new Set(bad)].slice(0, 12);
}

/* One page as it stands, at the width it has. axe needs timers, which need scripts. */
async function check(w, at, name, { rules = WCAG } = {}) {
	await at.locator('main h1').first().waitFor();
	w.seen.add(at.url().replace(/\/app\/[^/]+/, '/app/TAG'));
	if (!w.scriptless.has(pageOf(at).context()))
		await axe(at, { type: 'tag', values: rules });
	const bad = await at.evaluate(measure, true);

	assert(bad.length === 0, `${name} ${at.url()}:\n   ${bad.join('\n   ')}`);
}

async function shot(at, name) {
	if (!SHOTS) return;
	mkdirSync(SHOTS, { recursive: true });
	await at.screenshot({ path: path.join(SHOTS, `${name.replace(/[^\w-]+/g, '_')}.png`), fullPage: true });
}

/*
 * One page in every look: both widths, both schemes, and narrower still. Everything
 * found is collected, so that one run tells all.
 */
export async function everyLook(w, page, name) {
	const bad = [];
	const look = async (label, width, scheme, fn) => {
		await page.emulateMedia({ colorScheme: scheme });
		await page.setViewportSize({ width, height: HEIGHT[width] });
		await fn().catch(e => bad.push(`${label}: ${e.message}`));
		await shot(page, `${name}-${label}`);
	};

	await look('1280', 1280, 'light', () => check(w, page, name));
	await look('1280-dark', 1280, 'dark', () => axe(page, { type: 'rule', values: ['color-contrast'] }));
	await look('360', 360, 'light', () => check(w, page, name));
	await page.setViewportSize({ width: 320, height: HEIGHT[320] });
	const narrow = await page.evaluate(measure, false);
	if (narrow.length) bad.push(`${name} 320: ${narrow.join('\n   ')}`);
	if (SHOTS) await look('360-dark', 360, 'dark', async () => {});
	await page.emulateMedia({ colorScheme: 'light' });
	await page.setViewportSize({ width: 1280, height: HEIGHT[1280] });
	return bad;
}

export async function looks(w, page, name) {
	const bad = await everyLook(w, page, name);

	assert(bad.length === 0, `\n${bad.join('\n')}`);
}

/* Every page a person can reach by links inside their session, one of each kind. */
export async function tour(w, page, name, { max = 30 } = {}) {
	const at = session(page), todo = [page.url()], kinds = new Set(), bad = [];
	const kind = url => new URL(url).pathname.replace(/^\/app\/[^/]+/, '').replace(/\d+/g, 'N') || '/';

	assert(at, `${name} stands in no session: ${page.url()}`);
	while (todo.length > 0 && kinds.size < max) {
		const url = todo.shift();

		if (kinds.has(kind(url)) || /\.ics$|\/ics(\?|$)|\/export/.test(url)) continue;
		kinds.add(kind(url));
		const r = await page.goto(url);
		if (r.status() !== 200) {
			bad.push(`${url} answers ${r.status()}`);
			continue;
		}
		bad.push(...await everyLook(w, page, `${name}${kind(page.url()).replace(/\//g, '-')}`));
		for (const href of await page.locator('a[href]').evaluateAll(all => all.map(a => a.href)))
			if (href.startsWith(`${at}/`) || href === at) todo.push(href.replace(/#.*/, ''));
	}
	assert(bad.length === 0, `\n${bad.join('\n')}`);
	return kinds;
}

/* For the README; only when asked for. */
export const picture = async (page, name) => {
	if (process.env.PICTURES !== '1') return;
	const dir = path.join(ROOT, 'docs/img');

	mkdirSync(dir, { recursive: true });
	await page.mouse.move(0, 0);
	writeFileSync(path.join(dir, `${name}.png`), small(await page.screenshot()));
};
