/*
 * Role URIs, by exact spelling (LTI Core A.2; Canvas and Moodle as recorded).
 */
#include "lti/roles.h"

#include "base/magic.h"
#include "lti/launch.h"

#define LIS "http://purl.imsglobal.org/vocab/lis/v2/"
#define MEMBER LIS "membership#"
#define SUB_ROLE LIS "membership/"
#define INST LIS "institution/person#"
#define SYSTEM LIS "system/person#"

struct role {
	const char *name;
	uint32_t bits;
};

/* membership#X; the same word alone (LTI Core 5.3.7.1) */
static const struct role member[] = {
	{ "Instructor", LTI_ROLE_INSTRUCTOR },
	{ "Learner", LTI_ROLE_LEARNER },
	{ "Mentor", LTI_ROLE_MENTOR },
	{ "ContentDeveloper", LTI_ROLE_DEVELOPER },
	{ "Administrator", LTI_ROLE_ADMIN_CLAIM },
	{ "Manager", LTI_ROLE_MANAGER },
	{ "Member", LTI_ROLE_MANAGER },
	{ "Officer", LTI_ROLE_MANAGER },
};

/* membership/Principal#Sub */
static const struct role sub_role[] = {
	{ "Instructor#TeachingAssistant", LTI_ROLE_TA },
	{ "Instructor#TeachingAssistantGroup", LTI_ROLE_TA },
	{ "Instructor#TeachingAssistantOffering", LTI_ROLE_TA },
	{ "Instructor#TeachingAssistantSection", LTI_ROLE_TA },
	{ "Instructor#TeachingAssistantSectionAssociation", LTI_ROLE_TA },
	{ "Instructor#TeachingAssistantTemplate", LTI_ROLE_TA },
};

static const struct role institution[] = {
	{ "Administrator", LTI_ROLE_ADMIN_CLAIM },
	{ "SysAdmin", LTI_ROLE_ADMIN_CLAIM },
	{ "Instructor", LTI_ROLE_INST_STAFF },
	{ "Faculty", LTI_ROLE_INST_STAFF },
	{ "Staff", LTI_ROLE_INST_STAFF },
	{ "Student", LTI_ROLE_INST_STUDENT },
	{ "Learner", LTI_ROLE_INST_STUDENT },
	{ "Observer", LTI_ROLE_INST_GUARDIAN },
	{ "Mentor", LTI_ROLE_INST_GUARDIAN },
	{ "Guest", LTI_ROLE_INST_GUARDIAN },
};

static const struct role system_role[] = {
	{ "Administrator", LTI_ROLE_ADMIN_CLAIM },
	{ "SysAdmin", LTI_ROLE_ADMIN_CLAIM },
	{ "SysSupport", LTI_ROLE_ADMIN_CLAIM },
	{ "AccountAdmin", LTI_ROLE_ADMIN_CLAIM },
	{ "None", LTI_ROLE_NO_PERSON },
	{ "TestUser", LTI_ROLE_TEST_USER },
};

static const struct {
	struct span prefix;
	const struct role *role;
	size_t n;
} vocabulary[] = {
	{ SPAN(MEMBER), member, ARRAY_LEN(member) },
	{ SPAN(SUB_ROLE), sub_role, ARRAY_LEN(sub_role) },
	{ SPAN(INST), institution, ARRAY_LEN(institution) },
	{ SPAN(SYSTEM), system_role, ARRAY_LEN(system_role) },
	/* LTI Core A.2.1 and Canvas: another vocabulary for the student view */
	{ SPAN("http://purl.imsglobal.org/vocab/lti/system/person#"), system_role + 5, 1 },
	/* Moodle's Names and Roles service for site admins */
	{ SPAN(LIS "person#"), institution, 1 },
};

static uint32_t look(const struct role *t, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_eqz(name, t[i].name))
			return t[i].bits;
	return 0;
}

uint32_t lti_role_bits(struct span uri)
{
	assert(vocabulary[4].role == system_role + 5);
	for (size_t i = 0; i < ARRAY_LEN(vocabulary); i++) {
		struct span p = vocabulary[i].prefix;

		if (span_starts(uri, p))
			return look(vocabulary[i].role, vocabulary[i].n,
				    span_mk(uri.p + p.n, uri.n - p.n));
	}
	return look(member, ARRAY_LEN(member), uri);
}
