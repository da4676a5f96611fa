/*
 * Dynamic registration (LTI Dynamic Registration 1.0): reading what a platform says
 * of itself, writing our registration, reading its answer. Pure: the caller fetches
 * and sends, with limits of its own, and keeps the result for somebody to approve.
 *
 * Ownership: text lives in the arena passed. Threads: any. What an admin reads of a
 * refusal (struct lti_unregistered) is printable ASCII and holds no token.
 */
#ifndef LINTEL_LTI_REGISTER_H
#define LINTEL_LTI_REGISTER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "lti/launch.h"
#include "lti/platform.h"
#include "lti/service.h"

#define LTI_CONFIGURATION_MAX (64u << 10)	/* bytes of either document */

enum lti_register {
	LTI_REGISTER_OK = 0,
#define LTI_REGISTER(NAME, code, words) LTI_REGISTER_##NAME,
#include "lti/register.def"
#undef LTI_REGISTER
	LTI_REGISTER_COUNT,
};

const char *lti_register_code(enum lti_register r);	/* "register-issuer"; "none" for OK */
const char *lti_register_words(enum lti_register r);	/* one English sentence for an admin */

/* Why not: which member it was about, or what the platform said; "" if nothing is to say. */
struct lti_unregistered {
	enum lti_register why;
	char what[160];
};

/* What the platform's openid configuration says (Dynamic Registration 3.4). */
struct lti_openid {
	const char *issuer;
	const char *auth_url, *token_url, *jwks_url, *register_url;
	enum lti_alg alg;		/* RS256 wherever it is offered */
	enum lti_family family;		/* by product_family_code */
	const char *product, *version;	/* lines for people; "" if not told */
	const char *guid, *account;	/* Canvas: of the root account; "" if not told */
	bool offers_nrps;
};

/*
 * May `config_url` be asked at all? An https address (or http, allow_http) without user
 * info or fragment; on the host that the invitation names, if it names one ("" if not).
 * host_out: host[:port] in lower case.
 */
bool lti_openid_address(struct arena *a, const char *config_url, const char *invited_host,
			bool allow_http, const char **host_out, struct lti_unregistered *why);

/* A host as host_out has it, of what somebody typed: "" stays "", NULL for what is none. */
const char *lti_plain_host(struct arena *a, const char *host);

/*
 * The document that came from config_url. The issuer's host is that of config_url; or
 * both are hosts of Instructure's, which keeps issuer and endpoints apart; or the
 * invitation named the host (Dynamic Registration 3.5.1 asks for the first).
 */
bool lti_openid_read(struct arena *a, struct span doc, const char *config_url,
		     const char *invited_host, bool allow_http, struct lti_openid *out,
		     struct lti_unregistered *why);

/* Hosts of its addresses, each once, "a.example, b.example"; NULL: memory. */
const char *lti_openid_domains(struct arena *a, const struct lti_openid *o);

/* Who we are. `origin`: "https://tool.example", no last '/'. */
struct lti_tool {
	const char *origin;
	const char *name, *description, *menu;	/* in the platform's language */
};

/* Our registration as the JSON body of the request (3.6), as this make reads it best. */
enum err lti_register_write(struct buf *out, const struct lti_tool *t, enum lti_family family);

/* The same as a configuration that a Canvas admin pastes, or gives the address of. */
enum err lti_canvas_write(struct buf *out, const struct lti_tool *t);

/* Custom parameters, as lines "name=$Variable" of the field in Moodle's own form. */
const char *lti_custom_lines(struct arena *a, enum lti_family family);

/* Where a make keeps its endpoints, for registering it by hand. */
struct lti_endpoints {
	const char *issuer, *auth_url, *token_url, *jwks_url;
};

/*
 * Moodle: `address` is its own, "https://moodle.example/lms" or without the scheme. Canvas:
 * "" is the one that Instructure hosts, its beta or test host theirs, another address a
 * Canvas of one's own, with `issuer` or, "", the usual one. False: no address to be used.
 */
bool lti_endpoints_of(struct arena *a, enum lti_family family, const char *address,
		      const char *issuer, bool allow_http, struct lti_endpoints *out);

/* What the platform answered (3.6.1). */
struct lti_registered {
	const char *client_id;
	const char *deployment;		/* NULL: the first launch will tell */
	const char *scopes;		/* as answered, one blank between; "" none */
	bool grants_nrps;
};

/* status and body of the answer; a bare word or a page is an answer too, but no registration. */
bool lti_registered_read(struct arena *a, int status, struct span body,
			 struct lti_registered *out, struct lti_unregistered *why);

#endif
