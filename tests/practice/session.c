/*
 * Who is signed in. A real LMS knows one person a browser; here a newcomer
 * opens the teacher in one tab and the father in the next, so a session holds
 * everybody it has been opened as.
 */
#include <pthread.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/lms.h"

#define SESSIONS 8192u

static struct session {
	char id[33];
	uint64_t who[4];	/* one bit a person */
} table[SESSIONS];
static unsigned next_free;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *cookie_name(enum plat plat)
{
	return plat == MOODLE ? "MoodleSession" : "_normandy_session";
}

static unsigned person_bit(const struct person *p)
{
	unsigned i = (unsigned)(p - school_person_at(0));

	assert(i < 256);
	return i;
}

static struct session *find(const char *id)
{
	if (id == NULL || strlen(id) != 32)
		return NULL;
	for (unsigned i = 0; i < SESSIONS; i++)
		if (str_eq(table[i].id, id))
			return &table[i];
	return NULL;
}

static struct session *open_new(void)
{
	struct session *s = &table[next_free++ % SESSIONS];

	*s = (struct session){ 0 };
	random_hex(s->id, 32);
	return s;
}

static void remember(struct session *s, const struct person *p)
{
	unsigned bit = person_bit(p);

	s->who[bit / 64] |= (uint64_t)1 << bit % 64;
}

static const char *cookie_of(struct req *q, enum plat plat)
{
	return q == NULL ? NULL : arg_get(q->cookie, cookie_name(plat));
}

void session_sign_in(struct req *q, struct reply *r, enum plat plat, const struct person *p)
{
	struct session *s;
	bool fresh;
	char id[33];

	pthread_mutex_lock(&lock);
	s = find(cookie_of(q, plat));
	fresh = s == NULL;
	if (fresh)
		s = open_new();
	remember(s, p);
	memcpy(id, s->id, sizeof(id));
	pthread_mutex_unlock(&lock);
	if (fresh)
		reply_header(r, "Set-Cookie", "%s=%s; Path=/%s/; HttpOnly%s%s", cookie_name(plat),
			     id, plat_key(plat), lms.samesite != NULL ? "; SameSite=" : "",
			     lms.samesite != NULL ? lms.samesite : "");
}

bool session_any(struct req *q, enum plat plat)
{
	bool there;

	pthread_mutex_lock(&lock);
	there = find(cookie_of(q, plat)) != NULL;
	pthread_mutex_unlock(&lock);
	return there;
}

bool session_has(struct req *q, enum plat plat, const struct person *p)
{
	unsigned bit = person_bit(p);
	struct session *s;
	bool there;

	pthread_mutex_lock(&lock);
	s = find(cookie_of(q, plat));
	there = s != NULL && (s->who[bit / 64] >> bit % 64 & 1) != 0;
	pthread_mutex_unlock(&lock);
	return there;
}

void session_open(enum plat plat, const struct person *p, char *out, size_t n)
{
	pthread_mutex_lock(&lock);
	struct session *s = open_new();

	remember(s, p);
	snprintf(out, n, "%s=%s", cookie_name(plat), s->id);
	pthread_mutex_unlock(&lock);
}
