#include "gw/cli.h"

#include <stdarg.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "gw/clock.h"
#include "gw/log.h"
#include "store/audit.h"

static const struct cli_command commands[] = {
#define COMMAND(name, fn, help) { #name, fn, help },
#include "cli.def"
#undef COMMAND
	{ NULL, NULL, NULL },
};

const char *cli_conf_path;

int cli_fail(const char *fmt, ...)
{
	va_list ap;

	fputs("lintel: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

int cli_fail_err(struct cli *c, enum err err, const char *what)
{
	assert(err != E_OK && what != NULL);
	if (c->fault.err != E_OK && c->fault.text[0] != '\0')
		return cli_fail("%s: %s", what, c->fault.text);
	return cli_fail("%s: %s", what, err_name(err));
}

static void print_help(const struct cli_usage *u)
{
	printf("usage: %s\n\n%s\n", u->line, u->about);
	if (u->opt == NULL)
		return;
	puts("\noptions:");
	for (const struct cli_opt *o = u->opt; o->name != NULL; o++) {
		char head[80];

		snprintf(head, sizeof(head), "--%s%s%s", o->name, o->arg != NULL ? " " : "",
			 o->arg != NULL ? o->arg : "");
		printf("  %-28s %s\n", head, o->help);
	}
}

static int usage_error(const struct cli_usage *u, const char *why, const char *what)
{
	assert(why != NULL && u->line != NULL);
	fprintf(stderr, "lintel: %s%s%s\nusage: %s\n", why, what != NULL ? " " : "",
		what != NULL ? what : "", u->line);
	return 2;
}

static bool set_option(const struct cli_opt *o, const char *value)
{
	struct cli_list *list = o->to;

	switch (o->kind) {
	case CLI_STR:
		*(const char **)o->to = value;
		return true;
	case CLI_INT:
		return span_int64(span_of(value), o->to);
	case CLI_LIST:
		if (list->n == CLI_LIST_MAX)
			return false;
		list->v[list->n++] = value;
		return true;
	default:
		WRONG("a flag takes no value");
	}
}

static const struct cli_opt *find_option(const struct cli_opt *o, const char *name, size_t n)
{
	for (; o != NULL && o->name != NULL; o++)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

int cli_parse(int argc, char **argv, const struct cli_usage *u, struct cli_list *pos)
{
	assert(u->min_pos <= u->max_pos && u->max_pos <= CLI_LIST_MAX);
	pos->n = 0;
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i], *eq, *value;
		const struct cli_opt *o;

		if (str_eq(arg, "--help") || str_eq(arg, "-h")) {
			print_help(u);
			return 0;
		}
		if (!str_starts(arg, "--")) {
			if (pos->n == u->max_pos || pos->n == CLI_LIST_MAX)
				return usage_error(u, "too many words:", arg);
			pos->v[pos->n++] = arg;
			continue;
		}
		eq = strchr(arg, '=');
		o = find_option(u->opt, arg + 2, eq == NULL ? strlen(arg + 2) : (size_t)(eq - arg - 2));
		if (o == NULL)
			return usage_error(u, "no such option:", arg);
		if (o->kind == CLI_FLAG) {
			*(bool *)o->to = true;
			continue;
		}
		value = eq != NULL ? eq + 1 : i + 1 < argc ? argv[++i] : NULL;
		if (value == NULL || !set_option(o, value))
			return usage_error(u, "a value that fits is missing after", arg);
	}
	if (pos->n < u->min_pos)
		return usage_error(u, "something is missing", NULL);
	assert(pos->n <= u->max_pos);
	return -1;
}

int cli_open_raw(struct cli *c, enum store_use use)
{
	enum err err;

	*c = (struct cli){ .now_ms = clock_now_ms() };
	arena_init(&c->a, 64 << 20);
	err = conf_load(&c->conf, cli_conf_path, &c->fault);
	if (err != E_OK)
		return cli_fail_err(c, err, "configuration");
	err = store_open(&c->store, c->conf.database, c->conf.data_dir, use, &c->fault);
	return err == E_OK ? -1 : cli_fail_err(c, err, "database");
}

int cli_open(struct cli *c, enum store_use use)
{
	int have = 0, want = 0, rc = cli_open_raw(c, use);
	uint8_t root[32];
	enum err err;

	if (rc >= 0)
		return rc;
	assert(c->store != NULL);
	err = store_schema_version(c->store, &have, &want, &c->fault);
	if (err != E_OK)
		return cli_fail_err(c, err, "database");
	if (have != want)
		return cli_fail("the database has schema %d, this program needs %d: %s", have, want,
				have < want ? "run `lintel db migrate`" : "use a newer lintel");
	err = key_file_load(&c->conf, false, root, &c->fault);
	if (err != E_OK)
		return cli_fail_err(c, err, "key");
	audit_setup(root, 0);
	explicit_bzero(root, sizeof(root));
	return -1;
}

void cli_close(struct cli *c)
{
	store_close(c->store);
	arena_release(&c->a);
	conf_release(&c->conf);
}

int cli_write(struct cli *c, store_fn fn, void *arg, const char *what)
{
	enum err err = store_write(c->store, fn, arg, &c->fault);

	return err == E_OK ? 0 : cli_fail_err(c, err, what);
}

int cli_read(struct cli *c, store_fn fn, void *arg, const char *what)
{
	enum err err = store_read(c->store, fn, arg, &c->fault);

	return err == E_OK ? 0 : cli_fail_err(c, err, what);
}

static void list_commands(FILE *to, const char *prefix, const struct cli_command *cmd)
{
	fprintf(to, "usage: %s COMMAND …\n\n", prefix);
	for (; cmd->name != NULL; cmd++)
		fprintf(to, "  %-12s %s\n", cmd->name, cmd->help);
}

int cli_dispatch(const char *prefix, const struct cli_command *cmd, int argc, char **argv)
{
	if (argc < 2) {
		list_commands(stderr, prefix, cmd);
		return 2;
	}
	if (str_eq(argv[1], "--help") || str_eq(argv[1], "-h") || str_eq(argv[1], "help")) {
		list_commands(stdout, prefix, cmd);
		return 0;
	}
	for (const struct cli_command *k = cmd; k->name != NULL; k++)
		if (str_eq(argv[1], k->name))
			return k->run(argc - 1, argv + 1);
	fprintf(stderr, "lintel: there is no command \"%s\"\n", argv[1]);
	list_commands(stderr, prefix, cmd);
	return 2;
}

/* Takes "--config FILE" out of the words, wherever it stands. */
static int take_config(int argc, char **argv)
{
	int n = 0;

	for (int i = 0; i < argc; i++) {
		if (str_eq(argv[i], "--config") && i + 1 < argc)
			cli_conf_path = argv[++i];
		else if (str_starts(argv[i], "--config="))
			cli_conf_path = argv[i] + strlen("--config=");
		else
			argv[n++] = argv[i];
	}
	argv[n] = NULL;
	return n;
}

int cli_main(int argc, char **argv)
{
	argc = take_config(argc, argv);
	log_set_level(LOG_WARN);
	if (argc == 2 && str_eq(argv[1], "--version")) {
		puts("lintel " LINTEL_VERSION);
		return 0;
	}
	return cli_dispatch("lintel [--config FILE]", commands, argc, argv);
}
