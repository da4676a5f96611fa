/* What tokens.c and courses.c share. */
#ifndef LINTEL_JOB_SERVICES_PRIVATE_H
#define LINTEL_JOB_SERVICES_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "gw/services.h"

#define SERVICES_MAGIC 0x5e41ce50u

struct kept_token;

struct services {
	unsigned magic;
	struct store *st;
	const struct conf *conf;
	uint8_t root[32];
	services_fetch_fn fetch;
	void *cls;
	atomic_bool stop;
	pthread_mutex_t lock;		/* of the tokens; never held while the network is asked */
	struct kept_token *tokens;
};

#endif
