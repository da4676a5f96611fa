/*
 * A picture of a page as a palette PNG: pages have few colours, so a quarter of the bytes.
 * Reads what chromium writes (8 bit RGB or RGBA, not interlaced) and nothing else.
 */
import { deflateSync, inflateSync } from 'node:zlib';

const CRC = Array.from({ length: 256 }, (_, n) => {
	for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ n >>> 1 : n >>> 1;
	return n >>> 0;
});

function crc32(bytes) {
	let c = 0xffffffff;

	for (const b of bytes) c = CRC[(c ^ b) & 255] ^ c >>> 8;
	return (c ^ 0xffffffff) >>> 0;
}

function chunks(file) {
	const all = [];

	for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at))
		all.push({ type: file.toString('latin1', at + 4, at + 8),
			data: file.subarray(at + 8, at + 8 + file.readUInt32BE(at)) });
	return all;
}

const paeth = (a, b, c) => {
	const p = a + b - c, pa = Math.abs(p - a), pb = Math.abs(p - b), pc = Math.abs(p - c);

	return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
};

/* → { width, height, px: one number 0xrrggbb a pixel } */
function read(file) {
	const all = chunks(file), head = all.find(c => c.type === 'IHDR').data;
	const width = head.readUInt32BE(0), height = head.readUInt32BE(4), n = head[9] === 6 ? 4 : 3;

	if (head[8] !== 8 || ![2, 6].includes(head[9]) || head[12] !== 0) throw new Error('not such a PNG');
	const raw = inflateSync(Buffer.concat(all.filter(c => c.type === 'IDAT').map(c => c.data)));
	const line = width * n, px = new Uint32Array(width * height);
	let above = Buffer.alloc(line);

	for (let y = 0; y < height; y++) {
		const kind = raw[y * (line + 1)], row = raw.subarray(y * (line + 1) + 1, (y + 1) * (line + 1));

		for (let x = 0; x < line; x++) {
			const a = x >= n ? row[x - n] : 0, b = above[x], c = x >= n ? above[x - n] : 0;

			row[x] += [0, a, b, (a + b) >> 1, paeth(a, b, c)][kind];
		}
		for (let x = 0; x < width; x++)
			px[y * width + x] = row[x * n] << 16 | row[x * n + 1] << 8 | row[x * n + 2];
		above = row;
	}
	return { width, height, px };
}

/* The 256 colours seen most; every other one goes to the nearest of them. */
function palette(px) {
	const seen = new Map(), near = new Map();

	for (const c of px) seen.set(c, (seen.get(c) || 0) + 1);
	const table = [...seen].sort((a, b) => b[1] - a[1]).slice(0, 256).map(x => x[0]);
	const far = (a, b) => (a >> 16) - (b >> 16);

	table.forEach((c, i) => near.set(c, i));
	for (const c of seen.keys()) {
		if (near.has(c)) continue;
		let best = 0, least = Infinity;
		table.forEach((t, i) => {
			const d = far(c, t) ** 2 + ((c >> 8 & 255) - (t >> 8 & 255)) ** 2 + ((c & 255) - (t & 255)) ** 2;

			if (d < least) [best, least] = [i, d];
		});
		near.set(c, best);
	}
	return { table, at: near };
}

function chunk(type, data) {
	const b = Buffer.alloc(12 + data.length);

	b.writeUInt32BE(data.length, 0);
	b.write(type, 4, 'latin1');
	data.copy(b, 8);
	b.writeUInt32BE(crc32(b.subarray(4, 8 + data.length)), 8 + data.length);
	return b;
}

export function small(file) {
	const { width, height, px } = read(file), { table, at } = palette(px);
	const head = Buffer.alloc(13), rows = Buffer.alloc((width + 1) * height);
	const colours = Buffer.from(table.flatMap(c => [c >> 16, c >> 8 & 255, c & 255]));

	head.writeUInt32BE(width, 0);
	head.writeUInt32BE(height, 4);
	head.set([8, 3, 0, 0, 0], 8);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = at.get(px[y * width + x]);
	return Buffer.concat([file.subarray(0, 8), chunk('IHDR', head), chunk('PLTE', colours),
		chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
