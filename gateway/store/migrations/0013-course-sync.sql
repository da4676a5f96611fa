-- The lists of people that platforms keep of their courses (Names and Roles), asked for
-- day by day. nrps_url: where this course's list is, told by a launch; '' = not told.
-- missed_at: the complete list in which this person was missing for the first time; the
-- second one ends the membership. member.source has one more word, nrps, and member.role
-- another, listed: in the course, but with a role that another source knows better.
ALTER TABLE context ADD COLUMN nrps_url TEXT NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN missed_at BIGINT NOT NULL DEFAULT 0;

-- run_id: whose turn it is until lease_until, 0 = nobody's. fails: in a row. take_short:
-- an admin has said that a much shorter list is right, for once.
CREATE TABLE course_sync (
	tenant_id BIGINT NOT NULL,
	context_id BIGINT NOT NULL,
	platform_id BIGINT NOT NULL,
	due_at BIGINT NOT NULL,
	run_id BIGINT NOT NULL,
	lease_until BIGINT NOT NULL,
	fails INTEGER NOT NULL,
	take_short INTEGER NOT NULL,
	ok_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, context_id)
);

CREATE INDEX course_sync_due ON course_sync (due_at);

-- state: running, done, short, failed. why: a code word of store/course_sync.h.
CREATE TABLE course_sync_run (
	tenant_id BIGINT NOT NULL,
	context_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	state TEXT NOT NULL,
	why TEXT NOT NULL,
	detail TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	pages BIGINT NOT NULL,
	seen BIGINT NOT NULL,
	added BIGINT NOT NULL,
	gone BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, context_id, id)
);
