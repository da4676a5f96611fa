/*
 * The practice LMS: one process that is a small Moodle and a small Canvas, with
 * one school in both. Nothing here is meant for real children.
 *
 * Threads: one per connection. Whatever changes (pending launches, sessions,
 * keys, standing misbehaviour) is behind a lock inside lms.c, keys.c and
 * session.c; the rest is set once at start.
 */
#ifndef PRACTICE_LMS_H
#define PRACTICE_LMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "practice/http.h"
#include "practice/school.h"

enum plat { MOODLE, CANVAS, PLAT_COUNT };

enum mis {
#define MIS(name, what) MIS_##name,
#include "practice/misbehave.def"
#undef MIS
	MIS_COUNT
};
_Static_assert(MIS_COUNT <= 64, "one bit each");
#define MIS_BIT(name) ((uint64_t)1 << MIS_##name)

enum message { M_LINK, M_DEEP_LINK, M_REVIEW };
enum privacy { PRIV_PUBLIC, PRIV_NAME_ONLY, PRIV_EMAIL_ONLY, PRIV_ANONYMOUS };

struct platform {
	const char *key, *name, *family, *client_id;
	char issuer[128], auth_url[192], token_url[192], jwks_url[192];
	char deployment[64];
};

struct lms {
	char base[96];			/* http://localhost:PORT */
	char tool[256];			/* http://127.0.0.1:8700 */
	char login_url[300], launch_url[300];
	const char *samesite;		/* NULL: cookies without the attribute */
	bool tls;
	struct platform plat[PLAT_COUNT];
};

extern struct lms lms;

/* One click on the activity, waiting for the tool to come back once. */
struct launch {
	enum plat plat;
	const struct person *person;	/* NULL: nobody is signed in */
	const struct course *course;	/* NULL: Canvas account level */
	const struct person *about;	/* Canvas student_context_card; whose work is reviewed */
	enum message message;		/* the next five: practice/deeplink.h */
	unsigned item;			/* the link that was clicked; 0: the plain one */
	bool one;			/* deep linking: one item at most */
	char types[80], back[200];	/* other accept_types, another return URL */
	char placement[40];
	char locale[24];		/* "" = the person's own */
	enum privacy privacy;
	bool window;			/* new window instead of the frame */
	uint64_t mis;
	json_t *set, *unset;		/* path -> value; array of paths */
	char id[48];			/* Moodle launchid, Canvas verifier */
	char sesskey[11];
	time_t made;
	struct launch *next;
};

/* ---- lms.c: what is wanted, and what is pending ----------------------------- */

/* Reads person, course, misbehave, set.*, … from a request; says what is wrong. */
struct launch *launch_from(struct arg *args, enum plat plat, const char **why_out);
void launch_free(struct launch *l);
/* Takes ownership: say what there is to say about it before. */
void launch_park(struct launch *l);
/* Fetch and delete: the second caller gets NULL. The caller frees. */
struct launch *launch_take(enum plat plat, const char *id);
/* Borrowed look at what is parked, into *copy_out (without set and unset). */
bool launch_peek(enum plat plat, const char *id, struct launch *copy_out);
size_t launch_forget_all(void);

uint64_t mis_parse(const char *list, const char **bad_out);
uint64_t mis_standing(enum plat plat);
void mis_set_standing(enum plat plat, uint64_t bits);
const char *mis_name(unsigned i);
const char *mis_text(unsigned i);
const char *plat_key(enum plat plat);
bool plat_parse(const char *s, enum plat *plat_out);
void random_hex(char *out, size_t digits);

/* ---- session.c: who is signed in in this browser ----------------------------- */

/* Adds the person to the session of the cookie, or opens one (Set-Cookie). */
void session_sign_in(struct req *q, struct reply *r, enum plat plat, const struct person *p);
bool session_any(struct req *q, enum plat plat);
bool session_has(struct req *q, enum plat plat, const struct person *p);
/* Cookie pair "name=value" for a client that keeps its own jar. */
void session_open(enum plat plat, const struct person *p, char *out, size_t n);

/* ---- claims ------------------------------------------------------------------- */

json_t *moodle_claims(const struct launch *l, const char *nonce, time_t now);
json_t *canvas_claims(const struct launch *l, const char *nonce, time_t now);
/* Both, with the wishes of the launch applied. */
json_t *launch_claims(const struct launch *l, const char *nonce, time_t now);
char *launch_token(const struct launch *l, json_t *claims);

void serve_request(struct req *q, struct reply *r);
void control_request(struct req *q, struct reply *r);
void oidc_request_moodle(struct req *q, struct reply *r);
void oidc_request_canvas(struct req *q, struct reply *r);
void jwks_request(enum plat plat, struct reply *r);

#endif
