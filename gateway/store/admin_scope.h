/*
 * Whom an officer may know of, as SQL. Parameters: $1 tenant, $2 the officer,
 * $3 now. A grant without a school is for the whole district.
 */
#ifndef LINTEL_STORE_ADMIN_SCOPE_H
#define LINTEL_STORE_ADMIN_SCOPE_H

#include "store/links.h"

#define PUPILS \
	"(SELECT person_id FROM member WHERE tenant_id = $1 AND gone_at = 0 AND role = 'pupil' " \
	"UNION SELECT person_id FROM roster_member WHERE tenant_id = $1 AND gone_at = 0 " \
	"AND role = 'pupil')"

/* 1 = district, 4 = office (enum grant). */
#define OFFICE_GRANT \
	"s.tenant_id = $1 AND s.person_id = $2 AND s.revoked_at = 0 AND s.context_id = 0 " \
	"AND (s.until_at = 0 OR s.until_at > $3) AND (s.grant_bits & 5) <> 0"

/* Nobody else's prohibition hides a child from the office, only the officer's own. */
#define MAY_KNOW(p) \
	"(NOT EXISTS (SELECT 1 FROM prohibition x WHERE x.tenant_id = $1 AND x.child_id = " p \
	" AND x.person_id = $2 AND " PROHIBITION_IN_FORCE("x", "$3") ") AND " \
	"(EXISTS (SELECT 1 FROM staff_grant s WHERE " OFFICE_GRANT " AND s.school_id = 0) " \
	"OR EXISTS (SELECT 1 FROM class_member cm JOIN context cc ON cc.tenant_id = $1 " \
	"AND cc.id = cm.context_id JOIN staff_grant s ON s.school_id = cc.school_id AND " \
	OFFICE_GRANT " WHERE cm.tenant_id = $1 AND cm.person_id = " p " AND s.school_id <> 0) " \
	"OR EXISTS (SELECT 1 FROM family_link fl JOIN class_member cm ON cm.tenant_id = $1 " \
	"AND cm.person_id = fl.child_id JOIN context cc ON cc.tenant_id = $1 " \
	"AND cc.id = cm.context_id JOIN staff_grant s ON s.school_id = cc.school_id AND " \
	OFFICE_GRANT " WHERE fl.tenant_id = $1 AND fl.guardian_id = " p " AND s.school_id <> 0)))"

#endif
