-- Two-column agreements: at school we…, at home we…. Each household of a child has
-- its own with the school and never meets another's.

-- state: draft, offered, countered, agreed, ended. version: the newest wording,
-- agreed_version: the one in effect, 0 = none yet. offered_at 0: only the draft_side
-- knows of it.
-- rev rises with every act.
CREATE TABLE agreement (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	child_id BIGINT NOT NULL,
	context_id BIGINT NOT NULL,
	household_id BIGINT NOT NULL,
	draft_side TEXT NOT NULL,
	state TEXT NOT NULL,
	version BIGINT NOT NULL,
	agreed_version BIGINT NOT NULL,
	rev BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	offered_at BIGINT NOT NULL,
	agreed_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

CREATE INDEX agreement_child ON agreement (tenant_id, child_id);
CREATE INDEX agreement_context ON agreement (tenant_id, context_id);

-- Append-only once offered; a draft's only row is written over. review_day: text.
CREATE TABLE agreement_version (
	tenant_id BIGINT NOT NULL,
	agreement_id BIGINT NOT NULL,
	version BIGINT NOT NULL,
	side TEXT NOT NULL,
	author_id BIGINT NOT NULL,
	expectation TEXT NOT NULL,
	school_text TEXT NOT NULL,
	home_text TEXT NOT NULL,
	routine TEXT NOT NULL,
	review_day TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, agreement_id, version)
);

-- Append-only. what: drafted, offered, changed, agreed, kept, renewed, ended.
CREATE TABLE agreement_event (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	agreement_id BIGINT NOT NULL,
	version BIGINT NOT NULL,
	side TEXT NOT NULL,
	who BIGINT NOT NULL,
	what TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, agreement_id, id)
);
