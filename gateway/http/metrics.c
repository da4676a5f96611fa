/*
 * Counters for /metrics, in Prometheus' text format 0.0.4. Counts and sizes
 * only: nothing here tells one reader from another.
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/job.h"
#include "gw/log.h"
#include "server.h"

static _Atomic uint64_t by_class[6], by_refusal[REFUSE_COUNT], launches, cuts;

void metric_answer(int status, enum refusal refused)
{
	assert(status >= 100 && status < 600);
	assert((unsigned)refused < REFUSE_COUNT);
	atomic_fetch_add(&by_class[status / 100], 1);
	if (refused != REFUSE_NONE)
		atomic_fetch_add(&by_refusal[refused], 1);
}

void metric_launch(void)
{
	atomic_fetch_add(&launches, 1);
}

void metric_cut(void)
{
	atomic_fetch_add(&cuts, 1);
}

static int64_t resident_bytes(void)
{
	FILE *fp = fopen("/proc/self/statm", "re");
	int64_t size = 0, rss = 0;

	if (fp == NULL)
		return 0;
	if (fscanf(fp, "%" SCNd64 " %" SCNd64, &size, &rss) != 2)
		rss = 0;
	fclose(fp);
	return rss * sysconf(_SC_PAGESIZE);
}

static void one(struct buf *b, const char *name, const char *type, const char *help, uint64_t v)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name, help, name, type,
		   name, v);
}

void metrics_write(struct buf *b, struct server *s)
{
	buf_addz(b, "# HELP lintel_requests_total Answers by class of status.\n"
		 "# TYPE lintel_requests_total counter\n");
	for (unsigned i = 1; i < 6; i++)
		buf_printf(b, "lintel_requests_total{class=\"%uxx\"} %" PRIu64 "\n", i,
			   atomic_load(&by_class[i]));
	buf_addz(b, "# HELP lintel_refusals_total Refusals by code.\n"
		 "# TYPE lintel_refusals_total counter\n");
	for (unsigned i = 1; i < REFUSE_COUNT; i++)
		buf_printf(b, "lintel_refusals_total{code=\"%s\"} %" PRIu64 "\n",
			   refusal_code((enum refusal)i), atomic_load(&by_refusal[i]));
	one(b, "lintel_launches_total", "counter", "Launches that opened a page.",
	    atomic_load(&launches));
	one(b, "lintel_slow_cut_total", "counter", "Connections closed for slowness.",
	    atomic_load(&cuts));
	one(b, "lintel_bugs_total", "counter", "Faults of ours.", counted_bugs());
	one(b, "lintel_peer_faults_total", "counter", "Faults of a peer.", counted_peer_faults());
	one(b, "lintel_connections", "gauge", "Open connections.",
	    (uint64_t)deadlines_open(s->deadlines));
	one(b, "lintel_requests_in_flight", "gauge", "Requests under way.",
	    (uint64_t)atomic_load(&s->in_flight));
	one(b, "lintel_deferred_jobs", "gauge", "Deferred work, queued and running.",
	    job_pool_load(s->defer));
	one(b, "process_resident_memory_bytes", "gauge", "Resident memory.",
	    (uint64_t)resident_bytes());
}
