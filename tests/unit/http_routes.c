/*
 * Every route of every feature, one a line, for authz.mjs: "GET /child/:child
 * child_record top". As a test: each has a policy, and rows of tests/data/authz.csv.
 */
#include <stdio.h>
#include <string.h>

#include "gw/route.h"
#include "t.h"

static const char *const policy_name[POLICY_COUNT] = {
	[POLICY_NONE] = "none",
#define POLICY(NAME, who, act) [POLICY_##NAME] = #NAME,
#include "../../gateway/app/policy.def"
#undef POLICY
};

static char table[256 << 10];

static bool in_table(const char *method, const char *path)
{
	char line[200];

	snprintf(line, sizeof(line), "\n%s %s,", method, path);
	return strstr(table, line) != NULL;
}

TEST(every_route_is_in_the_hand_typed_table)
{
	FILE *f = fopen("tests/data/authz.csv", "r");

	NEED(f != NULL);
	CHECK(fread(table, 1, sizeof(table) - 1, f) > 0);
	fclose(f);
	for (const struct feature *const *x = all_features; *x != NULL; x++) {
		for (const struct route *r = (*x)->routes; r != NULL && r->path != NULL; r++) {
			const char *method = r->method == METHOD_POST ? "POST" : "GET";

			printf("route %s %s %s%s\n", method, r->path, policy_name[r->policy],
			       r->flags & ROUTE_TOP ? " top" : "");
			CHECK(r->policy > POLICY_NONE && r->policy < POLICY_COUNT);
			if (!CHECK(in_table(method, r->path)))
				printf("#   no row \"%s %s\" in tests/data/authz.csv\n", method, r->path);
		}
	}
}
