-- What a restored copy must not forget (docs/data.md, "Restore"): which journal file
-- beside the database belongs to it, and how far the database knows that file.

CREATE TABLE journal_state (
	id INTEGER NOT NULL PRIMARY KEY,
	journal_id TEXT NOT NULL,
	mark BIGINT NOT NULL
);

-- A row: guardians of this district wait until an admin has confirmed.
CREATE TABLE guardian_closed (
	tenant_id BIGINT NOT NULL PRIMARY KEY,
	closed_at BIGINT NOT NULL
);
