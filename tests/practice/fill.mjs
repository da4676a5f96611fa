/*
 * Fills an empty Lintel with the practice school and five weeks of its life, through
 * the front door. Starts both programs itself, Lintel with its clock set back, and
 * leaves them stopped; make demo starts them again for people.
 *
 *   node tests/practice/fill.mjs --dir build/demo/data --port 8700 --lms-port 8710
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { importRoster, registerPlatforms, startLintel, startPractice, stopAll } from './client.mjs';
import { tell } from './story.mjs';

export const TENANT = 'Harbour School District';

/* Gives back the running { lms, tool } of today. */
export async function fill({ dir, port, lmsPort, say = console.log, env = {} }) {
	const lms = await startPractice({ port: lmsPort, tool: `http://127.0.0.1:${port}` });
	const database = `sqlite:${path.join(dir, 'lintel.db')}`;
	const world = { lms, tool: null };

	mkdirSync(dir, { recursive: true, mode: 0o700 });
	world.serve = async shift => {
		if (world.tool) await world.tool.stop();
		const tool = await startLintel({ port, dir, database, env: { ...env,
			LINTEL_TEST_CLOCK_OFFSET_MS: shift ? String(Math.round(shift)) : '' } });

		if (!world.tool) {
			tool.cli('tenant', 'add', TENANT);
			registerPlatforms(lms, tool, { tenant: TENANT });
			importRoster(lms, tool);
			say('The roster is in: 104 people, 3 courses, 78 family links.');
		}
		return tool;
	};
	world.invite = () => world.tool.cli('admin', 'invite', '--tenant', TENANT).trim();
	await tell(world, say);
	return world;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
	const arg = name => process.argv[process.argv.indexOf(`--${name}`) + 1];
	let failed = 0;

	try {
		await fill({ dir: path.resolve(arg('dir')), port: +arg('port'), lmsPort: +arg('lms-port'),
			say: line => console.log(`  ${line}`) });
	} catch (e) {
		console.error(`fill: ${e.message}`);
		failed = 1;
	}
	await stopAll();
	process.exit(failed);
}
