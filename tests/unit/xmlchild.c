/* The XML child: the same records as without it, and a cage that holds. */
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "../gateway/job/xmlcage.h"
#include "child.h"
#include "t.h"
#include "kit/journal.h"

#define DIR "tests/data/roster/"

static enum err through_child(const char *path, struct journal *j, int64_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct xmlchild_opts o = { .in = fd, .bytes = bytes };
	struct fault f = { 0 };
	enum err e;

	*j = (struct journal){ .log = BUF_INIT(64u << 20) };
	if (fd < 0)
		return E_MISSING;
	e = xmlchild_run(&o, &journal_sink, j, &j->end, &f);
	buf_printf(&j->log, "end %s line=%u %s enc=%s ns=%s pw=%u\n",
		   xml_code_name(j->end.fault.code), j->end.fault.line, j->end.fault.detail,
		   j->end.encoding, j->end.ns, (unsigned)j->end.passwords);
	close(fd);
	return e;
}

static void same(const char *file)
{
	struct journal direct, child;
	char path[200];
	size_t n;
	char *p;

	snprintf(path, sizeof(path), DIR "%s", file);
	p = slurp(path, &n);
	NEED(p != NULL);
	NEED(journal_read(&direct, p, n, 65536) == E_OK);
	NEED(through_child(path, &child, (int64_t)n) == E_OK);
	CHECK_STR(child.log.p, direct.log.p);
	journal_free(&direct);
	journal_free(&child);
	free(p);
}

TEST(xmlchild_says_what_the_reader_says)
{
	same("ims-01-full.xml");
	same("ims-04-delta.xml");
	same("ims-05-pifu-1.3.xml");
	same("ims-08-banner-luminis.xml");
	same("ims-11-latin1-declared.xml");
	same("ims-17-household-group.xml");
	same("bad-22-overlong-field.xml");
	same("bad-42-xxe-file.xml");
	same("bad-48-xinclude.xml");
	same("bad-60-truncated-tag.xml");
	same("bad-62-empty.xml");
	same("bad-70-foreign-namespace.xml");
}

static char *temp(const char *text, size_t n)
{
	static char path[200];
	const char *dir = getenv("TMPDIR");
	int fd;

	snprintf(path, sizeof(path), "%s/lintel-xmlchild-XXXXXX", dir != NULL ? dir : "/tmp");
	fd = mkstemp(path);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		return NULL;
	close(fd);
	return path;
}

/* Its encoding needs a module of the C library, which no caged process can load. */
TEST(xmlchild_knows_the_code_pages_of_old_exports)
{
	static const char doc[] = "<?xml version='1.0' encoding='windows-1252'?><enterprise><person>"
		"<sourcedid><source>s</source><id>1</id></sourcedid><name><fn>\x8ei\x9eka \x80</fn></name>"
		"</person></enterprise>";
	struct journal j;
	char *path = temp(doc, sizeof(doc) - 1);

	NEED(path != NULL);
	NEED(through_child(path, &j, sizeof(doc)) == E_OK);
	CHECK_STR(xml_code_name(j.end.fault.code), "");
	CHECK(strstr(j.log.p, "Žižka €") != NULL);
	journal_free(&j);
	unlink(path);
}

static enum err no(void *arg, const struct roster_person *p)
{
	(void)arg;
	(void)p;
	return E_DB;
}

TEST(xmlchild_ends_when_the_sink_says_no)
{
	struct roster_sink sink = journal_sink;
	struct journal j = { .log = BUF_INIT(1u << 20) };
	int fd = open(DIR "ims-01-full.xml", O_RDONLY | O_CLOEXEC);
	struct xmlchild_opts o = { .in = fd };
	struct fault f = { 0 };

	NEED(fd >= 0);
	sink.person = no;
	CHECK_INT(xmlchild_run(&o, &sink, &j, &j.end, &f), E_DB);
	close(fd);
	journal_free(&j);
}

TEST(xmlchild_silence_is_too_slow)
{
	struct journal j = { .log = BUF_INIT(1u << 20) };
	struct xmlchild_opts o = { .idle_ms = 200 };
	struct fault f = { 0 };
	int p[2];

	NEED(pipe2(p, O_CLOEXEC) == 0);
	o.in = p[0];		/* and nobody ever writes */
	CHECK_INT(xmlchild_run(&o, &journal_sink, &j, &j.end, &f), E_OK);
	CHECK_STR(xml_code_name(j.end.fault.code), "too-slow");
	close(p[0]);
	close(p[1]);
	journal_free(&j);
}

TEST(xmlchild_leaves_no_process_and_no_descriptor)
{
	int before = open("/dev/null", O_RDONLY), after;

	close(before);
	for (int i = 0; i < 20; i++)
		same("ims-04-delta.xml");
	after = open("/dev/null", O_RDONLY);
	close(after);
	CHECK_INT(after, before);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0);
}

/*
 * A parser that was taken over says what it likes. Played by a child of ours that
 * writes every kind of nonsense: none may reach the sink as a record.
 */
static enum err nonsense(const void *bytes, size_t n, struct journal *j);

TEST(xmlchild_nonsense_reaches_nobody)
{
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {
		{ "\0\0\0\0", 4 }, { "\xff\xff\xff\xff\x01", 5 }, { "\x01\0\0\0\x09", 5 },
		{ "\x02\0\0\0\x01\x03", 6 }, { "\x03\0\0\0\x01\x01\x01", 7 },
		{ "\x02\0\0\0\x02\x01", 6 }, { "\x01\0\0\0\x07", 5 }, { "\x05\0\0\0\x02", 5 },
	};
	struct journal j;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(nonsense(bad[i].bytes, bad[i].n, &j), E_INPUT);
		CHECK_INT(j.log.len, 0);
		journal_free(&j);
	}
}

#include "../gateway/job/xmlwire.h"

static enum err nonsense(const void *bytes, size_t n, struct journal *j)
{
	const char *p = bytes;
	bool ended = false;
	uint32_t len;

	*j = (struct journal){ .log = BUF_INIT(1u << 20) };
	memcpy(&len, p, sizeof(len));
	if (len == 0 || len > WIRE_FRAME_MAX || n - 4 < len)
		return E_INPUT;
	return wire_take(span_mk(p + 4, len), &journal_sink, j, &j->end, &ended);
}

/* Every cut and every flipped bit of real frames: no crash, only valid text gets through. */
TEST(xmlchild_damaged_frames_never_give_bad_text)
{
	int p[2];
	size_t n;
	char *doc = slurp(DIR "ims-04-delta.xml", &n);
	struct wire w = { .b = BUF_INIT(1u << 20) };
	struct roster_reader *r;
	struct roster_end end;
	unsigned bits = 0;

	NEED(doc != NULL && pipe2(p, O_CLOEXEC) == 0);
	w.fd = p[1];
	NEED(roster_reader_new(&wire_sink, &w, &r) == E_OK);
	NEED(roster_reader_feed(r, doc, n) == E_OK);
	NEED(roster_reader_end(r, &end) == E_OK && wire_end(&w, &end) == E_OK);
	roster_reader_free(r);
	for (size_t at = 0; at + 4 < w.b.len;) {
		uint32_t len;

		memcpy(&len, w.b.p + at, 4);
		for (size_t bit = 0; bit < len * 8; bit++, bits++) {
			struct journal j = { .log = BUF_INIT(1u << 20) };
			char *byte = w.b.p + at + 4 + bit / 8;
			bool ended = false;

			*byte = (char)(*byte ^ 1 << bit % 8);
			wire_take(span_mk(w.b.p + at + 4, len), &journal_sink, &j, &end, &ended);
			CHECK(utf8_valid(span_mk(j.log.p, j.log.len)));
			*byte = (char)(*byte ^ 1 << bit % 8);
			journal_free(&j);
		}
		at += 4 + len;
	}
	printf("# %u flipped bits\n", bits);
	CHECK(bits > 5000);
	close(p[0]);
	close(p[1]);
	buf_release(&w.b);
	free(doc);
}

/* ---- T18: the cage ---- */

#if !defined(__SANITIZE_ADDRESS__)

static void try_read(void)
{
	char c;

	(void)!read(0, &c, 0);
}

static void try_open(void)
{
	(void)!open("/dev/null", O_RDONLY);
}

static void try_socket(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void try_fork(void)
{
	fork();
}

static void try_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void try_kill(void)
{
	kill(getppid(), 0);
}

static void try_other_fd(void)
{
	(void)!write(2, "x", 1);
}

static void try_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void try_unlink(void)
{
	unlink("/nowhere/at/all");
}

static const struct {
	const char *name;
	void (*fn)(void);
	bool fine;
} bar[] = {
	{ "read of the file", try_read, true }, { "open", try_open, false },
	{ "socket", try_socket, false }, { "fork", try_fork, false }, { "exec", try_exec, false },
	{ "kill", try_kill, false }, { "another descriptor", try_other_fd, false },
	{ "executable memory", try_code, false }, { "unlink", try_unlink, false },
};

TEST(xmlchild_cage_holds)
{
	for (size_t i = 0; i < sizeof(bar) / sizeof(bar[0]); i++) {
		unsigned bad = t_bad;
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			if (!xml_cage())
				_exit(9);
			bar[i].fn();
			_exit(0);
		}
		NEED(pid > 0 && waitpid(pid, &status, 0) == pid);
		if (bar[i].fine)
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		else
			CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
		if (t_bad != bad)
			printf("# %s: status %x\n", bar[i].name, status);
	}
}

#endif

/* ---- T18: neither file nor network, whatever the document asks for ---- */

static int listener(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(a);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0 || bind(s, (struct sockaddr *)&a, n) != 0 || listen(s, 4) != 0 ||
	    getsockname(s, (struct sockaddr *)&a, &n) != 0)
		return -1;
	*port = ntohs(a.sin_port);
	return s;
}

TEST(xmlchild_opens_what_no_document_names)
{
	static const char *const doc[] = {
		"<!DOCTYPE enterprise SYSTEM '@'><enterprise/>",
		"<!DOCTYPE enterprise PUBLIC 'x' '@'><enterprise><person>&x;</person></enterprise>",
		"<!DOCTYPE enterprise [<!ENTITY x SYSTEM '@'>]><enterprise><person>&x;</person></enterprise>",
		"<!DOCTYPE enterprise [<!ENTITY % x SYSTEM '@'> %x;]><enterprise/>",
		"<enterprise xmlns:xi='http://www.w3.org/2001/XInclude'><person><xi:include href='@' "
		"parse='text'/></person></enterprise>",
		"<?xml-stylesheet type='text/xsl' href='@'?><enterprise/>",
		"<enterprise xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
		"xsi:schemaLocation='urn:x @'/>",
	};
	char bait[200], url[80], text[600];
	unsigned port = 0;
	int s = listener(&port), watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct pollfd p[2] = { { .fd = s, .events = POLLIN }, { .fd = watch, .events = POLLIN } };

	NEED(s >= 0 && watch >= 0);
	snprintf(bait, sizeof(bait), "%s", temp("secret", 6));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/x", port);
	NEED(inotify_add_watch(watch, bait, IN_OPEN | IN_ACCESS) >= 0);
	for (size_t i = 0; i < 2 * sizeof(doc) / sizeof(doc[0]); i++) {
		struct journal j;
		const char *at;
		char *path;

		at = strchr(doc[i / 2], '@');
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - doc[i / 2]), doc[i / 2],
			 i % 2 == 0 ? bait : url, at + 1);
		path = temp(text, strlen(text));
		NEED(path != NULL && through_child(path, &j, 600) == E_OK);
		CHECK(strstr(j.log.p, "secret") == NULL);
		journal_free(&j);
		unlink(path);
		/* and without the cage: the reader alone must be as good */
		NEED(journal_read(&j, text, strlen(text), 100) == E_OK);
		CHECK(strstr(j.log.p, "secret") == NULL);
		journal_free(&j);
	}
	CHECK_INT(poll(p, 2, 50), 0);
	unlink(bait);
	close(s);
	close(watch);
}
