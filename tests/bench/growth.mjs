/*
 * The price of a launch and of a page in a district of a thousand people and in a large
 * one, in one run: medians of one connection, so that neither waits for another.
 *
 *   node tests/bench/growth.mjs [people] [sqlite|postgresql] [launches]
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [people = '100000', engine = 'sqlite', launches = '300'] = process.argv.slice(2);
const bench = fileURLToPath(new URL('launch.mjs', import.meta.url));

function run(n) {
	const said = execFileSync('node', [bench, engine, launches, '1'], { encoding: 'utf8', env: { ...process.env, PEOPLE: n } });
	const of = what => +new RegExp(`^${what}.*?([0-9.]+) `, 'm').exec(said)[1];
	return { launch: of('all at once, p50 / p99 +'), page: of('class page p50 / p99 +'), took: /people.*/.exec(said)[0] };
}

const small = run('1000'), large = run(people);
console.log(`engine                                 ${engine}`);
console.log(small.took);
console.log(large.took);
for (const what of ['launch', 'page'])
	console.log(`${`${what} median, 1,000 / ${(+people).toLocaleString('en')} people`.padEnd(38)} ` +
		`${small[what].toFixed(2)} / ${large[what].toFixed(2)} ms, ratio ${(large[what] / small[what]).toFixed(2)}`);
