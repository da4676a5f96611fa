/* What a launch shall be like, the launches that wait, and standing misbehaviour. */
#include "practice/lms.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/deeplink.h"

#define BUCKETS 4096u
#define PENDING_MAX 200000u

struct lms lms;

static struct {
	pthread_mutex_t lock;
	struct launch *bucket[BUCKETS];
	size_t count;
	uint64_t standing[PLAT_COUNT];
} desk = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- words --------------------------------------------------------------------- */

static const struct {
	const char *name, *text;
} mis_table[] = {
#define MIS(n, t) { #n, t },
#include "practice/misbehave.def"
#undef MIS
};

_Static_assert(MIS_COUNT <= 64, "one bit each");

const char *mis_name(unsigned i)
{
	return i < ARRAY_LEN(mis_table) ? mis_table[i].name : NULL;
}

const char *mis_text(unsigned i)
{
	return i < ARRAY_LEN(mis_table) ? mis_table[i].text : NULL;
}

uint64_t mis_parse(const char *list, const char **bad_out)
{
	uint64_t bits = 0;

	*bad_out = NULL;
	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, ", "), i = 0;

		while (i < MIS_COUNT && !span_eqz(span_mk(list, n), mis_table[i].name))
			i++;
		if (i == MIS_COUNT)
			*bad_out = list;
		else
			bits |= (uint64_t)1 << i;
		list += n;
		list += strspn(list, ", ");
	}
	return bits;
}

uint64_t mis_standing(enum plat plat)
{
	uint64_t bits;

	pthread_mutex_lock(&desk.lock);
	bits = desk.standing[plat];
	pthread_mutex_unlock(&desk.lock);
	return bits;
}

void mis_set_standing(enum plat plat, uint64_t bits)
{
	pthread_mutex_lock(&desk.lock);
	desk.standing[plat] = bits;
	pthread_mutex_unlock(&desk.lock);
}

const char *plat_key(enum plat plat)
{
	return plat == MOODLE ? "moodle" : "canvas";
}

bool plat_parse(const char *s, enum plat *plat_out)
{
	*plat_out = str_eq(s, "canvas") ? CANVAS : MOODLE;
	return str_eq(s, "canvas") || str_eq(s, "moodle");
}

void random_hex(char *out, size_t digits)
{
	unsigned char raw[32];
	char text[65];

	assert(digits <= 64);
	if (RAND_bytes(raw, sizeof(raw)) != 1)
		WRONG("no random numbers");
	hex_encode(raw, sizeof(raw), text);
	memcpy(out, text, digits);
	out[digits] = '\0';
}

/* ---- reading a wish --------------------------------------------------------------- */

static enum privacy privacy_of(const char *s)
{
	return str_eq(s, "name_only")	  ? PRIV_NAME_ONLY :
	       str_eq(s, "email_only") ? PRIV_EMAIL_ONLY :
	       str_eq(s, "anonymous")  ? PRIV_ANONYMOUS :
					 PRIV_PUBLIC;
}

static const char *default_placement(const struct launch *l)
{
	if (l->course != NULL)
		return "course_navigation";
	return l->person != NULL && l->person->kind <= ADMIN ? "account_navigation" :
							       "global_navigation";
}

/* set.PATH=value (JSON, or else a plain string) and unset=PATH, any number. */
static void read_overrides(struct launch *l, const struct arg *a)
{
	for (; a != NULL; a = a->next) {
		json_t *v;

		if (str_eq(a->name, "unset"))
			json_array_append_new(l->unset, json_string(a->value));
		if (!str_starts(a->name, "set."))
			continue;
		v = json_loads(a->value, JSON_DECODE_ANY, NULL);
		json_object_set_new(l->set, a->name + 4, v != NULL ? v : json_string(a->value));
	}
}

static const char *read_course(struct launch *l, const char *name)
{
	bool canvas = l->plat == CANVAS;

	if (str_eq(name, "account") && canvas)
		return NULL;
	if (name != NULL)
		l->course = school_course(name);
	else if (l->person != NULL)
		l->course = school_first_course(l->person, canvas);
	if (l->course == NULL)
		return "no such course";
	if (canvas && l->course->canvas == 0)
		return "that course is on Moodle only";
	return NULL;
}

/* A person needs a session key for the return URL, a launch a number nobody guesses. */
static void name_launch(struct launch *l)
{
	char hex[33];

	random_hex(hex, 32);
	memcpy(l->sesskey, hex + 16, sizeof(l->sesskey) - 1);
	if (l->plat == CANVAS)
		snprintf(l->id, sizeof(l->id), "%s", hex);
	else
		snprintf(l->id, sizeof(l->id), "ltilaunch%d_%lu",
			 l->course == NULL ? 0 : l->course->moodle - 1,
			 strtoul((hex[8] = '\0', hex), NULL, 16));
}

struct launch *launch_from(struct arg *args, enum plat plat, const char **why_out)
{
	struct launch *l = calloc(1, sizeof(*l));
	const char *who = arg_get(args, "person"), *bad;

	assert(plat < PLAT_COUNT);
	if (l == NULL)
		return NULL;
	l->plat = plat;
	l->set = json_object();
	l->unset = json_array();
	l->person = school_person(who != NULL ? who : arg_get(args, "as"));
	l->privacy = privacy_of(arg_get(args, "privacy"));
	l->window = str_eq(arg_get(args, "container"), "window");
	l->about = school_person(arg_get(args, "about"));
	snprintf(l->locale, sizeof(l->locale), "%s", arg_str(args, "locale"));
	l->mis = mis_parse(arg_get(args, "misbehave"), &bad) | mis_standing(plat);
	read_overrides(l, args);
	*why_out = bad != NULL ? "unknown misbehaviour" : NULL;
	if (who != NULL && l->person == NULL)
		*why_out = "no such person";
	if (*why_out == NULL)
		*why_out = read_course(l, arg_get(args, "course"));
	if (*why_out == NULL)
		*why_out = deeplink_wish(l, args);
	if (*why_out == NULL && l->person != NULL && l->person->kind == TESTER && plat == MOODLE)
		*why_out = "Moodle has no test student";
	snprintf(l->placement, sizeof(l->placement), "%s",
		 arg_get(args, "placement") != NULL ? arg_get(args, "placement") :
						      default_placement(l));
	if (*why_out != NULL) {
		launch_free(l);
		return NULL;
	}
	name_launch(l);
	return l;
}

void launch_free(struct launch *l)
{
	if (l == NULL)
		return;
	json_decref(l->set);
	json_decref(l->unset);
	free(l);
}

/* ---- waiting ------------------------------------------------------------------------ */

static unsigned bucket_of(const char *id)
{
	unsigned h = 2166136261u;

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 16777619u;
	return h % BUCKETS;
}

void launch_park(struct launch *l)
{
	struct launch **at;

	assert(l->next == NULL && l->id[0] != '\0');
	l->made = time(NULL);
	pthread_mutex_lock(&desk.lock);
	/* A load test that never comes back must not eat the machine. */
	if (desk.count < PENDING_MAX) {
		at = &desk.bucket[bucket_of(l->id)];
		l->next = *at;
		*at = l;
		desk.count++;
		l = NULL;
	}
	pthread_mutex_unlock(&desk.lock);
	launch_free(l);
}

struct launch *launch_take(enum plat plat, const char *id)
{
	struct launch **at, *l = NULL;

	pthread_mutex_lock(&desk.lock);
	for (at = &desk.bucket[bucket_of(id)]; *at != NULL; at = &(*at)->next)
		if ((*at)->plat == plat && str_eq((*at)->id, id)) {
			l = *at;
			*at = l->next;
			l->next = NULL;
			desk.count--;
			break;
		}
	pthread_mutex_unlock(&desk.lock);
	return l;
}

bool launch_peek(enum plat plat, const char *id, struct launch *copy_out)
{
	struct launch *l;

	pthread_mutex_lock(&desk.lock);
	for (l = desk.bucket[bucket_of(id)]; l != NULL; l = l->next)
		if (l->plat == plat && str_eq(l->id, id))
			break;
	if (l != NULL) {
		*copy_out = *l;
		copy_out->set = copy_out->unset = NULL;
		copy_out->next = NULL;
	}
	pthread_mutex_unlock(&desk.lock);
	return l != NULL;
}

size_t launch_forget_all(void)
{
	size_t n = 0;

	pthread_mutex_lock(&desk.lock);
	for (unsigned i = 0; i < BUCKETS; i++)
		while (desk.bucket[i] != NULL) {
			struct launch *l = desk.bucket[i];

			desk.bucket[i] = l->next;
			launch_free(l);
			n++;
		}
	desk.count = 0;
	pthread_mutex_unlock(&desk.lock);
	return n;
}
