/*
 * Assignment and Grade Services 2.0: line items, scores, results. Requests are built
 * and answers read here; service.h gives the token, pages.h the pages. Lintel itself asks for no
 * AGS scope: a goal is no grade. The library is for other tools, too.
 *
 *   lineitems  GET  LTI_AGS_ITEMS_MEDIA    LTI_SCOPE_LINEITEM(_READ)   3.2
 *              POST, PUT LTI_AGS_ITEM_MEDIA      LTI_SCOPE_LINEITEM    3.2.5
 *   scores     POST LTI_AGS_SCORE_MEDIA    LTI_SCOPE_SCORE             3.4
 *   results    GET  LTI_AGS_RESULTS_MEDIA  LTI_SCOPE_RESULT_READ       3.3
 *
 * Ownership: strings live in the arena passed. Threads: any.
 */
#ifndef LINTEL_LTI_AGS_H
#define LINTEL_LTI_AGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define LTI_AGS_ITEMS_MEDIA "application/vnd.ims.lis.v2.lineitemcontainer+json"
#define LTI_AGS_ITEM_MEDIA "application/vnd.ims.lis.v2.lineitem+json"
#define LTI_AGS_SCORE_MEDIA "application/vnd.ims.lis.v1.score+json"
#define LTI_AGS_RESULTS_MEDIA "application/vnd.ims.lis.v2.resultcontainer+json"
#define LTI_AGS_BODY_MAX (4u << 20)

/* NULL where nothing is said. */
struct lti_lineitem {
	const char *id;			/* its address; set by the platform */
	const char *label;		/* REQUIRED */
	double score_max;		/* REQUIRED, above 0 */
	const char *resource_link, *resource_id, *tag;
	const char *start, *end;	/* ISO 8601 with zone */
};

struct lti_ags_ask {
	const char *resource_link, *resource_id, *tag, *user;	/* NULL: not filtered */
	unsigned limit;
};

/* Any address of the service with these parameters added (3.2.6, 3.3.6); NULL: memory. */
const char *lti_ags_url(struct arena *a, const char *url, const struct lti_ags_ask *q);
/* "scores" or "results" of a line item: before the query, if it has one (3.3.1, 3.4.1). */
const char *lti_ags_part_url(struct arena *a, const char *lineitem, const char *part);

/* E_INPUT: no label, no maximum above 0, or text that is not UTF-8. */
enum err lti_ags_item_write(const struct lti_lineitem *l, struct buf *out);
enum err lti_ags_item_read(struct arena *a, struct span body, struct lti_lineitem *out,
			   struct fault *f);
/* Entries without a label or an address are left out. */
enum err lti_ags_items_read(struct arena *a, struct span body, struct lti_lineitem **v_out,
			    unsigned *n_out, struct fault *f);

enum lti_activity { LTI_INITIALIZED, LTI_STARTED, LTI_IN_PROGRESS, LTI_SUBMITTED, LTI_COMPLETED };
enum lti_grading { LTI_FULLY_GRADED, LTI_GRADING_PENDING, LTI_PENDING_MANUAL, LTI_GRADING_FAILED,
		   LTI_NOT_READY };

struct lti_score {
	const char *user;		/* `sub` */
	int64_t at_ms;			/* later than any score sent for this user and item */
	bool given;			/* false: says how far they are, without points */
	double score, score_max;	/* 0 <= score, which may pass the maximum (3.4.5) */
	const char *comment;
	enum lti_activity activity;
	enum lti_grading grading;
};

enum err lti_ags_score_write(const struct lti_score *s, struct buf *out);
/* "2026-11-24T18:50:32.007Z" (3.4.7). */
void lti_ags_time(int64_t ms, char out[32]);
/* For at_ms: now, or a millisecond after the last one sent. */
int64_t lti_ags_after(int64_t now_ms, int64_t last_ms);

struct lti_score_result {
	const char *id, *user, *item, *comment;
	bool given;			/* false: none yet, or taken back */
	double score, score_max;	/* score_max 1 if the platform says nothing (3.3.5) */
};

enum err lti_ags_results_read(struct arena *a, struct span body, struct lti_score_result **v_out,
			      unsigned *n_out, struct fault *f);

#endif
