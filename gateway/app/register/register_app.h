/*
 * A platform that registers itself: the page inside the platform's frame, and what
 * follows its one button.
 */
#ifndef LINTEL_APP_REGISTER_H
#define LINTEL_APP_REGISTER_H

#include "gw/req.h"
#include "lti/register.h"
#include "store/register.h"

#define REGISTER_URL_MAX 2048
#define REGISTER_TOKEN_MAX 4096

enum { REGISTER_INVITE, REGISTER_CONFIGURATION, REGISTER_TOKEN };	/* fields of the form */

enum err register_page(struct req *r);	/* GET /lti/register */
enum err register_post(struct req *r);	/* POST, the button */
extern const struct form_def register_form;

enum err register_canvas(struct req *r);	/* GET /lti/canvas.json */
enum err register_cartridge(struct req *r);	/* GET /lti/cartridge.xml?form=moodle|canvas */
extern const struct form_def register_cartridge_query;

/* The last page, in either case. */
struct register_end {
	const struct platform_invite *invite;
	const struct lti_unregistered *why;	/* NULL: it registered */
	const char *host;			/* of the platform; "" not known */
	enum lti_family family;
	bool again;				/* another client of a platform that is known */
};
enum err register_end(struct req *r, const struct register_end *e);

/* Who we are, in the reader's language. */
struct lti_tool register_tool(struct req *r);

#endif
