/*
 * The XML child and whoever waits for it. Re-executed rather than forked: a fork
 * of a threaded server would carry its keys, its sockets and its locks along.
 */
#include "gw/xmlchild.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/magic.h"
#include "xmlcage.h"
#include "xmlwire.h"

#define CHUNK 65536u
#define WIRE_MAX (256u << 10)
#define PIPE_BYTES (1 << 20)
#define MEMORY_MAX (256L << 20)
#define IDLE_MS 60000
#define NOT_READY 2		/* exit status: nothing was read */

/* A sanitizer maps terabytes and asks the system for much: it cannot live in here. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAGED 0
#else
#define CAGED 1
#endif

/* ---- the child ---- */

/*
 * Encodings beyond libxml2's own are modules that glibc loads from files. The
 * usual ones of old exports are opened while files still can be; others are
 * refused as unsupported.
 */
static void load_encodings(void)
{
	static const char *const name[] = {
		"WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254",
		"WINDOWS-1256", "ISO-8859-2", "ISO-8859-5", "ISO-8859-7", "ISO-8859-9",
		"ISO-8859-15", "KOI8-R",
	};

	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		/* never closed: an idle module would be unloaded */
		(void)!iconv_open("UTF-8", name[i]);
		(void)!iconv_open(name[i], "UTF-8");
	}
}

static bool limit(int what, rlim_t n)
{
	struct rlimit l = { n, n };

	return setrlimit(what, &l) == 0;
}

static bool set_limits(void)
{
	const char *cpu = getenv("LINTEL_XML_CPU");
	int64_t seconds = 30;

	if (cpu != NULL && (!span_int64(span_of(cpu), &seconds) || seconds < 1))
		return false;
	if (!limit(RLIMIT_CPU, (rlim_t)seconds) || !limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0))
		return false;
	/* nothing can be opened any more, whatever a system call filter says */
	if (!limit(RLIMIT_NOFILE, 3))
		return false;
	return !CAGED || (limit(RLIMIT_AS, MEMORY_MAX) && limit(RLIMIT_NPROC, 0));
}

static int allow_io(scmp_filter_ctx ctx)
{
	int rc = 0;

	rc |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(read), 1, SCMP_A0(SCMP_CMP_EQ, 0));
	rc |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, SCMP_A0(SCMP_CMP_EQ, 1));
	/* memory, but never from a file and never to run */
	rc |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
			       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
			       SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
	rc |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
			       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

bool xml_cage(void)
{
	static const int plain[] = {
		SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(brk), SCMP_SYS(munmap),
		SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(rt_sigreturn), SCMP_SYS(futex),
	};
	scmp_filter_ctx ctx;
	int rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return false;
	if (!CAGED)
		return true;
	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (ctx == NULL)
		return false;
	rc = allow_io(ctx);
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		rc |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, plain[i], 0);
	rc |= seccomp_load(ctx);
	seccomp_release(ctx);
	return rc == 0;
}

static enum err read_all(struct roster_reader *r, char *chunk)
{
	for (;;) {
		ssize_t n = read(0, chunk, CHUNK);
		enum err e;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_IO;
		if (n == 0)
			return E_OK;
		e = roster_reader_feed(r, chunk, (size_t)n);
		if (e != E_OK)
			return e == E_INPUT ? E_OK : e;
	}
}

int xmlchild_main(void)
{
	static char chunk[CHUNK];
	struct wire w = { .b = BUF_INIT(WIRE_MAX), .fd = 1 };
	struct roster_reader *r = NULL;
	struct roster_end end;
	enum err e;

	if (close_range(3, ~0u, 0) != 0)
		return NOT_READY;
	xml_init();
	load_encodings();
	buf_room(&w.b, WIRE_MAX / 2);
	if (roster_reader_new(&wire_sink, &w, &r) != E_OK || !set_limits() || !xml_cage())
		return NOT_READY;
	e = read_all(r, chunk);
	if (e == E_OK)
		e = roster_reader_end(r, &end);
	if (e == E_OK)
		e = wire_end(&w, &end);
	if (e == E_OK)
		e = wire_flush(&w);
	/* no destructor of any library runs in the cage */
	_exit(e == E_OK ? 0 : 3);
}

/* ---- the parent ---- */

struct talk {
	const struct roster_sink *sink;
	void *arg;
	struct roster_end *end;
	bool ended, heard;
	struct buf in;
	size_t at;		/* read up to here */
};

/* All whole frames of the buffer. E_INPUT: the child speaks nonsense. */
static enum err take_frames(struct talk *t)
{
	uint32_t n;
	enum err e = E_OK;

	while (e == E_OK && t->in.len - t->at >= sizeof(n)) {
		memcpy(&n, t->in.p + t->at, sizeof(n));
		if (n == 0 || n > WIRE_FRAME_MAX)
			return E_INPUT;
		if (t->in.len - t->at - sizeof(n) < n)
			break;
		e = wire_take(span_mk(t->in.p + t->at + sizeof(n), n), t->sink, t->arg, t->end,
			      &t->ended);
		t->at += sizeof(n) + n;
	}
	if (t->at > 0) {
		memmove(t->in.p, t->in.p + t->at, t->in.len - t->at);
		t->in.len -= t->at;
		t->at = 0;
	}
	return e;
}

enum outcome { ALL_SAID, NONSENSE, SILENT, SINK_SAID_NO };

static enum outcome listen_to(const struct xmlchild_opts *o, struct talk *t, int fd, enum err *e_out)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int idle = (int)(o->idle_ms > 0 ? o->idle_ms : IDLE_MS);

	*e_out = E_OK;
	for (;;) {
		int rc = poll(&p, 1, idle);
		ssize_t n;
		enum err e;

		if (rc < 0 && errno == EINTR)
			continue;
		if (rc <= 0)
			return SILENT;
		if (buf_room(&t->in, CHUNK * 4) != E_OK)
			return NONSENSE;
		n = read(fd, t->in.p + t->in.len, CHUNK * 4);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return NONSENSE;
		if (n == 0)
			return t->in.len == 0 && t->ended ? ALL_SAID : NONSENSE;
		t->heard = true;
		t->in.len += (size_t)n;
		e = take_frames(t);
		if (e == E_INPUT)
			return NONSENSE;
		if (e != E_OK) {
			*e_out = e;
			return SINK_SAID_NO;
		}
		if (o->tick != NULL)
			o->tick(o->tick_arg);
	}
}

static enum err spawn_child(const struct xmlchild_opts *o, int out, pid_t *pid_out)
{
	int64_t cpu = 30 + (o->bytes >> 24);
	char limit_text[40], *argv[] = { "lintel", "--xml-child", NULL };
	char *envp[] = { limit_text, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t none;
	int rc;

	/* 30 s and 60 s for each gigabyte: 2^30 / 2^24 = 64 */
	snprintf(limit_text, sizeof(limit_text), "LINTEL_XML_CPU=%lld", (long long)cpu);
	sigemptyset(&none);
	if (posix_spawn_file_actions_init(&fa) != 0)
		return E_NOMEM;
	if (posix_spawnattr_init(&at) != 0) {
		posix_spawn_file_actions_destroy(&fa);
		return E_NOMEM;
	}
	rc = posix_spawn_file_actions_adddup2(&fa, o->in, 0);
	rc |= posix_spawn_file_actions_adddup2(&fa, out, 1);
	rc |= posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	rc |= posix_spawnattr_setsigmask(&at, &none);
	rc |= posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK);
	if (rc == 0)
		rc = posix_spawn(pid_out, "/proc/self/exe", &fa, &at, argv, envp);
	posix_spawnattr_destroy(&at);
	posix_spawn_file_actions_destroy(&fa);
	return rc == 0 ? E_OK : E_IO;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

static bool out_of_time(int status)
{
	/* SIGKILL: the hard limit, a second after the soft one */
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);
}

static void child_fault(struct roster_end *end, enum xml_code c)
{
	*end = (struct roster_end){ .fault = { .code = c } };
}

enum err xmlchild_run(const struct xmlchild_opts *o, const struct roster_sink *sink, void *arg,
		      struct roster_end *end_out, struct fault *f)
{
	struct talk t = { .sink = sink, .arg = arg, .end = end_out, .in = BUF_INIT(4u << 20) };
	enum outcome said;
	int pipes[2], status;
	pid_t pid = -1;
	enum err e;

	assert(o->in >= 0);
	if (pipe2(pipes, O_CLOEXEC) != 0)
		return FAULT(f, E_IO, "no pipe for the XML child: %s", strerror(errno));
	fcntl(pipes[0], F_SETPIPE_SZ, PIPE_BYTES);
	e = spawn_child(o, pipes[1], &pid);
	close(pipes[1]);
	if (e != E_OK) {
		close(pipes[0]);
		return FAULT(f, e, "cannot start the XML child: %s", strerror(errno));
	}
	said = listen_to(o, &t, pipes[0], &e);
	if (said != ALL_SAID)
		kill(pid, said == NONSENSE ? SIGTERM : SIGKILL);
	close(pipes[0]);
	status = wait_for(pid);
	if (!t.heard && WIFEXITED(status) && WEXITSTATUS(status) == NOT_READY)
		e = FAULT(f, E_INTERNAL, "the XML child cannot lock itself in: no seccomp here?");
	else if (said == SILENT || (said == NONSENSE && out_of_time(status)))
		child_fault(end_out, XC_TOO_SLOW);
	else if (said == NONSENSE || (said == ALL_SAID && status != 0))
		child_fault(end_out, XC_PARSER_DIED);
	buf_release(&t.in);
	return e;
}
