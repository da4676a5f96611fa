-- What an older student says about an agreement in effect (PRODUCT 5.4). Read by those
-- who read that copy. gone_at: taken back, then body is ''. *_seen_at: somebody of that
-- side has read it; 0 = not yet.

CREATE TABLE agreement_comment (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	agreement_id BIGINT NOT NULL,
	version BIGINT NOT NULL,
	author_id BIGINT NOT NULL,
	body TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	gone_at BIGINT NOT NULL,
	school_seen_at BIGINT NOT NULL,
	home_seen_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, agreement_id, id)
);
