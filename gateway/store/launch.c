#include "store/launch.h"

#include "base/magic.h"
#include "each.h"
#include "store/access.h"
#include "store/audit.h"
#include "store/links.h"
#include "store/roll.h"

#define HOUR_MS (3600 * 1000LL)
#define ROLE_TEACHER 1u
#define ROLE_AIDE 2u
#define ROLE_PUPIL 4u
#define ROLE_PARENT 8u
#define ROLE_UNSORTED 16u
#define ADMIN_GRANTS (GRANT_DISTRICT | GRANT_LEADER | GRANT_OFFICE | GRANT_SAFEGUARDING)

static unsigned bit(enum door d)
{
	return 1u << d;
}

/* On other platforms than Canvas a Learner may be a parent: somebody must have said which. */
static bool learner_is_pupil(const struct platform *p)
{
	return str_eq(p->family, "canvas");
}

/* The decision alone, without a database. doors: bit set 1 << enum door. */
static void choose_doors(const struct launch_facts *f, const struct standing *s,
			 const char *sorted, const char *phase, unsigned *doors_out,
			 unsigned *flags_out)
{
	unsigned doors = 0, flags = 0;
	bool student = false;

	if (f->masquerade)
		flags |= SESSION_READ_ONLY;
	if (f->roles & LAUNCH_TEST_USER) {
		*doors_out = bit(DOOR_STUDENT);
		*flags_out = flags | SESSION_SAMPLE;
		return;
	}
	if (f->roles & (LAUNCH_INSTRUCTOR | LAUNCH_TA)) {
		doors |= bit(DOOR_CLASS);
		if ((f->roles & LAUNCH_ADMIN_CLAIM) || (s->known_staff && !s->roster_staff))
			flags |= SESSION_HELD;
	}
	if (f->roles & LAUNCH_MENTOR)
		doors |= bit(DOOR_FAMILY);
	if (f->roles & LAUNCH_LEARNER) {
		student = learner_is_pupil(f->platform) || s->pupil || str_eq(sorted, "pupil");
		if (!learner_is_pupil(f->platform) && s->guardian)
			doors |= bit(DOOR_FAMILY);
		else if (!student && str_eq(sorted, "parent"))
			doors |= bit(DOOR_WAITING);
	}
	/* A student's page is of a course; a launch from outside one names none. */
	if (student && f->context.ext_id != NULL && !str_eq(phase, "early"))
		doors |= bit(DOOR_STUDENT);
	if (student && s->own_rights)	/* PRODUCT 0.8: what the family decided, they decide */
		doors |= bit(DOOR_FAMILY);
	if (s->grants & ADMIN_GRANTS)
		doors |= bit(DOOR_ADMIN);
	if (f->roles & LAUNCH_ADMIN_CLAIM) {
		flags |= SESSION_ADMIN_CLAIM;
		if (doors == 0)
			doors = bit(DOOR_WAITING);
	}
	if (doors == 0)
		doors = bit(DOOR_STRANGER);
	*doors_out = doors;
	*flags_out = flags;
}

static enum door only_door(unsigned doors)
{
	assert(doors != 0);
	return (doors & (doors - 1)) == 0 ? (enum door)__builtin_ctz(doors) : DOOR_PICKER;
}

/*
 * The memberships this launch is evidence of. Moodle says Instructor of a non-editing
 * teacher and of an assistant alike; where the roster knows the class, its word counts
 * (roletype 08 is an aide).
 */
static unsigned wanted_roles(const struct launch_facts *f, const struct account *acc,
			     const struct standing *s)
{
	unsigned want = 0;

	if (f->roles & LAUNCH_TEST_USER)
		return 0;
	if ((f->roles & LAUNCH_TA) || ((f->roles & LAUNCH_INSTRUCTOR) && s->roster_aide))
		want |= ROLE_AIDE;
	else if (f->roles & LAUNCH_INSTRUCTOR)
		want |= ROLE_TEACHER;
	if (f->roles & LAUNCH_MENTOR)
		want |= ROLE_PARENT;
	if ((f->roles & LAUNCH_LEARNER) &&
	    (learner_is_pupil(f->platform) || str_eq(acc->sorted, "pupil")))
		want |= ROLE_PUPIL;
	else if ((f->roles & LAUNCH_LEARNER) && !(f->roles & LAUNCH_MENTOR) &&
		 acc->sorted[0] == '\0' && acc->joined_by[0] == '\0')
		want |= ROLE_UNSORTED;
	return want;
}

static const char *const role_names[] = { "teacher", "aide", "pupil", "parent", "unsorted" };

static unsigned role_bit(struct span role)
{
	for (unsigned i = 0; i < ARRAY_LEN(role_names); i++)
		if (span_eqz(role, role_names[i]))
			return 1u << i;
	return 0;
}

/* Brings member rows of source `launch` to what this launch says; writes only changes. */
static enum err refresh_member(struct db *db, const struct launch_facts *f, int64_t context,
			       int64_t person, unsigned want)
{
	struct db_each q = DB_ROWS(db);
	unsigned fresh = 0, have = 0;
	enum err err;

	db_select(&q,
		  "SELECT role, seen_at FROM member WHERE tenant_id = $1 AND context_id = $2 "
		  "AND person_id = $3 AND source = 'launch' AND gone_at = 0",
		  "iii", f->tenant, context, person);
	while (db_step(&q)) {
		unsigned r = role_bit(db_span(q.rows, 0));

		have |= r;
		if (f->now_ms - db_int(q.rows, 1) < HOUR_MS)
			fresh |= r;
	}
	err = db_end(&q);
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(role_names); i++) {
		unsigned r = 1u << i;

		if ((want & r) && !(fresh & r))
			err = member_seen(db, f->tenant, context, person, role_names[i], "launch",
					  f->now_ms);
		else if (!(want & r) && (have & r))
			err = member_gone(db, f->tenant, context, person, role_names[i], "launch",
					  f->now_ms);
	}
	return err;
}

/* The person behind a child's platform id; made, still nameless, when new to us. */
static enum err child_person(struct db *db, struct arena *a, const struct launch_facts *f,
			     int64_t context, const char *sub, int64_t *person_out)
{
	struct account acc;
	enum err err = account_find(db, a, f->tenant, f->platform->id, sub, &acc);

	if (err == E_MISSING)
		err = account_upsert(db, a,
				     &(struct account_facts){ .tenant = f->tenant,
							      .platform = f->platform->id,
							      .sub = sub, .now_ms = f->now_ms },
				     &acc);
	*person_out = acc.person;
	if (err != E_OK)
		return err;
	/* Canvas names only children who are enrolled in this course. */
	if (learner_is_pupil(f->platform))
		return member_seen(db, f->tenant, context, acc.person, "pupil", "observees",
				   f->now_ms);
	/* Elsewhere being somebody's child is what tells a pupil from a parent. */
	if (acc.sorted[0] == '\0' && acc.joined_by[0] == '\0')
		return roll_named(db, f->tenant, &acc, f->now_ms);
	return E_OK;
}

static enum err refresh_links(struct db *db, struct arena *a, const struct launch_facts *f,
			      int64_t context, int64_t guardian)
{
	int64_t child[LINK_CHILDREN_MAX], scope = context;
	unsigned n = f->nchildren < LINK_CHILDREN_MAX ? f->nchildren : LINK_CHILDREN_MAX;
	enum err err = E_OK;

	/* Canvas speaks of this course; elsewhere a mentor claim is true wherever it is said. */
	if (!learner_is_pupil(f->platform))
		scope = f->platform->id;
	if (!(f->roles & LAUNCH_MENTOR))
		n = 0;		/* a list without the role names nobody */
	for (unsigned i = 0; err == E_OK && i < n; i++)
		err = child_person(db, a, f, context, f->children[i], &child[i]);
	if (err == E_OK)
		err = link_replace(db, f->tenant, guardian, f->children_source, scope, child, n,
				   f->now_ms);
	return err;
}

static enum err know_context(struct db *db, struct arena *a, const struct launch_facts *f,
			     const struct account *acc, struct context *c)
{
	bool joined = false;
	enum err err;

	*c = (struct context){ .phase = "", .zone = "" };
	if (f->context.ext_id == NULL)
		return E_OK;
	err = context_upsert(db, a, &f->context, c);
	if (err == E_OK && (f->roles & LAUNCH_INSTRUCTOR) && !f->masquerade &&
	    acc->joined_by[0] != '\0')
		err = context_join_class(db, f->tenant, c, acc->person, &joined);
	return err;
}

static enum err know_people(struct db *db, struct arena *a, const struct launch_facts *f,
			    const struct context *c, const struct account *acc,
			    const struct standing *s, bool held)
{
	unsigned want = wanted_roles(f, acc, s);
	enum err err = E_OK;

	if (f->masquerade || c->id == 0)
		return E_OK;
	if (held)
		want &= ~(ROLE_TEACHER | ROLE_AIDE);
	err = refresh_member(db, f, c->id, acc->person, want);
	if (err == E_OK && f->children != NULL && str_eq(c->kind, "course") &&
	    ((f->roles & LAUNCH_MENTOR) || !learner_is_pupil(f->platform)))
		err = refresh_links(db, a, f, c->id, acc->person);
	return err;
}

static const char *pref_or(const char *pref, const char *launch)
{
	return pref != NULL && pref[0] != '\0' ? pref : launch;
}

static enum err open_session(struct db *db, struct arena *a, const struct launch_facts *f,
			     const struct account *acc, const struct context *c,
			     struct session *out)
{
	const char *locale = NULL, *zone = NULL;
	enum err err = db_one(db, a, "ss", (void *[]){ &locale, &zone },
			      "SELECT locale, zone FROM person_pref "
			      "WHERE tenant_id = $1 AND person_id = $2",
			      "ii", f->tenant, acc->person);

	if (err != E_OK && err != E_MISSING)
		return err;
	out->tenant = f->tenant;
	out->account = acc->id;
	out->person = acc->person;
	out->platform = f->platform->id;
	out->context = c->id;
	snprintf(out->hash, sizeof(out->hash), "%s", f->session_hash);
	out->deployment = f->deployment;
	out->door = only_door(out->doors);
	out->real_user = f->real_user != NULL ? f->real_user : "";
	out->locale = pref_or(locale, f->locale);
	out->zone = pref_or(zone, f->zone);
	out->embed_origin = f->embed_origin;
	out->return_url = f->return_url;
	out->created_at = out->seen_at = f->now_ms;
	out->expires_at = f->now_ms + SESSION_LIFE_MS;
	err = session_add(db, out);
	for (unsigned i = 0; err == E_OK && i < f->nothers; i++)
		err = session_end_other(db, f->others[i].tenant, f->others[i].hash, acc->id);
	return err;
}

static enum err keep_deep_link(struct db *db, const struct launch_facts *f)
{
	struct deep_link d;

	if (f->deep_link == NULL)
		return E_OK;
	d = *f->deep_link;
	d.tenant = f->tenant;
	d.session = f->session_hash;
	return deep_link_add(db, &d);
}

/*
 * The child of a submission review for the teacher of that class. Unknown, foreign and
 * forbidden come to the same nothing.
 */
static enum err find_child(struct db *db, struct arena *a, const struct launch_facts *f,
			   bool held, struct session *s)
{
	struct actor who = { .tenant = s->tenant, .person = s->person, .account = s->account,
			     .platform = s->platform, .context = s->context, .door = s->door,
			     .held = held };
	struct account acc;
	struct access child;
	enum err err;

	if (f->for_user == NULL || s->door != DOOR_CLASS)
		return E_OK;
	err = account_find(db, a, f->tenant, f->platform->id, f->for_user, &acc);
	if (err == E_OK)
		err = access_check(db, &who, f->now_ms, OBJ_CHILD, acc.person, &child);
	if (err == E_OK)
		s->child = child.child;
	return err == E_MISSING ? E_OK : err;
}

enum err launch_commit(struct db *db, struct arena *a, const struct launch_facts *f,
		       struct session *out)
{
	struct standing standing;
	struct account acc;
	struct context c;
	bool joined = false, held;
	enum err err;

	assert(f->platform != NULL && f->tenant > 0 && f->session_hash != NULL);
	*out = (struct session){ 0 };
	err = nonce_consume(db, f->platform->tenant, f->platform->id, f->nonce_hash, f->nonce_expires_at);
	if (err == E_OK)
		err = account_upsert(db, a, &f->user, &acc);
	if (err == E_OK)
		err = account_match(db, a, f->tenant, &acc, f->platform->match_by, &joined);
	if (err == E_OK)
		err = know_context(db, a, f, &acc, &c);
	if (err == E_OK)
		err = standing_read(db, f->tenant, c.id, acc.person, f->now_ms, &standing);
	if (err != E_OK)
		return err;
	choose_doors(f, &standing, acc.sorted, c.phase, &out->doors, &out->flags);
	held = (out->flags & SESSION_HELD) && !(standing.grants & GRANT_TEACH);
	err = know_people(db, a, f, &c, &acc, &standing, held);
	if (err == E_OK)
		err = open_session(db, a, f, &acc, &c, out);
	if (err == E_OK)
		err = keep_deep_link(db, f);
	if (err == E_OK)
		err = find_child(db, a, f, held, out);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "UPDATE deployment SET last_launch_at = $3, embed_origin = $4 "
			     "WHERE platform_id = $1 AND deployment_id = $2 "
			     "AND (last_launch_at < $5 OR embed_origin <> $4)",
			     "isisi", f->platform->id, f->deployment, f->now_ms, f->embed_origin,
			     f->now_ms - HOUR_MS);
	if (err == E_OK)
		err = audit_write(db, &(struct audit_event){ .tenant = f->tenant,
							     .now_ms = f->now_ms,
							     .actor = acc.person,
							     .door = out->door,
							     .action = "session.open",
							     .object = c.id,
							     .real_user = f->real_user });
	return err;
}
