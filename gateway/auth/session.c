#include "gw/session.h"

#include <string.h>

#include "base/b64.h"
#include "base/magic.h"
#include "gw/auth.h"
#include "gw/conf.h"
#include "gw/crypt.h"
#include "gw/log.h"
#include "gw/route.h"

#define SECRET_LEN 24
#define TOUCH_AFTER_MS (2 * 60 * 1000LL)
#define CSRF_BYTES 16

static void hash_of(const uint8_t secret[SECRET_LEN], char hex[SESSION_HASH_LEN])
{
	uint8_t hash[SHA256_LEN];

	crypt_sha256(span_mk(secret, SECRET_LEN), hash);
	hex_encode(hash, sizeof(hash), hex);
}

void auth_token(char *out, size_t bytes)
{
	crypt_token(out, bytes);
}

void auth_random(void *out, size_t n)
{
	crypt_random(out, n);
}

void session_ticket_make(int64_t tenant, struct session_ticket *out)
{
	static const char abc[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t raw[8 + SECRET_LEN], tag[SESSION_TAG_LEN];

	assert(tenant > 0);
	for (unsigned i = 0; i < 8; i++)
		raw[i] = (uint8_t)((uint64_t)tenant >> (56 - 8 * i));
	crypt_random(raw + 8, SECRET_LEN);
	crypt_random(tag, sizeof(tag));
	for (unsigned i = 0; i < SESSION_TAG_LEN; i++)
		out->tag[i] = abc[tag[i] & 31];
	out->tag[SESSION_TAG_LEN] = '\0';
	assert(sizeof(out->cookie) > b64url_encoded_len(sizeof(raw)));
	b64url_encode(raw, sizeof(raw), out->cookie);
	hash_of(raw + 8, out->hash);
	explicit_bzero(raw, sizeof(raw));
}

void session_ticket_give(struct req *r, const struct session_ticket *t)
{
	reply_cookie(r, arena_printf(&r->a, SESSION_COOKIE "%s", t->tag), t->cookie, -1);
}

static bool cookie_read(const char *value, int64_t *tenant_out, char hash[SESSION_HASH_LEN])
{
	uint8_t raw[64];
	uint64_t tenant = 0;
	size_t n = 0;

	if (strlen(value) != b64url_encoded_len(8 + SECRET_LEN) ||
	    !b64url_decode(span_of(value), raw, &n) || n != 8 + SECRET_LEN)
		return false;
	for (unsigned i = 0; i < 8; i++)
		tenant = tenant << 8 | raw[i];
	if (tenant == 0 || tenant > INT64_MAX)
		return false;
	*tenant_out = (int64_t)tenant;
	hash_of(raw + 8, hash);
	explicit_bzero(raw, sizeof(raw));
	return true;
}

struct gather {
	struct session_ref *v;
	unsigned n, max;
};

static bool gather_one(void *arg, const char *name, const char *value)
{
	struct gather *g = arg;
	struct session_ref *ref = &g->v[g->n];

	assert(g->n < g->max);
	if (cookie_read(value, &ref->tenant, ref->hash)) {
		ref->name = name;
		g->n++;
	}
	return g->n < g->max;
}

unsigned session_refs(struct req *r, struct session_ref *v, unsigned max)
{
	struct gather g = { .v = v, .max = max };

	req_cookies(r, SESSION_COOKIE, gather_one, &g);
	return g.n;
}

struct load {
	struct req *r;
	struct session *s;
	int64_t tenant;
	const char *hash;
};

static enum err load_session(struct db *db, void *arg)
{
	struct load *l = arg;

	assert(l->tenant > 0 && l->hash != NULL);
	return session_get(db, &l->r->a, l->tenant, l->hash, l->r->now_ms, l->s);
}

static enum err touch_session(struct db *db, void *arg)
{
	const struct load *l = arg;

	return session_touch(db, l->tenant, l->hash, l->r->now_ms);
}

/* The reader as policy and views see them. */
static void fill_actor(struct req *r, const struct session *s)
{
	bool held = (s->flags & SESSION_HELD) != 0 && (s->grants & GRANT_TEACH) == 0;
	bool aide = s->door == DOOR_CLASS && !s->teaches;

	assert(s->tenant > 0 && s->tag != NULL);
	r->who = (struct actor){
		.tenant = s->tenant,
		.person = s->person,
		.account = s->account,
		.platform = s->platform,
		.context = s->context,
		.school = s->school,
		.door = s->door,
		.grants = s->grants,
		.read_only = (s->flags & (SESSION_READ_ONLY | SESSION_SAMPLE)) != 0 || aide,
		.aide = aide,
		.sample_only = (s->flags & SESSION_SAMPLE) != 0,
		.own_rights = s->own_rights,
		.held = held,
	};
	r->loc = loc_find(s->locale);
	if (s->zone[0] != '\0' && zone_check(s->zone) == E_OK)
		r->zone = s->zone;
	else if (s->context_zone[0] != '\0' && zone_check(s->context_zone) == E_OK)
		r->zone = s->context_zone;
	else
		r->zone = r->gw->conf->timezone;
}

static bool tag_ok(const char *tag)
{
	return strlen(tag) == SESSION_TAG_LEN &&
	       strspn(tag, "abcdefghijklmnopqrstuvwxyz234567") == SESSION_TAG_LEN;
}

enum refusal auth_session(struct req *r, const char *tag)
{
	struct load l = { .r = r };
	char hash[SESSION_HASH_LEN];
	const char *value;
	struct fault ignored = { 0 };
	enum err err;

	if (!tag_ok(tag))
		return REFUSE_NO_SESSION;
	value = req_cookie(r, arena_printf(&r->a, SESSION_COOKIE "%s", tag));
	if (value == NULL || !cookie_read(value, &l.tenant, hash))
		return REFUSE_NO_SESSION;
	l.hash = hash;
	l.s = arena_new(&r->a, struct session);
	if (l.s == NULL)
		return REFUSE_OUR_FAULT;
	err = store_read(r->gw->store, load_session, &l, &r->fault);
	if (err == E_MISSING)
		return REFUSE_NO_SESSION;
	if (err != E_OK)
		return REFUSE_DATABASE;
	l.s->tag = arena_strdup(&r->a, tag);
	if (l.s->tag == NULL)
		return REFUSE_OUR_FAULT;
	if (r->now_ms - l.s->seen_at > TOUCH_AFTER_MS &&
	    store_write(r->gw->store, touch_session, &l, &ignored) != E_OK)
		log_event(LOG_WARN, "session-touch", "req=%s why=%s", r->id, ignored.text);
	r->s = l.s;
	fill_actor(r, l.s);
	return REFUSE_NONE;
}

struct newest {
	struct req *r;
	struct session_ref ref[SESSION_COOKIES_MAX * 2];
	unsigned n;
	const char *name;
	int64_t created_at;
};

static enum err find_newest(struct db *db, void *arg)
{
	struct newest *f = arg;
	struct session s;

	f->name = NULL;
	f->created_at = 0;
	for (unsigned i = 0; i < f->n; i++) {
		enum err err = session_get(db, &f->r->a, f->ref[i].tenant, f->ref[i].hash,
					   f->r->now_ms, &s);

		if (err != E_OK && err != E_MISSING)
			return err;
		if (err == E_OK && s.created_at >= f->created_at) {
			f->created_at = s.created_at;
			f->name = f->ref[i].name;
		}
	}
	return E_OK;
}

const char *auth_newest_tag(struct req *r)
{
	struct newest f = { .r = r };

	f.n = session_refs(r, f.ref, ARRAY_LEN(f.ref));
	if (f.n == 0 || store_read(r->gw->store, find_newest, &f, &r->fault) != E_OK ||
	    f.name == NULL)
		return NULL;
	return f.name + strlen(SESSION_COOKIE);
}

unsigned auth_who(const struct req *r)
{
	unsigned who = 0;

	if (r->s == NULL)
		return 0;
	switch (r->who.door) {
	case DOOR_CLASS:
		return WHO_TEACHER;
	case DOOR_FAMILY:
		return WHO_GUARDIAN;
	case DOOR_STUDENT:
		return WHO_STUDENT;
	case DOOR_ADMIN:
		if (r->who.grants & GRANT_DISTRICT)
			who |= WHO_DISTRICT;
		if (r->who.grants & GRANT_LEADER)
			who |= WHO_LEADER;
		if (r->who.grants & GRANT_OFFICE)
			who |= WHO_OFFICE;
		if (r->who.grants & GRANT_SAFEGUARDING)
			who |= WHO_SAFEGUARDING;
		return who;
	default:
		return WHO_UNSETTLED;
	}
}

const char *auth_frame_origin(const struct req *r)
{
	return r->s != NULL && r->s->embed_origin[0] != '\0' ? r->s->embed_origin : NULL;
}

const char *auth_csrf_field(struct req *r)
{
	const char *about = r->s != NULL ? arena_printf(&r->a, "csrf:%s", r->s->hash) :
					   arena_printf(&r->a, "csrf-top:%s", r->path);
	char *out = arena_alloc(&r->a, 2 * CSRF_BYTES);
	uint8_t mac[SHA256_LEN];

	assert(r->path != NULL);
	if (about == NULL || out == NULL)
		return "";
	crypt_hmac(span_mk(r->gw->state_key, sizeof(r->gw->state_key)), span_of(about), mac);
	b64url_encode(mac, CSRF_BYTES, out);
	return out;
}

bool auth_csrf_ok(struct req *r, const char *field)
{
	const char *want = auth_csrf_field(r);

	return field != NULL && want[0] != '\0' && strlen(field) == strlen(want) &&
	       crypt_equal(field, want, strlen(want));
}
