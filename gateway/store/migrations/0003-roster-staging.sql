-- Roster imports: one run a tenant at a time, and the changes it has found but not
-- yet made. Rows here live for minutes; what is unchanged never comes here.
--
-- n: place in the run, from 1. op: see gateway/store/roster_private.h.

CREATE TABLE roster_lock (
	tenant_id BIGINT NOT NULL PRIMARY KEY,
	run_id BIGINT NOT NULL,
	owner TEXT NOT NULL,
	beat_at BIGINT NOT NULL
);

CREATE TABLE roster_stage_person (
	tenant_id BIGINT NOT NULL,
	run_id BIGINT NOT NULL,
	n BIGINT NOT NULL,
	op INTEGER NOT NULL,
	person_id BIGINT NOT NULL,
	source TEXT NOT NULL,
	sourcedid TEXT NOT NULL,
	old_source TEXT NOT NULL,
	old_sourcedid TEXT NOT NULL,
	given TEXT NOT NULL,
	family TEXT NOT NULL,
	full_name TEXT NOT NULL,
	email TEXT NOT NULL,
	username TEXT NOT NULL,
	birth_day TEXT NOT NULL,
	hash BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, run_id, n)
);

CREATE TABLE roster_stage_class (
	tenant_id BIGINT NOT NULL,
	run_id BIGINT NOT NULL,
	n BIGINT NOT NULL,
	op INTEGER NOT NULL,
	class_id BIGINT NOT NULL,
	source TEXT NOT NULL,
	sourcedid TEXT NOT NULL,
	title TEXT NOT NULL,
	kind TEXT NOT NULL,
	begin_day TEXT NOT NULL,
	end_day TEXT NOT NULL,
	hash BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, run_id, n)
);

CREATE TABLE roster_stage_member (
	tenant_id BIGINT NOT NULL,
	run_id BIGINT NOT NULL,
	n BIGINT NOT NULL,
	op INTEGER NOT NULL,
	class_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	role TEXT NOT NULL,
	PRIMARY KEY (tenant_id, run_id, n)
);

-- access: 0 unsaid, 1 full, 2 none. household_id 0: a household of their own.
CREATE TABLE roster_stage_link (
	tenant_id BIGINT NOT NULL,
	run_id BIGINT NOT NULL,
	n BIGINT NOT NULL,
	op INTEGER NOT NULL,
	child_id BIGINT NOT NULL,
	guardian_id BIGINT NOT NULL,
	relation TEXT NOT NULL,
	legal INTEGER NOT NULL,
	lives_with INTEGER NOT NULL,
	is_primary INTEGER NOT NULL,
	emergency INTEGER NOT NULL,
	priority INTEGER NOT NULL,
	access INTEGER NOT NULL,
	household_id BIGINT NOT NULL,
	prohibition_id BIGINT NOT NULL,
	hash BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, run_id, n)
);
