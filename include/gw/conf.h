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
	const char *public_url;		/* https://host[:port], no trailing slash */
	const char *listen;		/* 127.0.0.1:8700, unix:PATH, systemd */
	const char *database;
	const char *data_dir;
	const char *key_file;
	const char *trusted_proxies;	/* "" or comma list of addresses */
	const char *smtp_url;
	const char *mail_from;
	const char *locale;
	const char *timezone;
	const char *log_level;
	bool allow_private_platforms;
	bool lab_mode;
	int64_t clock_leeway;		/* seconds */
	int64_t state_ttl;		/* seconds */
	int64_t roster_max_mb;
};

/* path NULL: $LINTEL_CONF, ./lintel.conf, /etc/lintel/lintel.conf, else defaults. */
enum err conf_load(struct conf *c, const char *path, struct fault *f);
void conf_release(struct conf *c);

#endif
