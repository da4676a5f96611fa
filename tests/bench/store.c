/*
 * What the store costs: durable writes and small reads, per second and per CPU
 * second of this process. Runs on LINTEL_TEST_DB like the store tests:
 *   tests/store/with-sqlite.sh build/tests/bench/store [SECONDS]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kit/db.h"
#include "base/magic.h"

#define THREADS_MAX 32
#define ROWS 30
#define SAMPLES 200000

static struct store *st;
static atomic_bool halt;
static _Atomic int64_t next_id = 1;

struct worker {
	pthread_t t;
	bool write;
	unsigned n, failed;
	float *us;
};

static double seconds(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* As much as a launch writes: a nonce and a session. */
static enum err write_two(struct db *db, void *arg)
{
	int64_t id = *(int64_t *)arg;
	char hash[32];
	enum err e;

	memset(hash, (int)(id & 255), sizeof(hash));
	memcpy(hash, &id, sizeof(id));
	e = db_run(db, NULL, "INSERT INTO b_nonce (tenant_id, hash, expires_at) VALUES ($1, $2, $3)",
		   "ibi", (int64_t)1, span_mk(hash, sizeof(hash)), id);
	if (e == E_OK)
		e = db_run(db, NULL, "INSERT INTO b_session (tenant_id, id, account_id, secret, created_at) "
			   "VALUES ($1, $2, $3, $4, $5)", "iiibi", (int64_t)1, id, id % 1000,
			   span_mk(hash, sizeof(hash)), id);
	return e;
}

static enum err read_page(struct db *db, void *arg)
{
	int64_t context = *(int64_t *)arg, sum = 0;
	struct db_rows *rows;
	enum err e;

	e = db_query(db, &rows, "SELECT p.id, p.name FROM b_member m JOIN b_person p ON p.tenant_id = "
		     "m.tenant_id AND p.id = m.person_id WHERE m.tenant_id = $1 AND m.context_id = $2",
		     "ii", (int64_t)1, context);
	if (e != E_OK)
		return e;
	for (int n = 0; (e = db_next(rows)) == E_OK; n++)
		sum += db_int(rows, 0) + (int64_t)db_span(rows, 1).n;
	db_close(rows);
	return e == E_MISSING && sum > 0 ? E_OK : e;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load(&halt)) {
		int64_t id = atomic_fetch_add(&next_id, 1), context = 1 + id % 100;
		double t0 = seconds(CLOCK_MONOTONIC);
		enum err e = w->write ? store_write(st, write_two, &id, NULL)
				      : store_read(st, read_page, &context, NULL);

		w->failed += e != E_OK;
		if (w->n < SAMPLES)
			w->us[w->n] = (float)((seconds(CLOCK_MONOTONIC) - t0) * 1e6);
		w->n++;
	}
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static void run(const char *what, bool writing, unsigned threads, double secs)
{
	static struct worker w[THREADS_MAX];
	float *all = malloc(sizeof(*all) * SAMPLES * threads);
	size_t n = 0, total = 0, failed = 0;
	double t0, c0, t, c;

	assert(all != NULL && threads <= THREADS_MAX);
	atomic_store(&halt, false);
	t0 = seconds(CLOCK_MONOTONIC);
	c0 = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned i = 0; i < threads; i++) {
		w[i] = (struct worker){ .write = writing, .us = malloc(sizeof(float) * SAMPLES) };
		pthread_create(&w[i].t, NULL, worker_main, &w[i]);
	}
	nanosleep(&(struct timespec){ (time_t)secs, (long)((secs - (double)(time_t)secs) * 1e9) }, NULL);
	atomic_store(&halt, true);
	for (unsigned i = 0; i < threads; i++) {
		size_t k;

		pthread_join(w[i].t, NULL);
		k = w[i].n < SAMPLES ? w[i].n : SAMPLES;
		memcpy(all + n, w[i].us, k * sizeof(*all));
		n += k;
		total += w[i].n;
		failed += w[i].failed;
		free(w[i].us);
	}
	t = seconds(CLOCK_MONOTONIC) - t0;
	c = seconds(CLOCK_PROCESS_CPUTIME_ID) - c0;
	qsort(all, n, sizeof(*all), by_value);
	printf("%-22s %2u threads %9.0f/s %9.0f/cpu-s %7.1f us cpu  p50 %7.0f us  p99 %7.0f us  max %7.0f us  failed %zu\n",
	       what, threads, (double)total / t, (double)total / c, c / (double)total * 1e6,
	       (double)all[n / 2], (double)all[n * 99 / 100], (double)all[n - 1], failed);
	free(all);
}

static enum err fill(struct db *db, void *arg)
{
	enum err e = db_bulk_begin(db, "b_person", "tenant_id, id, name", 3);

	(void)arg;
	for (int64_t i = 1; i <= 3000 && e == E_OK; i++)
		e = db_bulk_row(db, "iis", (int64_t)1, i, "Ada Lovelace-Okafor");
	if (e == E_OK)
		e = db_bulk_end(db);
	if (e == E_OK)
		e = db_bulk_begin(db, "b_member", "tenant_id, context_id, person_id", 3);
	for (int64_t i = 0; i < 100 * ROWS && e == E_OK; i++)
		e = db_bulk_row(db, "iii", (int64_t)1, 1 + i / ROWS, 1 + i % 3000);
	if (e == E_OK)
		e = db_bulk_end(db);
	return e != E_OK ? e : db_run(db, NULL, "ANALYZE", "");
}

int main(int argc, char **argv)
{
	static const char *const ddl[] = {
		"CREATE TABLE b_nonce (tenant_id BIGINT NOT NULL, hash BYTEA NOT NULL, "
			"expires_at BIGINT NOT NULL, PRIMARY KEY (tenant_id, hash))",
		"CREATE TABLE b_session (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, account_id "
			"BIGINT NOT NULL, secret BYTEA NOT NULL, created_at BIGINT NOT NULL, "
			"PRIMARY KEY (tenant_id, id))",
		"CREATE TABLE b_person (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, "
			"PRIMARY KEY (tenant_id, id))",
		"CREATE TABLE b_member (tenant_id BIGINT NOT NULL, context_id BIGINT NOT NULL, "
			"person_id BIGINT NOT NULL, PRIMARY KEY (tenant_id, context_id, person_id))",
	};
	double secs = argc > 1 ? strtod(argv[1], NULL) : 2;
	struct fault f = { 0 };

	st = test_store();
	for (size_t i = 0; i < ARRAY_LEN(ddl); i++)
		if (!test_sql(st, ddl[i]))
			return 1;
	if (store_load(st, fill, NULL, &f) != E_OK) {
		printf("%s\n", f.text);
		return 1;
	}
	run("write (2 rows)", true, 1, secs);
	run("write (2 rows)", true, 8, secs);
	run("write (2 rows)", true, 32, secs);
	run("read 30 rows, indexed", false, 1, secs);
	run("read 30 rows, indexed", false, 8, secs);
	store_close(st);
	return 0;
}
