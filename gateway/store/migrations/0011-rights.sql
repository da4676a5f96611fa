-- Rights pass to the student on a day: a tie of a guardian ends then (until_at), and the
-- student has one to themselves (from_at). 0: no such instant.
DROP VIEW family_tie;
CREATE VIEW family_tie AS
	SELECT f.tenant_id, f.child_id, f.guardian_id, f.source, f.state, f.expires_at,
		CASE WHEN f.scope <> 0 THEN COALESCE((SELECT e.end_at FROM course_end e
			WHERE e.tenant_id = f.tenant_id AND e.context_id = f.scope), 0)
		ELSE COALESCE((SELECT CASE WHEN MIN(p.end_at) = 0 THEN 0 ELSE MAX(p.end_at) END
			FROM (SELECT e.end_at FROM member m JOIN course_end e
				ON e.tenant_id = m.tenant_id AND e.context_id = m.context_id
				WHERE m.tenant_id = f.tenant_id AND m.person_id = f.child_id
				AND m.role = 'pupil' AND m.gone_at = 0
			UNION ALL SELECT k.end_at FROM roster_member m JOIN roster_class k
				ON k.tenant_id = m.tenant_id AND k.id = m.class_id
				WHERE m.tenant_id = f.tenant_id AND m.person_id = f.child_id
				AND m.role = 'pupil' AND m.gone_at = 0
				AND k.kind <> 'household') p), 0) END AS end_at,
		0 AS from_at, COALESCE((SELECT c.rights_at FROM person c
			WHERE c.tenant_id = f.tenant_id AND c.id = f.child_id), 0) AS until_at
	FROM family_link f
	UNION ALL
	SELECT p.tenant_id, p.id AS child_id, p.id AS guardian_id, 'own' AS source,
		'confirmed' AS state, 0 AS expires_at, 0 AS end_at,
		p.rights_at AS from_at, 0 AS until_at
	FROM person p WHERE p.rights_at <> 0;
