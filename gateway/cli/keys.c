/* lintel keys: our own signing keys, which platforms read at /lti/keys.json. */
#include "gw/cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/magic.h"
#include "gw/toolkeys.h"
#include "store/toolkey.h"

struct key_list {
	struct cli *c;
	struct tool_key *v;
	unsigned n;
};

static enum err read_keys(struct db *db, void *arg)
{
	struct key_list *l = arg;

	return tool_key_list(db, &l->c->a, l->c->now_ms, &l->v, &l->n);
}

/* UTC, to the minute. */
static const char *minute(int64_t ms, char out[32])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	if (ms == 0 || gmtime_r(&t, &tm) == NULL || strftime(out, 32, "%Y-%m-%d %H:%M", &tm) == 0)
		snprintf(out, 32, "-");
	return out;
}

/* The newest whose time has come signs; those before it are only still published. */
static const char *state_of(const struct key_list *l, unsigned i)
{
	if (l->v[i].sign_from > l->c->now_ms)
		return "next";
	for (unsigned k = 0; k < l->n; k++)
		if (l->v[k].sign_from <= l->c->now_ms && l->v[k].sign_from > l->v[i].sign_from)
			return "published";
	return "signs";
}

static void print_list(const struct key_list *l)
{
	char made[32], from[32], until[32];

	printf("%-43s  %-5s  %-9s  %-16s  %-16s  %s\n", "kid", "alg", "state", "made (UTC)",
	       "signs from", "published until");
	for (unsigned i = 0; i < l->n; i++)
		printf("%-43s  %-5s  %-9s  %-16s  %-16s  %s\n", l->v[i].kid, l->v[i].alg,
		       state_of(l, i), minute(l->v[i].created_at, made),
		       minute(l->v[i].sign_from, from), minute(l->v[i].retire_at, until));
}

static int keys_list(int argc, char **argv)
{
	const struct cli_usage u = { "lintel keys list",
				     "The keys that platforms find at /lti/keys.json.", NULL, 0, 0 };
	struct cli c;
	struct key_list l = { .c = &c };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_read(&c, read_keys, &l, "keys");
	if (rc == 0)
		print_list(&l);
	cli_close(&c);
	return rc;
}

static int keys_rotate(int argc, char **argv)
{
	bool emergency = false;
	const struct cli_opt opt[] = {
		{ "emergency", CLI_FLAG, &emergency, NULL,
		  "the old key is lost: the new one signs at once, all others are gone at once" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel keys rotate [--emergency]",
				     "Makes a new key. Platforms can read it at once, it signs from "
				     "tomorrow, and the old one stays readable for a day after that.",
				     opt, 0, 0 };
	struct cli_list pos;
	uint8_t root[32];
	struct cli c;
	enum err err = E_OK;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0) {
		err = key_file_load(&c.conf, false, root, &c.fault);
		if (err == E_OK)
			err = toolkeys_rotate(c.store, root, emergency, c.now_ms, &c.fault);
		explicit_bzero(root, sizeof(root));
		rc = err == E_OK ? 0 : cli_fail_err(&c, err, "keys");
	}
	if (rc == 0)
		puts(emergency ? "A new key signs now; every other is gone. Platforms that keep our key set "
				 "refuse what it signs until they read it again, within the hour." :
				 "A new key is published; it signs from tomorrow. Nothing else to do.");
	cli_close(&c);
	return rc;
}

int cli_keys(int argc, char **argv)
{
	static const struct cli_command cmd[] = {
		{ "list", keys_list, "what is published, and what signs" },
		{ "rotate", keys_rotate, "make a new key" },
		{ 0 },
	};

	return cli_dispatch("lintel keys", cmd, argc, argv);
}
