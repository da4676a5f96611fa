/*
 * Who is in a class, asked from the row of its context: SQL for queries of the store.
 *
 * The views answer when the class (class_member) or the person (person_class) is a
 * parameter. Asked for a column of another table, SQLite would first write down every
 * member of the district; these look up one row in each of the two tables instead.
 */
#ifndef LINTEL_STORE_IN_CLASS_H
#define LINTEL_STORE_IN_CLASS_H

/* Joins of a context `x` with its members `t`, one for each of the two tables. */
#define MEMBER_OF(x)                                                        \
	"t.tenant_id = " x ".tenant_id AND t.context_id = " x ".id AND t.gone_at = 0 "
#define ROSTER_MEMBER_OF(x)                                                 \
	"t.tenant_id = " x ".tenant_id AND t.class_id = " x ".class_id "    \
	"AND " x ".class_id <> 0 AND t.gone_at = 0 "

/* Anybody in the class `x` (an alias of context) of whom `t` (the member) fulfils `which`. */
#define CLASS_HAS(x, which)                                                                   \
	"(EXISTS (SELECT 1 FROM member t WHERE " MEMBER_OF(x) "AND " which ") "               \
	"OR EXISTS (SELECT 1 FROM roster_member t WHERE " ROSTER_MEMBER_OF(x) "AND " which "))"

#define IS_PUPIL(x, person) CLASS_HAS(x, "t.person_id = " person " AND t.role = 'pupil'")
#define IS_TEACHER(x, person) CLASS_HAS(x, "t.person_id = " person " AND t.role = 'teacher'")

/* 1 or 0, where a number is wanted. */
#define AS_NUMBER(condition) "CASE WHEN " condition " THEN 1 ELSE 0 END"

/* The contexts in which $2 is a pupil. $1 tenant. */
#define CLASSES_OF_CHILD                                                     \
	"(SELECT k.context_id FROM person_class k WHERE k.tenant_id = $1 "   \
	"AND k.person_id = $2 AND k.role = 'pupil')"

#endif
