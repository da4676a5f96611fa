-- Notes between home and school, about one child.
--
-- A note of the school goes to every household of the child that may see it, and
-- each household talks about it in a thread of its own; a note from home belongs
-- to the household that wrote it. A thread is the words under one note with one
-- household; nothing else says in which state it is (open, answered, closed).

-- side: school, home. household_id: of a note from home, else 0. staff_id: the one
-- teacher who holds the conversation, 0 = the team of this class. gone_at: taken
-- back, then body is ''. rev rises with every change of the words.
CREATE TABLE note (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	child_id BIGINT NOT NULL,
	context_id BIGINT NOT NULL,
	side TEXT NOT NULL,
	author_id BIGINT NOT NULL,
	household_id BIGINT NOT NULL,
	staff_id BIGINT NOT NULL,
	body TEXT NOT NULL,
	rev BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	edited_at BIGINT NOT NULL,
	gone_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

CREATE INDEX note_child ON note (tenant_id, child_id, created_at);
CREATE INDEX note_context ON note (tenant_id, context_id, created_at);

-- Append-only. kind: text, thanks (the ready answer "seen, thank you"), close.
CREATE TABLE note_word (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	note_id BIGINT NOT NULL,
	child_id BIGINT NOT NULL,
	context_id BIGINT NOT NULL,
	household_id BIGINT NOT NULL,
	side TEXT NOT NULL,
	author_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	body TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

CREATE INDEX note_word_note ON note_word (tenant_id, note_id);
CREATE INDEX note_word_child ON note_word (tenant_id, child_id);
CREATE INDEX note_word_context ON note_word (tenant_id, context_id);

-- A side opened the page when there was something new: a row each time, no more
-- than that. household_id: of the side home, else 0.
CREATE TABLE note_seen (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	note_id BIGINT NOT NULL,
	child_id BIGINT NOT NULL,
	context_id BIGINT NOT NULL,
	household_id BIGINT NOT NULL,
	side TEXT NOT NULL,
	seen_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

CREATE INDEX note_seen_note ON note_seen (tenant_id, note_id);
CREATE INDEX note_seen_child ON note_seen (tenant_id, child_id);
CREATE INDEX note_seen_context ON note_seen (tenant_id, context_id);

-- Append-only. what: written, edited, taken back.
CREATE TABLE note_event (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	note_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	who BIGINT NOT NULL,
	what TEXT NOT NULL,
	PRIMARY KEY (tenant_id, note_id, id)
);
