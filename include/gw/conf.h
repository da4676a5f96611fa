/*
 * Configuration: lintel.conf ("key = value", '#' comments), each key also as
 * LINTEL_<KEY> in the environment, which wins. gateway/conf/conf.def is the one
 * table behind parser, defaults, `lintel config`, and the reference page.
 *
 * Ownership: conf_load() fills a struct whose strings live until conf_release().
 * Threads: read-only after start.
 */
#ifndef LINTEL_GW_CONF_H
#define LINTEL_GW_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct conf {
	struct arena a;
	const char *path;		/* the file that was read, or NULL */
	/* by default under data_dir: filled in by conf_load() when left empty */
#define CONF_STR(key, def, help) const char *key;
#define CONF_INT(key, def, min, max, help) int64_t key;
#define CONF_BOOL(key, def, help) bool key;
#include "../../gateway/conf/conf.def"
#undef CONF_STR
#undef CONF_INT
#undef CONF_BOOL
};

/* One row of the table, for `lintel config` and the reference page. */
struct conf_key {
	const char *key, *def, *help;
};

const struct conf_key *conf_keys(unsigned *n_out);
/* The value in force as text; secrets inside a database URL are masked. */
void conf_value(const struct conf *c, unsigned key, char *out, size_t n);

/* path NULL: $LINTEL_CONF, ./lintel.conf, /etc/lintel/lintel.conf, else defaults. */
enum err conf_load(struct conf *c, const char *path, struct fault *f);
void conf_release(struct conf *c);

/* What must hold before `serve` listens: addresses, lab mode, zones and languages. */
enum err conf_check(const struct conf *c, struct fault *f);
/* scheme://host[:port] of loopback: 127.0.0.0/8, [::1], localhost. */
bool conf_is_loopback(const char *url);

/*
 * The 32 bytes of key_file. may_create: a first start makes the file (0600);
 * otherwise a missing file is an error, since without it nothing sealed opens.
 */
enum err key_file_load(const struct conf *c, bool may_create, uint8_t out[32], struct fault *f);

#endif
