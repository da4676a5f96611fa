#include "gw/toolkeys.h"

#include "base/buf.h"
#include "base/magic.h"
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
	int64_t now_ms;
	unsigned have;
	struct arena a;
};

static enum err count_keys(struct db *db, void *arg)
{
	struct fresh *f = arg;
	struct tool_key *v;

	return tool_key_list(db, &f->a, f->now_ms, &v, &f->have);
}

static enum err add_key(struct db *db, void *arg)
{
	const struct fresh *f = arg;

	return tool_key_add(db, &f->k);
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
					  .created_at = f->now_ms, .sign_from = f->now_ms };
		err = f->k.public_jwk == NULL ? E_NOMEM : store_write(st, add_key, f, fault);
	}
	buf_wipe(&pem);
	lti_ownkey_free(key);
	return err;
}

enum err toolkeys_ensure(struct store *st, const uint8_t root[32], int64_t now_ms, struct fault *f)
{
	struct fresh fresh = { .now_ms = now_ms };
	enum err err;

	arena_init(&fresh.a, 1 << 20);
	err = store_read(st, count_keys, &fresh, f);
	if (err == E_OK && fresh.have == 0)
		err = make_key(st, root, &fresh, f);
	arena_release(&fresh.a);
	return err == E_OK ? E_OK : FAULT(f, err, "cannot make the tool's own key");
}
