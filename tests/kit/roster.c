#include "kit/roster.h"

#include "t_check.h"

int64_t t_tenant = 1, t_platform = 1, t_time = T_NOW;
unsigned t_threshold = ROSTER_THRESHOLD;
bool t_dry;
enum roster_mode t_mode;
char t_code[64];		/* of the refusal, or of the last error */
struct buf t_json;

/* A new district, so that tests do not meet. */
void new_district(void)
{
	t_tenant++;
	t_platform = 1;
	t_threshold = ROSTER_THRESHOLD;
	t_dry = false;
	t_mode = ROSTER_MODE_UNKNOWN;
}

struct roster_opts t_opts(const char *sha)
{
	static const uint8_t key[ROSTER_KEY_LEN] = "a key for tests";

	return (struct roster_opts){
		.tenant = t_tenant, .platform = t_platform, .now_ms = t_time, .today = "2026-02-08",
		.file_name = "test.xml", .sha256 = sha, .key = key, .mode = t_mode,
		.dry_run = t_dry, .threshold = t_threshold, .owner = "test/1",
	};
}

enum err import_bytes(struct store *st, const char *p, size_t n, struct roster_report *rep)
{
	char sha[24];
	struct roster_opts o;
	struct roster_reader *rd = NULL;
	struct roster *r = NULL;
	struct roster_end end;
	struct fault f = { 0 };
	enum err e;

	t_time += 1000;
	snprintf(sha, sizeof(sha), "%" PRId64, t_time);
	o = t_opts(sha);
	o.bytes = (int64_t)n;
	*rep = (struct roster_report){ 0 };
	xml_init();
	e = roster_open(st, &o, &r, rep, &f);
	if (e == E_OK)
		e = roster_reader_new(&roster_sink, r, &rd);
	if (e == E_OK) {
		for (size_t i = 0; i < n; i += 4096)
			if (roster_reader_feed(rd, p + i, n - i < 4096 ? n - i : 4096) != E_OK)
				break;
		e = roster_reader_end(rd, &end);
	}
	if (e == E_OK) {
		buf_release(&t_json);
		t_json = BUF_INIT(16u << 20);
		e = roster_finish(r, &end, rep, &t_json, &f);
		snprintf(t_code, sizeof(t_code), "%s", xml_code_name(rep->fault.code));
	} else if (r != NULL) {
		f = *roster_fault(r);
	}
	if (e != E_OK)
		printf("# import: %s: %s\n", err_name(e), f.text);
	roster_reader_free(rd);
	roster_free(r);
	return e;
}

enum err import_text(struct store *st, const char *xml, struct roster_report *rep)
{
	return import_bytes(st, xml, strlen(xml), rep);
}

enum err import_sample(struct store *st, const char *file, struct roster_report *rep)
{
	char path[200];
	size_t n;
	char *p;
	enum err e;

	snprintf(path, sizeof(path), "tests/data/roster/%s", file);
	p = slurp(path, &n);
	if (!CHECK(p != NULL))
		return E_IO;
	e = import_bytes(st, p, n, rep);
	free(p);
	return e;
}

/* "seen created updated unchanged removed rejected" of one kind, for comparing. */
const char *counts(const struct roster_report *rep, enum roster_kind k)
{
	static char s[4][120];
	static unsigned i;
	const struct roster_counts *c = &rep->count[k];

	i = (i + 1) % 4;
	snprintf(s[i], sizeof(s[i]), "%d: +%d ~%d =%d -%d !%d", (int)c->seen, (int)c->created,
		 (int)c->updated, (int)c->unchanged, (int)c->removed, (int)c->rejected);
	return s[i];
}

struct t_here {
	const char *sql;
	int64_t n;
};

static enum err here_fn(struct db *db, void *arg)
{
	struct t_here *h = arg;

	return db_one(db, NULL, "i", (void *[]){ &h->n }, h->sql, "i", t_tenant);
}

/* The one integer a literal query over the current district ($1) answers; -1 on error. */
int64_t here(struct store *st, const char *sql)
{
	struct t_here h = { .sql = sql };
	struct fault f = { 0 };

	if (store_read(st, here_fn, &h, &f) == E_OK)
		return h.n;
	printf("# %s: %s\n", sql, f.text);
	return -1;
}

static enum err change_fn(struct db *db, void *arg)
{
	return db_run(db, NULL, arg, "i", t_tenant);
}

bool change_here(struct store *st, const char *sql)
{
	struct fault f = { 0 };

	if (store_write(st, change_fn, (void *)(uintptr_t)sql, &f) == E_OK)
		return true;
	printf("# %s: %s\n", sql, f.text);
	return false;
}
