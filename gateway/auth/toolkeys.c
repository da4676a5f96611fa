#include "gw/toolkeys.h"

#include "base/buf.h"
#include "base/magic.h"
#include "gw/conf.h"
#include "gw/crypt.h"
#include "lti/ownkeys.h"
#include "store/toolkey.h"

#define PEM_MAX 8192

static void seal_key(const uint8_t root[32], uint8_t key[SEAL_KEY_LEN])
{
	crypt_derive(span_mk(root, 32), "tool keys", key);
}

struct fresh {
	struct tool_key k;
	int64_t now_ms, lead_ms, stay_ms;
	bool alone, emergency;		/* the first key; all others are gone at once */
	struct tool_key *v;
	unsigned n;
	struct arena a;
};

static enum err list_keys(struct db *db, void *arg)
{
	struct fresh *f = arg;

	return tool_key_list(db, &f->a, f->now_ms, &f->v, &f->n);
}

static bool one_waits(const struct fresh *f)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->v[i].sign_from > f->now_ms)
			return true;
	return false;
}

/* Two that rotate at once, here or on another server: the second finds the first's key. */
static enum err add_key(struct db *db, void *arg)
{
	struct fresh *f = arg;
	enum err err = list_keys(db, f);

	if (err == E_OK && ((f->alone && f->n > 0) || (!f->emergency && one_waits(f))))
		return E_CONFLICT;
	if (err == E_OK)
		err = tool_key_add(db, &f->k);
	return err != E_OK || f->alone ? err :
	       tool_key_retire_others(db, f->k.kid, f->k.sign_from + f->stay_ms);
}

/* {"keys":[ONE]} without the frame. */
static const char *one_jwk(struct arena *a, const struct lti_ownkey *key)
{
	const struct lti_ownkey *const list[] = { key };
	struct buf b = BUF_INIT(16384);
	const char *open, *close, *jwk = NULL;

	if (lti_ownkeys_jwks(list, 1, &b) == E_OK && b.p != NULL) {
		open = strchr(b.p, '[');
		close = strrchr(b.p, ']');
		if (open != NULL && close != NULL && close > open)
			jwk = arena_strndup(a, open + 1, (size_t)(close - open - 1));
	}
	buf_release(&b);
	return jwk;
}

static enum err make_key(struct store *st, const uint8_t root[32], struct fresh *f,
			 struct fault *fault)
{
	uint8_t seal[SEAL_KEY_LEN], sealed[PEM_MAX + SEAL_OVERHEAD];
	struct lti_ownkey *key = NULL;
	struct buf pem = BUF_INIT(PEM_MAX);
	size_t n = 0;
	enum err err = lti_ownkey_make(LTI_ALG_RS256, &key);

	if (err == E_OK)
		err = lti_ownkey_pem(key, &pem);
	if (err == E_OK) {
		seal_key(root, seal);
		err = crypt_seal(seal, span_of(lti_ownkey_kid(key)), span_mk(pem.p, pem.len), sealed,
				 &n);
		explicit_bzero(seal, sizeof(seal));
	}
	if (err == E_OK) {
		f->k = (struct tool_key){ .kid = lti_ownkey_kid(key), .alg = "RS256",
					  .public_jwk = one_jwk(&f->a, key),
					  .private_sealed = span_mk(sealed, n),
					  .created_at = f->now_ms,
					  .sign_from = f->now_ms + f->lead_ms };
		err = f->k.public_jwk == NULL ? E_NOMEM : store_write(st, add_key, f, fault);
	}
	buf_wipe(&pem);
	lti_ownkey_free(key);
	return err;
}

enum err toolkeys_ensure(struct store *st, const uint8_t root[32], int64_t now_ms, struct fault *f)
{
	struct fresh fresh = { .now_ms = now_ms, .alone = true };
	enum err err;

	arena_init(&fresh.a, 1 << 20);
	err = store_read(st, list_keys, &fresh, f);
	if (err == E_OK && fresh.n == 0)
		err = make_key(st, root, &fresh, f);
	arena_release(&fresh.a);
	if (err == E_CONFLICT) {	/* another server was first */
		fault_clear(f);
		err = E_OK;
	}
	return err == E_OK ? E_OK : FAULT(f, err, "cannot make the tool's own key");
}

enum err toolkeys_rotate(struct store *st, const uint8_t root[32], bool emergency,
			 int64_t now_ms, struct fault *f)
{
	struct fresh fresh = { .now_ms = now_ms, .emergency = emergency,
			       .lead_ms = emergency ? 0 : TOOLKEY_LEAD_MS,
			       .stay_ms = emergency ? 0 : TOOLKEY_STAY_MS };
	enum err err;

	assert(root != NULL && now_ms > 0);
	arena_init(&fresh.a, 1 << 20);
	err = make_key(st, root, &fresh, f);
	arena_release(&fresh.a);
	if (err == E_CONFLICT)
		return FAULT(f, err, "a new key waits for its day already; `lintel keys list`");
	return err == E_OK ? E_OK : FAULT(f, err, "cannot make the tool's own key");
}

static enum err forget_old(struct db *db, void *arg)
{
	const struct fresh *f = arg;

	return tool_key_purge(db, f->now_ms - TOOLKEY_KEEP_MS);
}

enum err toolkeys_tend(struct store *st, const struct conf *c, int64_t now_ms, struct fault *f)
{
	struct fresh fresh = { .now_ms = now_ms };
	int64_t newest = 0;
	uint8_t root[32];
	enum err err;

	arena_init(&fresh.a, 1 << 20);
	err = store_write(st, forget_old, &fresh, f);
	if (err == E_OK)
		err = store_read(st, list_keys, &fresh, f);
	for (unsigned i = 0; err == E_OK && i < fresh.n; i++)
		if (fresh.v[i].created_at > newest)
			newest = fresh.v[i].created_at;
	arena_release(&fresh.a);
	if (err != E_OK || now_ms - newest < TOOLKEY_LIFE_MS)
		return err;
	err = key_file_load(c, false, root, f);
	if (err == E_OK)
		err = toolkeys_rotate(st, root, false, now_ms, f);
	explicit_bzero(root, sizeof(root));
	return err;
}

struct signer {
	struct arena a;
	int64_t now_ms;
	struct tool_key key;
};

static enum err newest_key(struct db *db, void *arg)
{
	struct signer *s = arg;
	struct tool_key *v;
	unsigned n = 0;
	enum err err = tool_key_list(db, &s->a, s->now_ms, &v, &n);

	s->key = (struct tool_key){ 0 };
	for (unsigned i = 0; err == E_OK && i < n; i++)
		if (v[i].sign_from <= s->now_ms && str_eq(v[i].alg, "RS256") &&
		    (s->key.kid == NULL || v[i].sign_from >= s->key.sign_from))
			s->key = v[i];
	return err == E_OK && s->key.kid == NULL ? E_MISSING : err;
}

static enum err open_key(const uint8_t root[32], const struct tool_key *k, struct lti_ownkey **out)
{
	uint8_t seal[SEAL_KEY_LEN], pem[PEM_MAX + SEAL_OVERHEAD];
	size_t n = 0;
	enum err err = k->private_sealed.n > sizeof(pem) ? E_INPUT : E_OK;

	seal_key(root, seal);
	if (err == E_OK)
		err = crypt_open(seal, span_of(k->kid), k->private_sealed, pem, &n);
	if (err == E_OK)
		err = lti_ownkey_load(span_mk(pem, n), out);
	explicit_bzero(seal, sizeof(seal));
	explicit_bzero(pem, sizeof(pem));
	return err;
}

enum err toolkeys_signer(struct store *st, const uint8_t root[32], int64_t now_ms,
			 struct lti_ownkey **out, struct fault *f)
{
	struct signer s = { .now_ms = now_ms };
	enum err err;

	assert(root != NULL && now_ms > 0);
	*out = NULL;
	arena_init(&s.a, 1 << 20);
	err = store_read(st, newest_key, &s, f);
	if (err == E_OK)
		err = open_key(root, &s.key, out);
	arena_release(&s.a);
	return err == E_OK ? E_OK : FAULT(f, err, "no key of the tool's own can sign");
}
