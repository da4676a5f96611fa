/*
 * The command line. One file a subcommand in gateway/cli/; the list is cli.def.
 *
 * Exit status: 0 done, 1 refused or failed (one line on stderr says why and what
 * to do), 2 usage. --help everywhere, made from the option tables.
 */
#ifndef LINTEL_GW_CLI_H
#define LINTEL_GW_CLI_H

#include <stdbool.h>

#include "gw/conf.h"
#include "store/store.h"

#define CLI_LIST_MAX 32

struct cli_list {
	const char *v[CLI_LIST_MAX];
	unsigned n;
};

enum cli_kind { CLI_STR, CLI_INT, CLI_FLAG, CLI_LIST };

struct cli_opt {
	const char *name;	/* without "--" */
	enum cli_kind kind;
	void *to;		/* const char **, int64_t *, bool *, struct cli_list * */
	const char *arg;	/* "URL"; NULL for a flag */
	const char *help;
};

struct cli_usage {
	const char *line;	/* "lintel platform add --issuer URL …" */
	const char *about;	/* one sentence */
	const struct cli_opt *opt;	/* ends with name == NULL; may be NULL */
	unsigned min_pos, max_pos;
};

/* -1: go on. Else the exit status to return (0 after --help, 2 after a mistake). */
int cli_parse(int argc, char **argv, const struct cli_usage *u, struct cli_list *pos);

/* An opened Lintel: configuration, key, database, audit. */
struct cli {
	struct conf conf;
	struct store *store;
	struct arena a;
	struct fault fault;
	int64_t now_ms;
};

/* -1: go on. Else the exit status; says why on stderr. Migrates nothing. */
int cli_open(struct cli *c, enum store_use use);
/* Without asking for the current schema and the key: for `lintel db`. */
int cli_open_raw(struct cli *c, enum store_use use);
void cli_close(struct cli *c);

/* Prints "lintel: …" and answers 1. */
__attribute__((format(printf, 1, 2)))
int cli_fail(const char *fmt, ...);
/* The same for what a store or library call reported. */
int cli_fail_err(struct cli *c, enum err err, const char *what);

/* Runs a closure for writing; 0 or the exit status. */
int cli_write(struct cli *c, store_fn fn, void *arg, const char *what);
int cli_read(struct cli *c, store_fn fn, void *arg, const char *what);

/* --config FILE, given before or after the subcommand. */
extern const char *cli_conf_path;

struct cli_command {
	const char *name;		/* "platform" */
	int (*run)(int argc, char **argv);	/* argv[0] is the name */
	const char *help;
};

/* For commands with subcommands: "platform add". */
int cli_dispatch(const char *prefix, const struct cli_command *cmd, int argc, char **argv);

int cli_main(int argc, char **argv);

/* The subcommands, one file each. */
#define COMMAND(name, fn, help) int fn(int argc, char **argv);
#include "../../gateway/cli/cli.def"
#undef COMMAND

#endif
