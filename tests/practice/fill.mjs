/*
 * Fills a running Lintel with the practice school, through the front door: every
 * person opens Lintel once in each of their courses, then some of them use it.
 *
 *   node tests/practice/fill.mjs http://localhost:8710 http://127.0.0.1:8700
 */
import { Browser, launch, request, stopAll } from './client.mjs';

const [lmsUrl, tool] = process.argv.slice(2).map(u => u.replace(/\/$/, ''));
if (!tool) {
	console.error('usage: fill.mjs LMS-URL LINTEL-URL');
	process.exit(2);
}
const lms = { url: lmsUrl, tool };
lms.control = async (what, params = {}, post = false) => {
	const q = new URLSearchParams(params).toString();
	const r = post ? await request('POST', `${lms.url}/control/${what}`, {}, q) :
		await request('GET', `${lms.url}/control/${what}?${q}`);
	return JSON.parse(r.body);
};

const all = await lms.control('people');
let opened = 0, refused = 0;

/* One visit; a person who has no way into that course on that platform is passed over. */
async function visit(person, course, platform) {
	try {
		const page = await launch(lms, new Browser(), person.key, course, { platform });

		if (page.url.startsWith(tool) && page.room)
			opened++;
	} catch {
		refused++;
	}
}

for (const platform of ['moodle', 'canvas'])
	for (const kind of ['staff', 'pupil', 'guardian'])
		for (const person of all.people.filter(p => p.kind === kind))
			for (const course of Object.keys(person.courses))
				await visit(person, course, platform);
console.log(`${opened} visits to Lintel.`);
await stopAll();
process.exit(opened > 0 ? 0 : 1);
