/* practice-lms: a small Moodle and a small Canvas with a practice school in both. */
#include <curl/curl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/keys.h"
#include "practice/lms.h"
#include "practice/pages.h"
#include "practice/services.h"

static const char usage[] =
	"usage: practice-lms [options]\n"
	"  --port N             listen on localhost:N (default 8710)\n"
	"  --tool URL           where Lintel is (default http://127.0.0.1:8700)\n"
	"  --tls-cert FILE --tls-key FILE   PEM; serves https\n"
	"  --samesite VALUE     SameSite of the session cookies (Lax, None; Secure, ...)\n"
	"  --print roster       the school's roster, IMS Enterprise 1.1 XML\n"
	"  --print people       everybody, as JSON\n"
	"  --print config       the lintel commands that register both platforms\n"
	"  --tenant T           put --tenant T into these commands\n"
	"Moodle REST token: " REST_TOKEN ", report 1 holds the parent links.\n";

struct options {
	int port;
	const char *tool, *cert, *key, *samesite, *print, *tenant;
};

static bool read_options(int argc, char **argv, struct options *o)
{
	static const struct option list[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "tool", required_argument, NULL, 't' },
		{ "tls-cert", required_argument, NULL, 'c' },
		{ "tls-key", required_argument, NULL, 'k' },
		{ "samesite", required_argument, NULL, 's' },
		{ "print", required_argument, NULL, 'P' },
		{ "tenant", required_argument, NULL, 'T' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", list, NULL)) != -1) {
		switch (c) {
		case 'p':
			o->port = atoi(optarg);
			break;
		case 't':
			o->tool = optarg;
			break;
		case 'c':
			o->cert = optarg;
			break;
		case 'k':
			o->key = optarg;
			break;
		case 's':
			o->samesite = optarg;
			break;
		case 'P':
			o->print = optarg;
			break;
		case 'T':
			o->tenant = optarg;
			break;
		default:
			return false;
		}
	}
	return optind == argc && o->port > 0 && o->port < 65536 &&
	       (o->cert == NULL) == (o->key == NULL);
}

static void set_platforms(void)
{
	struct platform *m = &lms.plat[MOODLE], *c = &lms.plat[CANVAS];
	char hex[41];

	*m = (struct platform){ .key = "moodle", .name = "Practice Moodle", .family = "moodle",
				.client_id = "practice-moodle", .deployment = "1" };
	snprintf(m->issuer, sizeof(m->issuer), "%s/moodle", lms.base);
	snprintf(m->auth_url, sizeof(m->auth_url), "%s/mod/lti/auth.php", m->issuer);
	snprintf(m->token_url, sizeof(m->token_url), "%s/mod/lti/token.php", m->issuer);
	snprintf(m->jwks_url, sizeof(m->jwks_url), "%s/mod/lti/certs.php", m->issuer);

	*c = (struct platform){ .key = "canvas", .name = "Practice Canvas", .family = "canvas",
				.client_id = "10000000000004" };
	school_hex40("account", "1", hex);
	snprintf(c->deployment, sizeof(c->deployment), "4:%s", hex);
	snprintf(c->issuer, sizeof(c->issuer), "%s/canvas", lms.base);
	snprintf(c->auth_url, sizeof(c->auth_url), "%s/api/lti/authorize_redirect", c->issuer);
	snprintf(c->token_url, sizeof(c->token_url), "%s/login/oauth2/token", c->issuer);
	snprintf(c->jwks_url, sizeof(c->jwks_url), "%s/api/lti/security/jwks", c->issuer);
}

static void set_up(const struct options *o)
{
	size_t n = strlen(o->tool);

	while (n > 0 && o->tool[n - 1] == '/')
		n--;
	lms.tls = o->cert != NULL;
	lms.samesite = o->samesite != NULL ? o->samesite : lms.tls ? "None; Secure" : NULL;
	snprintf(lms.base, sizeof(lms.base), "%s://localhost:%d", lms.tls ? "https" : "http",
		 o->port);
	snprintf(lms.tool, sizeof(lms.tool), "%.*s", (int)n, o->tool);
	snprintf(lms.login_url, sizeof(lms.login_url), "%s/lti/login", lms.tool);
	snprintf(lms.launch_url, sizeof(lms.launch_url), "%s/lti/launch", lms.tool);
	set_platforms();
}

static int print(const struct options *o)
{
	struct buf b = BUF_INIT(16u * 1024 * 1024);

	if (str_eq(o->print, "roster"))
		print_roster(&b);
	else if (str_eq(o->print, "people"))
		print_people(&b);
	else if (str_eq(o->print, "config"))
		print_config(&b, o->tenant);
	else
		return 2;
	if (b.err != E_OK || fwrite(b.p, 1, b.len, stdout) != b.len || fflush(stdout) != 0)
		return 1;
	buf_release(&b);
	return 0;
}

static char *read_pem(const char *path)
{
	struct buf b = BUF_INIT(65536);
	FILE *f = path == NULL ? NULL : fopen(path, "re");
	char part[4096];
	size_t n;

	if (path == NULL)
		return NULL;
	if (f == NULL) {
		fprintf(stderr, "practice-lms: cannot read %s\n", path);
		exit(1);
	}
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, part, n);
	fclose(f);
	return buf_take(&b, NULL);
}

static int serve(const struct options *o)
{
	struct http_conf conf = { .port = (uint16_t)o->port, .cert_pem = read_pem(o->cert),
				  .key_pem = read_pem(o->key) };
	sigset_t stop;
	int sig, status = 1;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (!keys_start()) {
		fprintf(stderr, "practice-lms: cannot make signing keys\n");
		goto out;
	}
	if (!http_start(&conf, serve_request))
		goto out;
	printf("Practice LMS: %s/\n", lms.base);
	fflush(stdout);
	sigwait(&stop, &sig);
	http_stop();
	launch_forget_all();
	status = 0;
out:
	curl_global_cleanup();
	keys_stop();
	free((char *)(uintptr_t)conf.cert_pem);
	free((char *)(uintptr_t)conf.key_pem);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = { .port = 8710, .tool = "http://127.0.0.1:8700" };
	int status;

	if (!read_options(argc, argv, &o)) {
		fputs(usage, stderr);
		return 2;
	}
	set_up(&o);
	status = o.print != NULL ? print(&o) : serve(&o);
	if (status == 2)
		fputs(usage, stderr);
	return status;
}
