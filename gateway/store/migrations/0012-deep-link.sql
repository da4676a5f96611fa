-- A platform asked for links (Deep Linking 2.0): what it wants back, until its person has
-- chosen. One a session; the row goes with the answer, so there is one answer.
CREATE TABLE deep_link (
	tenant_id BIGINT NOT NULL,
	session_hash TEXT NOT NULL,
	deployment_id TEXT NOT NULL,
	return_url TEXT NOT NULL,
	return_origin TEXT NOT NULL,
	data TEXT NOT NULL,
	flags INTEGER NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, session_hash)
);

CREATE INDEX deep_link_expiry ON deep_link (expires_at);
