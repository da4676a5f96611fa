#include "store/audit.h"

#include <stdatomic.h>

#include "base/json.h"
#include "base/magic.h"
#include "each.h"
#include "gw/crypt.h"

#define BODY_MAX 2000
#define SUBJECT_LEN 32		/* hex of half a SHA-256 */
#define HASH_LEN (2 * SHA256_LEN)

static struct {
	bool ready;
	uint8_t wrap_key[SEAL_KEY_LEN];		/* seals the children's keys */
	int64_t node_base;
	atomic_uint lanes;
} audit;

static _Thread_local int64_t my_node;

void audit_setup(const uint8_t root[32], int64_t node)
{
	uint8_t r[5];

	crypt_derive(span_mk(root, 32), "audit keys", audit.wrap_key);
	if (node == 0) {
		crypt_random(r, sizeof(r));
		for (unsigned i = 0; i < sizeof(r); i++)
			node = node << 8 | r[i];
	}
	audit.node_base = (node & 0x7fffffffffLL) << 16;
	atomic_store(&audit.lanes, 0);
	my_node = 0;
	audit.ready = true;
}

/* Each writing thread has a chain of its own, so that none waits for another. */
static int64_t node_of_thread(void)
{
	if (my_node == 0)
		my_node = audit.node_base + 1 + (int64_t)atomic_fetch_add(&audit.lanes, 1);
	return my_node;
}

static struct span key_aad(int64_t tenant, int64_t child, char *text, size_t n)
{
	snprintf(text, n, "audit-key:%lld:%lld", (long long)tenant, (long long)child);
	return span_of(text);
}

static enum err key_read(struct db *db, int64_t tenant, int64_t child, uint8_t key[SEAL_KEY_LEN])
{
	uint8_t plain[SEAL_KEY_LEN + 16];
	struct span sealed;
	struct db_rows *rows;
	char aad[64];
	bool good;
	size_t n = 0;
	enum err err;

	err = db_first(db, &rows,
		       "SELECT key_sealed FROM audit_key WHERE tenant_id = $1 AND person_id = $2",
		       "ii", tenant, child);
	if (err != E_OK)
		return err;
	sealed = db_span(rows, 0);
	good = sealed.n == SEAL_KEY_LEN + SEAL_OVERHEAD &&
	       crypt_open(audit.wrap_key, key_aad(tenant, child, aad, sizeof(aad)), sealed, plain,
			  &n) == E_OK && n == SEAL_KEY_LEN;
	if (good)
		memcpy(key, plain, SEAL_KEY_LEN);
	explicit_bzero(plain, sizeof(plain));
	err = db_only(rows);
	return good ? err : E_DB;
}

static enum err key_make(struct db *db, int64_t tenant, int64_t child, uint8_t key[SEAL_KEY_LEN])
{
	uint8_t sealed[SEAL_KEY_LEN + SEAL_OVERHEAD];
	char aad[64];
	size_t n = 0;
	enum err err;

	crypt_random(key, SEAL_KEY_LEN);
	err = crypt_seal(audit.wrap_key, key_aad(tenant, child, aad, sizeof(aad)),
			 span_mk(key, SEAL_KEY_LEN), sealed, &n);
	if (err != E_OK)
		return err;
	err = db_run(db, NULL,
		     "INSERT INTO audit_key (tenant_id, person_id, key_sealed) VALUES ($1, $2, $3) "
		     "ON CONFLICT (tenant_id, person_id) DO NOTHING",
		     "iib", tenant, child, span_mk(sealed, n));
	/* Somebody may have been first: the row decides. */
	return err == E_OK ? key_read(db, tenant, child, key) : err;
}

static void subject_of(const uint8_t key[SEAL_KEY_LEN], int64_t child, char out[SUBJECT_LEN + 1])
{
	uint8_t mac[SHA256_LEN];

	out[0] = '\0';
	if (child == 0)
		return;
	crypt_hmac(span_mk(key, SEAL_KEY_LEN), SPAN("subject"), mac);
	hex_encode(mac, SUBJECT_LEN / 2, out);
}

struct link {
	int64_t tenant, node, seq, at;
	const char *subject, *action;
	struct span body;
};

/* hash = SHA-256(hash before, every column of this row, each with its length). */
static void chain_hash(const char *before, const struct link *l, char out[HASH_LEN + 1])
{
	struct buf b = BUF_INIT(4096);
	uint8_t hash[SHA256_LEN];

	buf_printf(&b, "%s|%lld|%lld|%lld|%lld|%zu:%s|%zu:%s|%zu:", before, (long long)l->tenant,
		   (long long)l->node, (long long)l->seq, (long long)l->at, strlen(l->subject),
		   l->subject, strlen(l->action), l->action, l->body.n);
	buf_add(&b, l->body.p, l->body.n);
	assert(b.err == E_OK);
	crypt_sha256(span_mk(b.p, b.len), hash);
	hex_encode(hash, sizeof(hash), out);
	buf_release(&b);
}

static enum err chain_end(struct db *db, int64_t node, int64_t *seq_out, char hash[HASH_LEN + 1])
{
	struct db_rows *rows;
	struct span h;
	bool good;
	enum err err = db_first(db, &rows,
				"SELECT seq, hash FROM audit WHERE node = $1 "
				"ORDER BY seq DESC LIMIT 1",
				"i", node);

	*seq_out = 0;
	hash[0] = '\0';
	if (err != E_OK)
		return err == E_MISSING ? E_OK : err;
	h = db_span(rows, 1);
	*seq_out = db_int(rows, 0);
	good = h.n == HASH_LEN;
	if (good)
		snprintf(hash, HASH_LEN + 1, "%.*s", (int)h.n, h.p);
	err = db_only(rows);
	return good ? err : E_DB;
}

static enum err body_seal(const struct audit_event *e, const uint8_t key[SEAL_KEY_LEN],
			  const char *subject, uint8_t *out, size_t *n_out)
{
	struct buf b = BUF_INIT(BODY_MAX);
	struct json j;
	enum err err;

	json_init(&j, &b);
	json_open(&j, NULL, '{');
	json_id(&j, "p", e->actor);
	json_int(&j, "d", e->door);
	json_id(&j, "o", e->object);
	if (e->real_user != NULL && e->real_user[0] != '\0')
		json_str(&j, "r", e->real_user);
	if (e->note != NULL && e->note[0] != '\0')
		json_str(&j, "n", e->note);
	json_close(&j, '}');
	err = b.err;
	if (err == E_OK)
		err = crypt_seal(key, span_of(subject), span_mk(b.p, b.len), out, n_out);
	buf_release(&b);
	return err;
}

enum err audit_write(struct db *db, const struct audit_event *e)
{
	uint8_t key[SEAL_KEY_LEN], body[BODY_MAX + SEAL_OVERHEAD];
	char subject[SUBJECT_LEN + 1], before[HASH_LEN + 1], hash[HASH_LEN + 1];
	struct link l;
	size_t n = 0;
	enum err err;

	assert(audit.ready);
	assert(e->tenant > 0 && e->now_ms > 0 && e->action != NULL);
	err = key_read(db, e->tenant, e->child, key);
	if (err == E_MISSING)
		err = key_make(db, e->tenant, e->child, key);
	if (err != E_OK)
		return err;
	subject_of(key, e->child, subject);
	err = body_seal(e, key, subject, body, &n);
	explicit_bzero(key, sizeof(key));
	l = (struct link){ .tenant = e->tenant, .node = node_of_thread(), .at = e->now_ms,
			   .subject = subject, .action = e->action, .body = span_mk(body, n) };
	if (err == E_OK)
		err = chain_end(db, l.node, &l.seq, before);
	if (err != E_OK)
		return err;
	l.seq++;
	chain_hash(before, &l, hash);
	return db_run(db, NULL,
		      "INSERT INTO audit (tenant_id, node, seq, at, subject, action, body, hash) "
		      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		      "iiiissbs", l.tenant, l.node, l.seq, l.at, l.subject, l.action, l.body, hash);
}

enum err audit_by(struct db *db, const struct actor *who, int64_t now_ms, const char *action,
		  int64_t child, int64_t object)
{
	assert(who->tenant > 0 && action != NULL);
	return audit_write(db, &(struct audit_event){ .tenant = who->tenant, .now_ms = now_ms,
						      .child = child, .actor = who->person,
						      .door = who->door, .action = action,
						      .object = object });
}

/* The body is our own JSON with integers as text: "p":"123","d":1,"o":"45". */
static int64_t body_number(const char *json, const char *key)
{
	char name[8];
	const char *p;

	snprintf(name, sizeof(name), "\"%s\":", key);
	p = strstr(json, name);
	if (p == NULL)
		return 0;
	p += strlen(name);
	return strtoll(*p == '"' ? p + 1 : p, NULL, 10);
}

static void body_read(const uint8_t key[SEAL_KEY_LEN], const char *subject, struct span body,
		      struct audit_row *row)
{
	uint8_t plain[BODY_MAX + SEAL_OVERHEAD + 1];
	size_t n = 0;

	if (body.n > BODY_MAX + SEAL_OVERHEAD ||
	    crypt_open(key, span_of(subject), body, plain, &n) != E_OK)
		return;
	plain[n] = '\0';
	row->actor = body_number((const char *)plain, "p");
	row->object = body_number((const char *)plain, "o");
	row->door = (enum door)body_number((const char *)plain, "d");
	row->readable = true;
}

enum err audit_of_child(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			unsigned limit, struct audit_row **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	char subject[SUBJECT_LEN + 1];
	uint8_t key[SEAL_KEY_LEN];
	struct audit_row *row;
	enum err err;

	assert(tenant > 0 && child > 0 && limit > 0);
	*v_out = NULL;
	*n_out = 0;
	err = key_read(db, tenant, child, key);
	if (err != E_OK)
		return err == E_MISSING ? E_OK : err;
	subject_of(key, child, subject);
	db_select(&q,
		  "SELECT at, action, body FROM audit WHERE tenant_id = $1 AND subject = $2 "
		  "ORDER BY at DESC LIMIT $3",
		  "isi", tenant, subject, (int64_t)limit);
	while ((row = db_each(&q)) != NULL) {
		row->at = db_int(q.rows, 0);
		row->action = db_str(q.rows, 1, a);
		body_read(key, subject, db_span(q.rows, 2), row);
	}
	explicit_bzero(key, sizeof(key));
	return db_end(&q);
}

enum err audit_verify(struct db *db, struct audit_report *out)
{
	char before[HASH_LEN + 1] = "", hash[HASH_LEN + 1];
	struct db_each q = DB_ROWS(db);
	int64_t node = 0, seq = 0;
	struct arena a;

	*out = (struct audit_report){ 0 };
	arena_init(&a, 1 << 20);
	db_select(&q,
		  "SELECT tenant_id, node, seq, at, subject, action, body, hash FROM audit "
		  "ORDER BY node, seq",
		  "");
	while (db_step(&q)) {
		struct link l = { .tenant = db_int(q.rows, 0), .node = db_int(q.rows, 1),
				  .seq = db_int(q.rows, 2), .at = db_int(q.rows, 3),
				  .subject = db_str(q.rows, 4, &a),
				  .action = db_str(q.rows, 5, &a), .body = db_span(q.rows, 6) };

		if (l.node != node) {
			out->nodes++;
			node = l.node;
			seq = 0;
			before[0] = '\0';
		}
		chain_hash(before, &l, hash);
		if (l.seq != seq + 1 || !span_eqz(db_span(q.rows, 7), hash)) {
			out->bad_node = l.node;
			out->bad_seq = l.seq;
			break;
		}
		memcpy(before, hash, sizeof(before));
		seq = l.seq;
		out->rows++;
		arena_clear(&a);
	}
	arena_release(&a);
	return db_end(&q);
}
