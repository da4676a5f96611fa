/*
 * LTI 1.1 migration (LTI 1.3 Migration Guide, "LTI 1.1 claims" and "Signing"): a
 * platform that knows the old shared secret proves, in the 1.3 launch, which old
 * consumer key it had. Only with that proof may a tool join old and new ids.
 *
 * The gateway never does: it has no old secrets, and there lti1p1.user_id is no more
 * than another name under which role_scope_mentor may call the same person.
 *
 * Threads: any.
 */
#ifndef LINTEL_LTI_MIGRATE_H
#define LINTEL_LTI_MIGRATE_H

#include "base/str.h"
#include "lti/launch.h"

enum lti_migration {
	LTI_MIGRATION_NONE = 0,	/* no old consumer key was named */
	LTI_MIGRATION_UNSIGNED,	/* one was, without a signature: believe nothing of it */
	LTI_MIGRATION_WRONG,	/* a signature, but not by this secret: nor here */
	LTI_MIGRATION_PROVED,	/* .legacy_key is this platform's, and .legacy_user_id with it */
};

/* secret: the one the caller holds for l->legacy_key. Anything but PROVED joins nothing. */
__attribute__((warn_unused_result))
enum lti_migration lti_migration_check(const struct lti_launch *l, struct span secret);

#endif
