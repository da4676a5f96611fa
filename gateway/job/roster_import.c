/* From a file on disk to a report: the one way a roster comes in. */
#include "gw/roster_import.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/magic.h"
#include "base/str.h"
#include "gw/crypt.h"
#include "gw/xmlchild.h"
#include "store/roster_runs.h"

#define MAX_BYTES (2LL << 30)
#define OWNER_MAX 120

struct importing {
	const struct roster_import_opts *o;
	int fd;
	struct stat st;
	char sha[2 * SHA256_LEN + 1], today[11], owner[OWNER_MAX], name[128];
	uint8_t key[SEAL_KEY_LEN];
};

/* ---- whose import ---- */

static void owner_name(char out[OWNER_MAX])
{
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	snprintf(out, OWNER_MAX, "%s/%ld", host, (long)getpid());
}

/* "host/pid". Of another host nothing is known: its beat decides. */
static bool owner_alive(const char *owner)
{
	char mine[OWNER_MAX];
	const char *slash = strrchr(owner, '/'), *my_slash;
	int64_t pid = 0;

	owner_name(mine);
	my_slash = strrchr(mine, '/');
	if (slash == NULL || slash - owner != my_slash - mine ||
	    memcmp(owner, mine, (size_t)(slash - owner)) != 0)
		return true;
	if (!span_int64(span_of(slash + 1), &pid) || pid <= 0 || pid > INT32_MAX)
		return false;
	return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

enum err roster_import_recover(struct store *st, int64_t now_ms, struct fault *f)
{
	return roster_recover(st, 0, now_ms, owner_alive, f);
}

/* ---- the file ---- */

static void file_name(struct importing *im)
{
	const char *s = im->o->file_name, *slash;
	size_t n;

	if (s == NULL) {
		slash = strrchr(im->o->path, '/');
		s = slash == NULL ? im->o->path : slash + 1;
	}
	n = strlen(s);
	n = n < sizeof(im->name) ? n : sizeof(im->name) - 1;
	while (n > 0 && !utf8_valid(span_mk(s, n)))
		n--;
	memcpy(im->name, s, n);
	im->name[n] = '\0';
}

static enum err open_file(struct importing *im, struct fault *f)
{
	int64_t max = im->o->max_bytes > 0 ? im->o->max_bytes : MAX_BYTES;
	uint8_t sum[SHA256_LEN];
	enum err e;

	im->fd = open(im->o->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (im->fd < 0)
		return FAULT(f, errno == ENOENT ? E_MISSING : E_IO, "cannot open the file: %s",
			     strerror(errno));
	if (fstat(im->fd, &im->st) != 0 || !S_ISREG(im->st.st_mode))
		return FAULT(f, E_INPUT, "not a regular file");
	if (im->st.st_size > max)
		return FAULT(f, E_LIMIT, "the file has %lld bytes, the limit is %lld",
			     (long long)im->st.st_size, (long long)max);
	e = crypt_sha256_fd(im->fd, sum);
	if (e != E_OK || lseek(im->fd, 0, SEEK_SET) != 0)
		return FAULT(f, E_IO, "cannot read the file: %s", strerror(errno));
	hex_encode(sum, sizeof(sum), im->sha);
	return E_OK;
}

/* The hash says what was imported: a file that changed under our hands is not that. */
static bool same_file(const struct importing *im)
{
	struct stat now;

	return fstat(im->fd, &now) == 0 && now.st_size == im->st.st_size &&
	       now.st_mtim.tv_sec == im->st.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == im->st.st_mtim.tv_nsec;
}

static void today(int64_t now_ms, char out[11])
{
	time_t t = (time_t)(now_ms / 1000);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 11, "%Y-%m-%d", &tm);
}

/* ---- the run ---- */

/* The child reads through our descriptor: its place in the file is the progress. */
static void tick(void *arg)
{
	const struct importing *im = arg;

	im->o->progress(im->o->progress_arg, "read", lseek(im->fd, 0, SEEK_CUR), im->st.st_size);
}

static void applied(void *arg, int64_t done, int64_t total)
{
	const struct importing *im = arg;

	im->o->progress(im->o->progress_arg, "apply", done, total);
}

static struct roster_opts opts_of(struct importing *im)
{
	const struct roster_import_opts *o = im->o;

	return (struct roster_opts){
		.tenant = o->tenant, .platform = o->platform, .now_ms = o->now_ms,
		.today = im->today, .file_name = im->name, .sha256 = im->sha,
		.bytes = im->st.st_size, .key = im->key, .mode = o->mode, .dry_run = o->dry_run,
		.threshold = o->threshold < 0 ? ROSTER_THRESHOLD :
			o->threshold > 100 ? 100 : (unsigned)o->threshold,
		.owner = im->owner,
		.progress = o->progress != NULL ? applied : NULL, .progress_arg = im,
	};
}

static enum err read_and_finish(struct importing *im, struct roster *r,
				struct roster_report *report_out, struct buf *json, struct fault *f)
{
	struct xmlchild_opts c = {
		.in = im->fd, .bytes = im->st.st_size,
		.tick = im->o->progress != NULL ? tick : NULL, .tick_arg = im,
	};
	struct roster_end end;
	enum err e = xmlchild_run(&c, &roster_sink, r, &end, f);

	if (e == E_LIMIT) {	/* the sink's: more records than anybody believes */
		end = (struct roster_end){ .fault = { .code = XC_TOO_MANY_RECORDS } };
		e = E_OK;
	}
	if (e != E_OK) {
		const struct fault *why = roster_fault(r);

		return why->err == E_OK ? e : fault_at(f, e, why->where, "%s", why->text);
	}
	if (!same_file(im))
		return FAULT(f, E_IO, "the file changed while it was read");
	return roster_finish(r, &end, report_out, json, f);
}

static void unchanged_json(const struct importing *im, const struct roster_report *rep,
			   struct buf *json)
{
	if (json != NULL)
		buf_printf(json, "{\"run\":\"%lld\",\"state\":\"unchanged\",\"file\":{\"sha256\":\"%s\"}}",
			   (long long)rep->run, im->sha);
}

enum err roster_import(struct store *st, const uint8_t root[32],
		       const struct roster_import_opts *o, struct roster_report *report_out,
		       struct buf *json, struct fault *f)
{
	struct importing im = { .o = o, .fd = -1 };
	struct roster_opts ro;
	struct roster *r = NULL;
	enum err e;

	assert(o->tenant > 0 && o->path != NULL);
	*report_out = (struct roster_report){ .state = ROSTER_FAILED };
	e = open_file(&im, f);
	if (e != E_OK)
		goto out;
	file_name(&im);
	today(o->now_ms, im.today);
	owner_name(im.owner);
	crypt_derive(span_mk(root, 32), "roster-hash", im.key);
	e = roster_recover(st, o->tenant, o->now_ms, owner_alive, f);
	if (e != E_OK)
		goto out;
	ro = opts_of(&im);
	e = roster_open(st, &ro, &r, report_out, f);
	if (e == E_CONFLICT && r == NULL && report_out->state == ROSTER_UNCHANGED) {
		unchanged_json(&im, report_out, json);
		e = E_OK;
	} else if (e == E_OK) {
		e = read_and_finish(&im, r, report_out, json, f);
	}
out:
	roster_free(r);
	explicit_bzero(im.key, sizeof(im.key));
	if (im.fd >= 0)
		close(im.fd);
	return e;
}
