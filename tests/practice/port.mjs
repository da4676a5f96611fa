/*
 * Ports for a test's own servers. The kernel lends ports of its ephemeral range to every
 * connection that goes out, and nobody can listen on one for a minute after that connection
 * ended: a server that must listen where it was told to must not be told such a port.
 */
import net from 'node:net';

/* Below the ephemeral range and PostgreSQL's of tests/pg.sh. */
const FIRST = 10240, LAST = 19999;

function listens(port) {
	return new Promise(done => {
		const s = net.createServer();
		s.on('error', () => done(false));
		s.listen(port, '127.0.0.1', () => s.close(() => done(true)));
	});
}

/* The first of n ports in a row on which nothing listens. */
export async function freePort(n = 1) {
	for (let attempt = 0; attempt < 100; attempt++) {
		const port = FIRST + Math.floor(Math.random() * (LAST - FIRST - n));
		let free = true;
		for (let i = 0; i < n && free; i++) free = await listens(port + i);
		if (free) return port;
	}
	throw new Error(`no ${n} free ports in a row between ${FIRST} and ${LAST}`);
}
