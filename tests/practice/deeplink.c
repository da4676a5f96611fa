/*
 * Deep Linking 2.0 as a platform does it (4.4): Moodle and Canvas ask differently and
 * keep different parts of what comes back. Submission Review 3 beside it.
 */
#include "practice/deeplink.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/claims.h"
#include "practice/keys.h"
#include "practice/pages.h"
#include "practice/services.h"

#define DL "https://purl.imsglobal.org/spec/lti-dl/claim/"
#define ITEMS 200u
#define DATA_LIFE 3600
#define LEEWAY 30

struct item {
	enum plat plat;
	const struct course *course;
	json_t *o;		/* as the tool sent it */
};

static struct {
	pthread_mutex_t lock;
	struct item v[ITEMS];
	unsigned n;
} shelf = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- the wish ------------------------------------------------------------------------- */

const char *deeplink_wish(struct launch *l, const struct arg *a)
{
	const char *message = arg_str(a, "message"), *item = arg_get(a, "item");

	l->message = str_eq(message, "deeplink") ? M_DEEP_LINK :
		     str_eq(message, "review")	 ? M_REVIEW :
						   M_LINK;
	l->one = str_eq(arg_get(a, "one"), "1");
	snprintf(l->types, sizeof(l->types), "%s", arg_str(a, "types"));
	snprintf(l->back, sizeof(l->back), "%s", arg_str(a, "back"));
	l->item = item == NULL ? 0 : (unsigned)strtoul(item, NULL, 10);
	if (l->item > shelf.n)
		return "no such item";
	return message[0] != '\0' && l->message == M_LINK ? "no such message" : NULL;
}

/* ---- the requests --------------------------------------------------------------------- */

static json_t *words(const char *comma)
{
	json_t *a = json_array();

	while (*comma != '\0') {
		size_t n = strcspn(comma, ",");

		json_array_append_new(a, json_stringn(comma, n));
		comma += n + (comma[n] == ',');
	}
	return a;
}

/* Canvas knows its own request again by this: a token of its own. */
static char *canvas_data(const struct launch *l)
{
	json_t *o = json_pack("{s:s, s:s, s:I}", "verifier", l->id, "placement", l->placement,
			      "exp", (json_int_t)time(NULL) + DATA_LIFE);
	char *text = json_dumps(o, JSON_COMPACT), *jwt = text == NULL ? NULL : hint_sign(text);

	json_decref(o);
	free(text);
	return jwt;
}

static json_t *return_url(const struct launch *l)
{
	if (l->back[0] != '\0')
		return json_string(l->back);
	if (l->plat == MOODLE)
		return json_sprintf("%s/mod/lti/contentitem_return.php?course=%d&id=1&sesskey=%s",
				    lms.plat[MOODLE].issuer, l->course->moodle, l->sesskey);
	if (l->course == NULL)
		return json_sprintf("%s/accounts/1/deep_linking_response?modal=true",
				    lms.plat[CANVAS].issuer);
	return json_sprintf("%s/courses/%d/deep_linking_response?modal=true",
			    lms.plat[CANVAS].issuer, l->course->canvas);
}

static json_t *settings(const struct launch *l)
{
	bool moodle = l->plat == MOODLE;
	const char *types = l->types[0] != '\0' ? l->types :
			    moodle		? "ltiResourceLink" :
						  "link,file,html,ltiResourceLink,image";
	json_t *o = json_object();
	char *data;

	json_object_set_new(o, "accept_types", words(types));
	json_object_set_new(o, "accept_presentation_document_targets",
			    words(moodle ? "frame,iframe,window" : "embed,iframe,window"));
	json_object_set_new(o, "accept_multiple", json_boolean(!l->one));
	json_object_set_new(o, "auto_create", json_false());
	json_object_set_new(o, "deep_link_return_url", return_url(l));
	if (moodle) {
		claim_str(o, "title", "Lintel");
		claim_str(o, "text", "");
		return o;
	}
	claim_str(o, "accept_media_types", "image/*,text/html");
	data = canvas_data(l);
	claim_str(o, "data", data != NULL ? data : "");
	free(data);
	return o;
}

static void review_claims(const struct launch *l, json_t *claims)
{
	const struct person *p = l->about != NULL ? l->about : l->person;
	struct person_id id;

	school_id(p, &id);
	json_object_set_new(claims, CLAIM "for_user",
			    json_pack("{s:s, s:[s]}", "user_id",
				      l->plat == MOODLE ? id.moodle : id.uuid, "roles",
				      LIS "membership#Learner"));
	json_object_set_new(claims, CLAIM_AGS,
			    json_pack("{s:[s], s:o}", "scope",
				      "https://purl.imsglobal.org/spec/lti-ags/scope/score",
				      "lineitem",
				      json_sprintf("%s/lineitems/7", lms.plat[l->plat].issuer)));
	claim_str(claims, CLAIM "message_type", "LtiSubmissionReviewRequest");
}

/* A link of the shelf: Canvas leads to its url, Moodle to the tool's; both keep custom. */
static void item_claims(const struct launch *l, json_t *claims)
{
	const json_t *o = shelf.v[l->item - 1].o;
	json_t *custom = json_object_get(claims, CLAIM "custom");
	json_t *link = json_object_get(claims, CLAIM "resource_link");
	const json_t *url = json_object_get(o, "url");

	json_object_update(custom, json_object_get(o, "custom"));
	json_object_set(link, "title", json_object_get(o, "title"));
	json_object_set_new(link, "id", json_sprintf("link-%u", l->item));
	if (l->plat == CANVAS && json_is_string(url))
		claim_str(claims, CLAIM "target_link_uri", json_string_value(url));
}

void deeplink_claims(const struct launch *l, json_t *claims)
{
	if (l->message == M_REVIEW)
		review_claims(l, claims);
	else if (l->message == M_DEEP_LINK) {
		claim_str(claims, CLAIM "message_type", "LtiDeepLinkingRequest");
		json_object_del(claims, CLAIM "resource_link");
		json_object_set_new(claims, DL "deep_linking_settings", settings(l));
		if (l->plat == MOODLE)	/* recorded: no return_url, no container */
			json_object_set_new(claims, CLAIM "launch_presentation",
					    json_pack("{s:s}", "locale",
						      l->locale[0] != '\0' ? l->locale : "en"));
	} else if (l->item > 0)
		item_claims(l, claims);
}

/* ---- the answer ------------------------------------------------------------------------ */

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static const char *times_wrong(const json_t *c)
{
	json_int_t iat = json_integer_value(json_object_get(c, "iat"));
	json_int_t exp = json_integer_value(json_object_get(c, "exp"));
	time_t now = time(NULL);

	if (iat > now + LEEWAY || iat < now - 300)
		return "iat is not now";
	if (exp <= now || exp - iat > 300)
		return "exp is past, or more than five minutes after iat";
	return NULL;
}

static const char *data_wrong(enum plat plat, const json_t *c)
{
	const char *data = text_of(c, DL "data");
	char *ours;

	if (plat == MOODLE)
		return json_object_get(c, DL "data") == NULL ? NULL : "data that nobody sent";
	ours = data == NULL ? NULL : hint_read(data);
	free(ours);
	return ours == NULL ? "data is not what was sent" : NULL;
}

static const char *item_wrong(enum plat plat, const json_t *it)
{
	const char *url = text_of(it, "url");

	if (!str_eq(text_of(it, "type"), "ltiResourceLink"))
		return "an item of a type that was not accepted";
	if (text_of(it, "title") == NULL)
		return "an item without a title";
	if (json_object_get(it, "lineItem") != NULL)
		return "a line item that was not accepted";
	/* Moodle would file it under no tool and look for one by domain. */
	if (plat == MOODLE && url != NULL)
		return "an item with a url, which Moodle takes for another tool's";
	if (url != NULL && !str_starts(url, lms.tool))
		return "an item that leads elsewhere";
	return NULL;
}

/* Deep Linking 4.4.2, and what each platform insists on besides; NULL: all is well. */
static const char *answer_wrong(enum plat plat, const json_t *c)
{
	const struct platform *p = &lms.plat[plat];
	const json_t *items = json_object_get(c, DL "content_items");
	const char *wrong;
	json_t *it;
	size_t i;

	if (!str_eq(text_of(c, "iss"), p->client_id) || !str_eq(text_of(c, "aud"), p->issuer))
		return "iss must be the client_id, aud the issuer";
	if (text_of(c, "nonce") == NULL || strlen(text_of(c, "nonce")) < 16)
		return "no nonce";
	if (!str_eq(text_of(c, CLAIM "message_type"), "LtiDeepLinkingResponse") ||
	    !str_eq(text_of(c, CLAIM "version"), "1.3.0"))
		return "message_type or version";
	if (!str_eq(text_of(c, CLAIM "deployment_id"), p->deployment))
		return "another deployment_id than the request's";
	wrong = times_wrong(c);
	if (wrong == NULL)
		wrong = data_wrong(plat, c);
	if (wrong == NULL && !json_is_array(items))
		wrong = "content_items is no list";
	json_array_foreach(items, i, it)
		if (wrong == NULL)
			wrong = item_wrong(plat, it);
	return wrong;
}

static unsigned keep(enum plat plat, const struct course *c, json_t *o)
{
	unsigned n = 0;

	pthread_mutex_lock(&shelf.lock);
	if (shelf.n < ITEMS) {
		shelf.v[shelf.n] = (struct item){ plat, c, json_incref(o) };
		n = ++shelf.n;
	}
	pthread_mutex_unlock(&shelf.lock);
	return n;
}

static void page_added(enum plat plat, struct reply *r, const struct course *c, const json_t *items)
{
	struct buf b = BUF_INIT(16384);
	json_t *it;
	size_t i;

	json_array_foreach(items, i, it) {
		unsigned n = keep(plat, c, it);

		buf_printf(&b, "%s%s (item %u)", i > 0 ? ", " : "", text_of(it, "title"), n);
	}
	page_message(r, 200, json_array_size(items) > 0 ? "Added to the course" : "Nothing was added",
		     b.p != NULL ? b.p : "The tool sent no item.");
	buf_release(&b);
}

void deeplink_return(enum plat plat, struct req *q, struct reply *r, const struct course *c)
{
	json_t *claims = NULL;
	const char *wrong;

	if (!str_eq(q->method, "POST") || q->form == NULL || q->form->next != NULL ||
	    !str_eq(q->form->name, "JWT"))
		page_message(r, 400, "Not an answer", "One form field is expected, JWT.");
	else if (assertion_read(arg_str(q->form, "JWT"), &claims) != A_OK)
		page_message(r, 401, "Not the tool's", "The signature does not fit its key set.");
	else if ((wrong = answer_wrong(plat, claims)) != NULL)
		page_message(r, 400, "Not accepted", wrong);
	else
		page_added(plat, r, c, json_object_get(claims, DL "content_items"));
	json_decref(claims);
}

json_t *deeplink_items(enum plat plat)
{
	json_t *a = json_array();

	pthread_mutex_lock(&shelf.lock);
	for (unsigned i = 0; i < shelf.n; i++)
		if (shelf.v[i].plat == plat)
			json_array_append_new(a, json_pack("{s:i, s:s, s:O}", "number", (int)i + 1,
							   "course", shelf.v[i].course != NULL ?
								   shelf.v[i].course->key : "account",
							   "item", shelf.v[i].o));
	pthread_mutex_unlock(&shelf.lock);
	return a;
}

void deeplink_forget(void)
{
	pthread_mutex_lock(&shelf.lock);
	for (unsigned i = 0; i < shelf.n; i++)
		json_decref(shelf.v[i].o);
	shelf.n = 0;
	pthread_mutex_unlock(&shelf.lock);
}
