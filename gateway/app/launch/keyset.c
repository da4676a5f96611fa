/* The tool's own public keys, for platforms (Security Framework 6.3, RFC 7517). */
#include "launch.h"

#include "store/toolkey.h"

struct keyset {
	struct req *r;
	struct tool_key *v;
	unsigned n;
};

static enum err read_keys(struct db *db, void *arg)
{
	struct keyset *k = arg;

	return tool_key_list(db, &k->r->a, k->r->now_ms, &k->v, &k->n);
}

enum err launch_keys(struct req *r)
{
	struct keyset k = { .r = r };
	struct buf b = BUF_INIT(64 << 10);
	enum err err = store_read(r->gw->store, read_keys, &k, &r->fault);

	if (err != E_OK)
		return err;
	buf_addz(&b, "{\"keys\":[");
	for (unsigned i = 0; i < k.n; i++) {
		if (i > 0)
			buf_addc(&b, ',');
		buf_addz(&b, k.v[i].public_jwk);
	}
	buf_addz(&b, "]}");
	reply_header(r, "Cache-Control", "public, max-age=3600");
	return reply_body(r, 200, "application/json", &b, NULL);
}
