-- Lookups that stay short in a district of a million people.

-- The view for a class that is known: its members, from the class.
DROP VIEW class_member;
CREATE VIEW class_member AS
	SELECT tenant_id, context_id, person_id, role
		FROM member WHERE gone_at = 0
	UNION ALL
	SELECT m.tenant_id, c.id AS context_id, m.person_id, m.role
		FROM context c CROSS JOIN roster_member m
		WHERE m.tenant_id = c.tenant_id AND m.class_id = c.class_id
		AND m.gone_at = 0 AND c.class_id <> 0;

-- The same rows for a person who is known: the classes, from the person.
CREATE VIEW person_class AS
	SELECT tenant_id, context_id, person_id, role
		FROM member WHERE gone_at = 0
	UNION ALL
	SELECT m.tenant_id, c.id AS context_id, m.person_id, m.role
		FROM roster_member m CROSS JOIN context c
		WHERE c.tenant_id = m.tenant_id AND c.class_id = m.class_id
		AND m.gone_at = 0 AND c.class_id <> 0;

DROP INDEX note_word_note;
DROP INDEX note_word_child;
DROP INDEX note_word_context;
CREATE INDEX note_word_note ON note_word (tenant_id, note_id, household_id);
CREATE INDEX note_word_child ON note_word (tenant_id, child_id, note_id, household_id);
CREATE INDEX note_word_context ON note_word (tenant_id, context_id, note_id, household_id);
CREATE INDEX note_class ON note (tenant_id, context_id, child_id);
CREATE INDEX conf_booking_round ON conf_booking (tenant_id, round_id, id);
CREATE INDEX goal_cheer_giver ON goal_cheer (tenant_id, by_person, at);
CREATE INDEX context_school ON context (tenant_id, school_id);
CREATE INDEX session_person ON session (tenant_id, person_id);

-- As before, the child's courses looked up by the child.
DROP VIEW family_tie;
DROP VIEW pupil_course;
CREATE VIEW family_tie AS
	SELECT l.tenant_id, l.child_id, l.guardian_id, l.source, l.state, l.expires_at,
		CASE WHEN l.scope <> 0 THEN COALESCE((SELECT e.end_at FROM course_end e
			WHERE e.tenant_id = l.tenant_id AND e.context_id = l.scope), 0)
		ELSE COALESCE((SELECT CASE WHEN MIN(p.end_at) = 0 THEN 0 ELSE MAX(p.end_at) END
			FROM (SELECT e.end_at FROM member m JOIN course_end e
				ON e.tenant_id = m.tenant_id AND e.context_id = m.context_id
				WHERE m.tenant_id = l.tenant_id AND m.person_id = l.child_id
				AND m.role = 'pupil' AND m.gone_at = 0
			UNION ALL SELECT k.end_at FROM roster_member m JOIN roster_class k
				ON k.tenant_id = m.tenant_id AND k.id = m.class_id
				WHERE m.tenant_id = l.tenant_id AND m.person_id = l.child_id
				AND m.role = 'pupil' AND m.gone_at = 0
				AND k.kind <> 'household') p), 0) END AS end_at
	FROM family_link l;
