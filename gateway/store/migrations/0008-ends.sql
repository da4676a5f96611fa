-- When a course ends, and when a student decides instead of the family: instants, so
-- that one rule compares them (include/store/links.h). 0 = not known, not set.
--
-- end_at: the last day of the roster's timeframe is over, by UTC. rights_at: the
-- midnight at school with which rights_day begins; for days entered before, by UTC.

ALTER TABLE roster_class ADD COLUMN end_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN rights_at BIGINT NOT NULL DEFAULT 0;

-- Days since 1970 of a day in text, by the civil calendar (years begin in March).
CREATE VIEW ends_march AS
	SELECT tenant_id, id, day,
		CAST(substr(day, 1, 4) AS BIGINT)
			- CASE WHEN substr(day, 6, 2) <= '02' THEN 1 ELSE 0 END AS y,
		(CAST(substr(day, 6, 2) AS BIGINT) + 9) % 12 AS m,
		CAST(substr(day, 9, 2) AS BIGINT) AS d
	FROM (SELECT tenant_id, id, end_day AS day FROM roster_class WHERE end_day <> ''
		UNION ALL SELECT tenant_id, id, rights_day AS day FROM person
		WHERE rights_day <> '') x;

UPDATE roster_class SET end_at = (SELECT MAX((365 * y + y / 4 - y / 100 + y / 400
	+ (153 * m + 2) / 5 + d - 719468) * 86400000) FROM ends_march e
	WHERE e.tenant_id = roster_class.tenant_id AND e.id = roster_class.id)
	WHERE end_day <> '';
UPDATE person SET rights_at = (SELECT MAX((365 * y + y / 4 - y / 100 + y / 400
	+ (153 * m + 2) / 5 + d - 719469) * 86400000) FROM ends_march e
	WHERE e.tenant_id = person.tenant_id AND e.id = person.id)
	WHERE rights_day <> '';
DROP VIEW ends_march;

-- A course's own end, else that of the roster class it is.
CREATE VIEW course_end AS
	SELECT c.tenant_id, c.id AS context_id,
		CASE WHEN c.ended_at > 0 THEN c.ended_at ELSE COALESCE(k.end_at, 0) END AS end_at
	FROM context c LEFT JOIN roster_class k
		ON k.tenant_id = c.tenant_id AND k.id = c.class_id AND c.class_id <> 0;

-- The courses in which somebody is a pupil, with their ends.
CREATE VIEW pupil_course AS
	SELECT m.tenant_id, m.person_id, e.end_at FROM member m
		JOIN course_end e ON e.tenant_id = m.tenant_id AND e.context_id = m.context_id
		WHERE m.role = 'pupil' AND m.gone_at = 0
	UNION ALL
	SELECT m.tenant_id, m.person_id, k.end_at FROM roster_member m
		JOIN roster_class k ON k.tenant_id = m.tenant_id AND k.id = m.class_id
		WHERE m.role = 'pupil' AND m.gone_at = 0 AND k.kind <> 'household';

-- A family link with the end of what it stands on: the course that said it; or, said
-- for everywhere, the last of the child's courses, unless one has no end.
CREATE VIEW family_tie AS
	SELECT l.tenant_id, l.child_id, l.guardian_id, l.source, l.state, l.expires_at,
		CASE WHEN l.scope <> 0 THEN COALESCE((SELECT e.end_at FROM course_end e
			WHERE e.tenant_id = l.tenant_id AND e.context_id = l.scope), 0)
		ELSE COALESCE((SELECT CASE WHEN MIN(p.end_at) = 0 THEN 0 ELSE MAX(p.end_at) END
			FROM pupil_course p WHERE p.tenant_id = l.tenant_id
			AND p.person_id = l.child_id), 0) END AS end_at
	FROM family_link l;
