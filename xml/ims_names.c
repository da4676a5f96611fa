/* The tables of the IMS Enterprise reader: names, places, and which leads where. */
#include "base/magic.h"
#include "ims.h"

static const char *const names[] = {
#define NAME(ID, text) text,
#include "ims_names.def"
#undef NAME
};

/* Every namespace seen around IMS Enterprise 1.1; files without one are the rule. */
static const char *const uris[] = {
	"http://www.imsglobal.org/xsd/imsep_rootv1p01",
	"http://www.imsproject.org/xsd/imsep_rootv1p01",
	"http://pifu.no/xsd/pifu-ims_sas/pifu-ims_sas-v1",
	"http://pifu.no/xsd/pifu-ims_sas/pifu-ims_sas-v1.1",
	"urn:lintel:guardian:1",
};

const struct xml_vocab ims_vocab = {
	.name = names, .names = ARRAY_LEN(names), .uri = uris, .uris = ARRAY_LEN(uris),
};

const struct place ims_place[W_COUNT] = {
	[W_TYPE] = { F_TYPE, "type" },
	[W_TIME] = { F_TIME, "datetime" },
	[W_SOURCE] = { F_SOURCE, "source" },
	[W_ID] = { F_ID, "id" },
	[W_USERID] = { F_USERID, "userid" },
	[W_FN] = { F_FN, "fn" },
	[W_FAMILY] = { F_FAMILY, "family" },
	[W_GIVEN] = { F_GIVEN, "given" },
	[W_BDAY] = { F_BDAY, "bday" },
	[W_EMAIL] = { F_EMAIL, "email" },
	[W_RELATION] = { F_RELATION, "relation" },
	[W_SCHEME] = { F_SCHEME, "scheme" },
	[W_KIND] = { F_KIND, "typevalue" },
	[W_SHORT] = { F_SHORT, "short" },
	[W_LONG] = { F_LONG, "long" },
	[W_GBEGIN] = { F_GBEGIN, "begin" },
	[W_GEND] = { F_GEND, "end" },
	[W_IDTYPE] = { F_IDTYPE, "idtype" },
	[W_STATUS] = { F_STATUS, "status" },
	[W_SUBROLE] = { F_SUBROLE, "subrole" },
	[W_RBEGIN] = { F_RBEGIN, "begin" },
	[W_REND] = { F_REND, "end" },
};

static const uint8_t next[W_COUNT][N_COUNT] = {
	[W_DOC] = { [N_ENTERPRISE] = W_ROOT },
	[W_ROOT] = { [N_PROPERTIES] = W_PROPS, [N_PERSON] = W_PERSON, [N_GROUP] = W_GROUP,
		     [N_MEMBERSHIP] = W_SHIP },
	[W_PROPS] = { [N_TYPE] = W_TYPE, [N_DATETIME] = W_TIME },
	[W_PERSON] = { [N_SOURCEDID] = W_SID, [N_USERID] = W_USERID, [N_NAME] = W_NAME,
		       [N_DEMOGRAPHICS] = W_DEMO, [N_EMAIL] = W_EMAIL, [N_EXTENSION] = W_PEXT },
	[W_NAME] = { [N_FN] = W_FN, [N_N] = W_N },
	[W_N] = { [N_FAMILY] = W_FAMILY, [N_GIVEN] = W_GIVEN },
	[W_DEMO] = { [N_BDAY] = W_BDAY },
	[W_SID] = { [N_SOURCE] = W_SOURCE, [N_IDENT] = W_ID, [N_IDENTIFIER] = W_ID },
	[W_PEXT] = { [N_GUARDIAN] = W_GUARDIAN, [N_PIFU_CONTACT] = W_PIFU,
		     [N_RELATIONSHIP] = W_REL },
	[W_PIFU] = { [N_SOURCEDID] = W_SID },
	[W_REL] = { [N_SOURCEDID] = W_SID, [N_SOURCEID] = W_SID, [N_RELATION] = W_RELATION },
	[W_GROUP] = { [N_SOURCEDID] = W_SID, [N_GROUPTYPE] = W_GTYPE, [N_DESCRIPTION] = W_DESC,
		      [N_TIMEFRAME] = W_GFRAME },
	[W_GTYPE] = { [N_SCHEME] = W_SCHEME, [N_TYPEVALUE] = W_KIND },
	[W_DESC] = { [N_SHORT] = W_SHORT, [N_LONG] = W_LONG },
	[W_GFRAME] = { [N_BEGIN] = W_GBEGIN, [N_END] = W_GEND },
	[W_SHIP] = { [N_SOURCEDID] = W_SID, [N_MEMBER] = W_MEMBER },
	[W_MEMBER] = { [N_SOURCEDID] = W_SID, [N_IDTYPE] = W_IDTYPE, [N_ROLE] = W_ROLE },
	[W_ROLE] = { [N_STATUS] = W_STATUS, [N_SUBROLE] = W_SUBROLE, [N_TIMEFRAME] = W_RFRAME },
	[W_RFRAME] = { [N_BEGIN] = W_RBEGIN, [N_END] = W_REND },
};

enum where ims_next(enum where from, unsigned name)
{
	uint8_t to;

	assert(from < W_COUNT && name < N_COUNT);
	to = next[from][name];
	return to == W_DOC ? W_SKIP : (enum where)to;
}

bool ims_known(unsigned name)
{
	return name != N_OTHER;
}
