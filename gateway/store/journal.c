#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/buf.h"
#include "base/magic.h"
#include "base/vec.h"
#include "each.h"
#include "gw/crypt.h"
#include "store/booking.h"
#include "store/links.h"

#define HEAD "lintel-journal 1 "
#define ID_BYTES 12
#define ID_LEN 16
#define SUM_LEN 8		/* hex digits: a torn line, not an enemy */
#define FILE_MAX (64u << 20)
#define LINES_MAX (1u << 20)

static char place[3800];

void journal_place(const char *data_dir)
{
	if (data_dir == NULL ||
	    (size_t)snprintf(place, sizeof(place), "%s/journal", data_dir) >= sizeof(place))
		place[0] = '\0';
}

/* ---- lines ---------------------------------------------------------------- */

static void sum_of(struct span line, char out[SUM_LEN + 1])
{
	uint8_t hash[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	crypt_sha256(line, hash);
	hex_encode(hash, sizeof(hash), hex);
	memcpy(out, hex, SUM_LEN);
	out[SUM_LEN] = '\0';
}

static void add_line(struct buf *b, int64_t seq, const struct journal_entry *e)
{
	size_t at = b->len;
	char sum[SUM_LEN + 1];

	buf_printf(b, "%" PRId64 " %c %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
		      " %" PRId64 " %s ",
		   seq, (char)e->kind, e->tenant, e->child, e->person, e->id, e->from, e->until,
		   e->source != NULL ? e->source : "-");
	if (b->err != E_OK)
		return;
	sum_of(span_mk(b->p + at, b->len - at), sum);
	buf_printf(b, "%s\n", sum);
}

static bool next_word(struct span *s, struct span *out)
{
	const char *end = memchr(s->p, ' ', s->n);

	if (end == NULL)
		return false;
	*out = span_mk(s->p, (size_t)(end - s->p));
	*s = span_mk(end + 1, s->n - out->n - 1);
	return true;
}

/* Strings of *e live in the arena. False: no line of ours. */
static bool read_line(struct arena *a, struct span line, int64_t *seq_out, struct journal_entry *e)
{
	int64_t *const number[] = { seq_out, NULL, &e->tenant, &e->child, &e->person, &e->id,
				    &e->from, &e->until };
	struct span rest = line, word;
	char sum[SUM_LEN + 1];

	*e = (struct journal_entry){ .source = NULL };
	for (unsigned i = 0; i < ARRAY_LEN(number); i++) {
		if (!next_word(&rest, &word) || (number[i] == NULL && word.n != 1) ||
		    (number[i] != NULL && !span_int64(word, number[i])))
			return false;
		if (number[i] == NULL)
			e->kind = (enum journal_kind)word.p[0];
	}
	if (!next_word(&rest, &word) || rest.n != SUM_LEN)
		return false;
	e->source = arena_strndup(a, word.p, word.n);
	sum_of(span_mk(line.p, line.n - SUM_LEN), sum);
	return e->source != NULL && memcmp(sum, rest.p, SUM_LEN) == 0;
}

/* ---- the file ------------------------------------------------------------- */

static enum err sync_folder(struct fault *f)
{
	char dir[sizeof(place)];
	int fd;
	bool ok;

	snprintf(dir, sizeof(dir), "%.*s", (int)(strlen(place) - strlen("/journal")), place);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return ok ? E_OK : FAULT(f, E_IO, "journal: cannot sync data_dir: %s", strerror(errno));
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

static enum err append(struct span text, int flags, struct fault *f)
{
	int fd = open(place, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
	bool ok = fd >= 0 && write_all(fd, text.p, text.n) && fdatasync(fd) == 0;
	int why = errno;

	if (fd >= 0)
		close(fd);
	return ok ? E_OK : FAULT(f, E_IO, "cannot write the journal %s: %s", place, strerror(why));
}

static enum err create(char id[ID_LEN + 1], struct fault *f)
{
	char head[64];
	enum err err;

	crypt_token(id, ID_BYTES);
	snprintf(head, sizeof(head), HEAD "%s\n", id);
	err = append(span_of(head), O_CREAT | O_EXCL, f);
	return err == E_OK ? sync_folder(f) : err;
}

/* The old one is kept for people; a name of its own, so that nothing is overwritten. */
static enum err put_aside(int64_t now_ms, struct fault *f)
{
	char to[sizeof(place) + 32];

	snprintf(to, sizeof(to), "%s.%" PRId64, place, now_ms);
	if (rename(place, to) != 0 && errno != ENOENT)
		return FAULT(f, E_IO, "cannot move %s away: %s", place, strerror(errno));
	return E_OK;
}

struct journal {
	struct arena a;
	struct journal_entry *v;
	int64_t *seq;
	unsigned n;
	char id[ID_LEN + 1];	/* "": there is none, or it is not ours */
	bool damaged;
};

/* A last line without its end was never synced, so its act was never answered. */
static enum err cut_tail(int fd, const char *text, size_t n, size_t *n_out, struct fault *f)
{
	while (n > 0 && text[n - 1] != '\n')
		n--;
	*n_out = n;
	if (ftruncate(fd, (off_t)n) != 0)
		return FAULT(f, E_IO, "cannot mend the journal: %s", strerror(errno));
	return E_OK;
}

static void parse(struct journal *j, const char *text, size_t n)
{
	struct span rest = { text, n };
	unsigned cap = 0, cap_seq = 0;
	bool first = true;

	while (rest.n > 0) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct span line = { rest.p, (size_t)(end - rest.p) };

		rest = span_mk(end + 1, rest.n - line.n - 1);
		if (first) {
			first = false;
			j->damaged = !span_starts(line, SPAN(HEAD)) ||
				     line.n != strlen(HEAD) + ID_LEN;
			if (j->damaged)
				return;
			memcpy(j->id, line.p + strlen(HEAD), ID_LEN);
			continue;
		}
		j->v = arena_grow(&j->a, j->v, j->n, &cap, sizeof(*j->v));
		j->seq = arena_grow(&j->a, j->seq, j->n, &cap_seq, sizeof(*j->seq));
		if (j->v == NULL || j->seq == NULL || j->n >= LINES_MAX ||
		    !read_line(&j->a, line, &j->seq[j->n], &j->v[j->n])) {
			j->damaged = true;
			return;
		}
		j->n++;
	}
}

static enum err read_file(struct journal *j, struct fault *f)
{
	int fd = open(place, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat sb;
	char *text = NULL;
	size_t n = 0;
	enum err err = E_OK;

	if (fd < 0)
		return errno == ENOENT ? E_OK :
		       FAULT(f, E_IO, "cannot read the journal %s: %s", place, strerror(errno));
	if (fstat(fd, &sb) != 0 || sb.st_size > FILE_MAX ||
	    (text = malloc((size_t)sb.st_size + 1)) == NULL)
		err = FAULT(f, E_IO, "the journal %s is too large or cannot be read", place);
	while (err == E_OK && n < (size_t)sb.st_size) {
		ssize_t k = pread(fd, text + n, (size_t)sb.st_size - n, (off_t)n);

		if (k <= 0)
			err = FAULT(f, E_IO, "cannot read the journal %s", place);
		else
			n += (size_t)k;
	}
	if (err == E_OK)
		err = cut_tail(fd, text, n, &n, f);
	if (err == E_OK)
		parse(j, text, n);
	free(text);
	close(fd);
	return err;
}

/* ---- adding --------------------------------------------------------------- */

enum err journal_add_all(struct db *db, const struct journal_entry *v, unsigned n)
{
	struct buf b = BUF_INIT(4u << 20);
	int64_t changed = 0, mark = 0;
	enum err err;

	if (place[0] == '\0' || n == 0)
		return E_OK;
	/* The row lock makes writers of several connections take turns. */
	err = db_run(db, &changed, "UPDATE journal_state SET mark = mark + $1 WHERE id = 1", "i",
		     (int64_t)n);
	if (err != E_OK || changed == 0)
		return err;
	err = db_one(db, NULL, "i", (void *[]){ &mark }, "SELECT mark FROM journal_state WHERE id = 1",
		     "");
	for (unsigned i = 0; err == E_OK && i < n; i++)
		add_line(&b, mark - (int64_t)n + 1 + (int64_t)i, &v[i]);
	if (err == E_OK)
		err = b.err;
	if (err == E_OK)
		err = append(span_mk(b.p, b.len), 0, db_fault(db));
	buf_release(&b);
	return err;
}

enum err journal_add(struct db *db, const struct journal_entry *e)
{
	return journal_add_all(db, e, 1);
}

/* ---- replaying ------------------------------------------------------------ */

static enum err replay_one(struct db *db, const struct journal_entry *e)
{
	switch (e->kind) {
	case JOURNAL_FORBID:
		return db_run(db, NULL,
			      "INSERT INTO prohibition (tenant_id, child_id, person_id, id, source, "
			      "from_at, until_at, entered_by, lifted_at, lifted_by) "
			      "SELECT t.id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), "
			      "CAST($5 AS TEXT), CAST($6 AS BIGINT), CAST($7 AS BIGINT), 0, 0, 0 "
			      "FROM tenant t WHERE t.id = $1 AND NOT EXISTS (SELECT 1 FROM prohibition p "
			      "WHERE p.tenant_id = $1 AND p.child_id = $2 AND p.person_id = $3 "
			      "AND p.source = $5 AND p.lifted_at = 0) ON CONFLICT DO NOTHING",
			      "iiiisii", e->tenant, e->child, e->person, e->id, e->source, e->from,
			      e->until);
	case JOURNAL_LIFT:
		return db_run(db, NULL,
			      "UPDATE prohibition SET lifted_at = $5 WHERE tenant_id = $1 "
			      "AND child_id = $2 AND person_id = $3 AND lifted_at = 0 "
			      "AND (id = $4 OR ($4 = 0 AND source = $6))",
			      "iiiiis", e->tenant, e->child, e->person, e->id, e->from, e->source);
	case JOURNAL_UNLINK:
		return db_run(db, NULL,
			      "UPDATE family_link SET state = 'ended', ended_at = $4 "
			      "WHERE tenant_id = $1 AND child_id = $2 AND guardian_id = $3 "
			      "AND source <> 'roster' AND ended_at = 0 AND asserted_at <= $4",
			      "iiii", e->tenant, e->child, e->person, e->from);
	case JOURNAL_REVOKE:
		return db_run(db, NULL,
			      "UPDATE staff_grant SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 "
			      "AND revoked_at = 0",
			      "iii", e->tenant, e->id, e->from);
	}
	return E_OK;	/* of a newer program: its part of the restore */
}

struct opening {
	struct journal *j;
	struct journal_report *report;
	int64_t now_ms, mark;
	char id[ID_LEN + 1];	/* what the database knows; "" none */
	bool has_state;
	const char *fresh;	/* the id of a journal just made */
};

static enum err read_state(struct db *db, void *arg)
{
	struct opening *o = arg;
	struct db_rows *rows;
	enum err err = db_first(db, &rows, "SELECT journal_id, mark FROM journal_state WHERE id = 1",
				"");

	o->has_state = err == E_OK;
	if (err != E_OK)
		return err == E_MISSING ? E_OK : err;
	snprintf(o->id, sizeof(o->id), "%.*s", (int)db_span(rows, 0).n, db_span(rows, 0).p);
	o->mark = db_int(rows, 1);
	return db_only(rows);
}

static enum err put_state(struct db *db, const char *id, int64_t mark)
{
	return db_run(db, NULL,
		      "INSERT INTO journal_state (id, journal_id, mark) VALUES (1, $1, $2) "
		      "ON CONFLICT (id) DO UPDATE SET journal_id = $1, mark = $2",
		      "si", id, mark);
}

/* What the copy does not know; its open sessions are those of another day. */
static enum err replay(struct db *db, void *arg)
{
	struct opening *o = arg;
	int64_t last = o->mark;
	unsigned freed;
	enum err err = E_OK;

	o->report->replayed = 0;
	for (unsigned i = 0; err == E_OK && i < o->j->n; i++) {
		if (o->j->seq[i] <= o->mark)
			continue;
		err = replay_one(db, &o->j->v[i]);
		o->report->replayed++;
		last = o->j->seq[i] > last ? o->j->seq[i] : last;
	}
	if (err == E_OK && o->report->replayed > 0)
		err = db_run(db, NULL, "DELETE FROM session", "");
	if (err == E_OK && o->report->replayed > 0)
		err = booking_end_forbidden(db, 0, o->now_ms, &freed);
	return err == E_OK ? put_state(db, o->j->id, last) : err;
}

static enum err close_guardians(struct db *db, void *arg)
{
	struct opening *o = arg;
	enum err err = put_state(db, o->fresh, 0);

	if (err == E_OK)
		err = db_run(db, NULL,
			     "INSERT INTO guardian_closed (tenant_id, closed_at) "
			     "SELECT t.id, CAST($1 AS BIGINT) FROM tenant t WHERE 1 = 1 "
			     "ON CONFLICT (tenant_id) DO NOTHING",
			     "i", o->now_ms);
	return err == E_OK ? db_run(db, NULL, "DELETE FROM session", "") : err;
}

static enum err begin(struct db *db, void *arg)
{
	struct opening *o = arg;

	return put_state(db, o->fresh, 0);
}

/* The database speaks of a journal that is not here, not whole, or older than itself. */
static bool lost(const struct opening *o)
{
	const struct journal *j = o->j;

	if (j->damaged || (j->n > 0 && j->id[0] == '\0'))
		return true;
	return o->has_state && (strcmp(j->id, o->id) != 0 ||
				(j->n > 0 ? j->seq[j->n - 1] : 0) < o->mark);
}

static enum err settle(struct store *st, struct opening *o, struct fault *f)
{
	char id[ID_LEN + 1];
	enum err err;

	if (!lost(o) && o->j->id[0] != '\0')
		return store_write(st, replay, o, f);
	o->report->closed = lost(o);
	err = put_aside(o->now_ms, f);
	if (err == E_OK)
		err = create(id, f);
	o->fresh = id;
	return err == E_OK ? store_write(st, o->report->closed ? close_guardians : begin, o, f) : err;
}

enum err journal_open(struct store *st, int64_t now_ms, struct journal_report *out, struct fault *f)
{
	struct journal j = { .id = "" };
	struct opening o = { .j = &j, .report = out, .now_ms = now_ms };
	enum err err;

	assert(place[0] != '\0');
	*out = (struct journal_report){ 0 };
	arena_init(&j.a, FILE_MAX * 2);
	err = read_file(&j, f);
	if (err == E_OK)
		err = store_read(st, read_state, &o, f);
	if (err == E_OK)
		err = settle(st, &o, f);
	arena_release(&j.a);
	return err;
}

/* ---- guardians wait ------------------------------------------------------- */

enum err guardians_closed(struct db *db, int64_t tenant, bool *out)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM guardian_closed WHERE tenant_id = $1", "i", tenant);

	assert(tenant > 0);
	*out = err != E_OK || n > 0;
	return err;
}

enum err guardians_confirm(struct db *db, int64_t tenant)
{
	assert(tenant > 0);
	return db_run_or(db, E_MISSING,
			 "DELETE FROM guardian_closed WHERE tenant_id = $1", "i", tenant);
}
