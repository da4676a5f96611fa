/*
 * Keys and tokens for lti_cases.mjs, right and wrong ones: node:crypto only.
 * makeToken(header, claims, how): `how` is a case's "sign" (alg, key, secret, hash,
 * graft) and `changes`, the names of its "token" list.
 */
import crypto from 'node:crypto';

const pair = bits => {
	const k = crypto.generateKeyPairSync('rsa', { modulusLength: bits });
	const { kty, n, e } = k.publicKey.export({ format: 'jwk' });
	return { ...k, jwk: { kty, n, e }, full: k.privateKey.export({ format: 'jwk' }), bits };
};

export const KEYS = { A: pair(2048), B: pair(2048), evil: pair(2048), small: pair(1024),
	secret: crypto.randomBytes(32).toString('base64url') };

/* A case names a key by its tenant's name, or "evil". */
export function keyOf(name, tenants) {
	if (name === undefined) return undefined;
	if (name === 'evil') return 'evil';
	if (!tenants[name]) throw new Error(`the runner does not know the key ${name}`);
	return tenants[name].key;
}

const b64 = x => Buffer.from(x).toString('base64url');

/* EMSA-PKCS1-v1_5 (RFC 8017 9.2) of a SHA-256, as long as the modulus: s^1 mod n is s. */
function bareDigest(text, bits) {
	const info = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'),
		crypto.createHash('sha256').update(text).digest()]);
	return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(bits / 8 - info.length - 3, 0xff),
		Buffer.from([0]), info]);
}

const SECRETS = {
	'spki-der': key => KEYS[key].publicKey.export({ type: 'spki', format: 'der' }),
	'spki-pem': key => KEYS[key].publicKey.export({ type: 'spki', format: 'pem' }),
	oct: () => Buffer.from(KEYS.secret, 'base64url'),
};

function signature(text, { alg = 'RS256', key, secret, hash, graft, e1 }) {
	const k = KEYS[key];
	if (e1) return bareDigest(text, k.bits);
	if (graft) return crypto.sign('sha256', Buffer.from('another.token'), k.privateKey);
	if (alg === 'none') return Buffer.alloc(0);
	if (alg === 'HS256') {
		if (!SECRETS[secret]) throw new Error(`the runner does not know the secret ${secret}`);
		return crypto.createHmac('sha256', SECRETS[secret](key)).update(text).digest();
	}
	if (alg === 'RS256') return crypto.sign(hash || 'sha256', Buffer.from(text), k.privateKey);
	if (alg === 'RS512' || alg === 'RS384') return crypto.sign(`sha${alg.slice(2)}`, Buffer.from(text), k.privateKey);
	throw new Error(`the runner does not know alg ${alg}`);
}

const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
const first = (json, member) => `{${member},${json.slice(1)}`;
const raw = (claims, name, text) => {
	const rest = { ...claims };
	delete rest[name];
	return first(JSON.stringify(rest), `${JSON.stringify(name)}:${text}`);
};

/* Changes of the payload's or header's text; signed afterwards by the right key. */
const PAYLOAD = {
	'payload-array': () => '[]',
	'payload-deep': c => first(JSON.stringify(c), `"x":${'['.repeat(100000)}${']'.repeat(100000)}`),
	'payload-dup-exp': c => first(JSON.stringify(c), `"exp":${c.exp - 4000}`),
	'payload-dup-sub': c => first(JSON.stringify(c), '"sub":"victim"'),
	'payload-dup-dep': c => first(JSON.stringify(c), `"${CLAIM}deployment_id":"dep-b1"`),
	'payload-exp-inf': c => raw(c, 'exp', '1e400'),
	'payload-exp-2e63': c => raw(c, 'exp', '9223372036854775808'),
	'custom-proto': c => raw(c, CLAIM + 'custom', '{"__proto__":{"admin":true},"constructor":{"x":1}}'),
};
const HEADER = { 'header-dup-alg': h => first(JSON.stringify(h), '"alg":"none"') };

const ABC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const pad = s => s + '='.repeat((4 - s.length % 4) % 4);

/* Changes of the finished text. */
const TEXT = {
	'sig-flip': ([h, p, s]) => {
		const b = Buffer.from(s, 'base64url');
		b[10] ^= 1;
		return [h, p, b64(b)].join('.');
	},
	'sig-empty': ([h, p]) => `${h}.${p}.`,
	'two-parts': ([h, p]) => `${h}.${p}`,
	'four-parts': t => `${t.join('.')}.x`,
	'five-parts': ([h, p, s]) => `${h}.${p}.${s}.aaaa.bbbb`,
	empty: () => '',
	newline: ([h, p, s]) => `${h}\n.${p}.${s}`,
	'std-alphabet': ([h, p, s]) => `${h}.${p}.${s.replace(/-/g, '+').replace(/_/g, '/')}`,
	'noncanonical-sig': ([h, p, s]) => {
		const last = ABC[ABC.indexOf(s.at(-1)) ^ 1], other = s.slice(0, -1) + last;
		if (!Buffer.from(other, 'base64url').equals(Buffer.from(s, 'base64url')))
			throw new Error('the changed signature is another one');
		return `${h}.${p}.${other}`;
	},
	'payload-swap': ([h, p, s], c) => `${h}.${b64(JSON.stringify({ ...c, [CLAIM + 'roles']:
		['http://purl.imsglobal.org/vocab/lis/v2/membership#Administrator'] }))}.${s}`,
	'header-swap': ([h, p, s], c, head) => `${b64(JSON.stringify({ ...head, extra: 1 }))}.${p}.${s}`,
};

export function makeToken(header, claims, how) {
	const changes = how.changes || [];
	let h = JSON.stringify(header), p = JSON.stringify(claims), out;

	for (const c of changes)
		if (c !== 'padded' && !PAYLOAD[c] && !HEADER[c] && !TEXT[c])
			throw new Error(`the runner does not know the change ${c}`);
	for (const c of changes) {
		if (PAYLOAD[c]) p = PAYLOAD[c](claims);
		if (HEADER[c]) h = HEADER[c](header);
	}
	if (changes.includes('padded')) {
		while (b64(h).length % 4 === 0) h += ' ';	/* there must be something to pad */
		while (b64(p).length % 4 === 0) p += ' ';
		const text = `${pad(b64(h))}.${pad(b64(p))}`;
		return `${text}.${pad(b64(signature(text, how)))}`;
	}
	/* a signature of 256 bytes without '-' and '_' would prove nothing about the alphabet */
	do {
		const text = `${b64(h)}.${b64(p)}`;
		out = `${text}.${b64(signature(text, how))}`;
		p += ' ';
	} while (changes.includes('std-alphabet') && !/[-_]/.test(out.split('.')[2]));
	for (const c of changes) if (TEXT[c]) out = TEXT[c](out.split('.'), claims, header);
	return out;
}
