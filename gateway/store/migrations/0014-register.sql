-- Platforms that register themselves: one-time invitations, and what a platform said.

-- Good for one registration. Only the hash of its secret is kept. discovery_host: the
-- one host its configuration may come from, '' = that of the issuer. created_by: the
-- person, 0 = the command line. outcome: a code, '' = none yet.
CREATE TABLE platform_invite (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	secret_hash TEXT NOT NULL,
	discovery_host TEXT NOT NULL,
	created_by BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL,
	platform_id BIGINT NOT NULL,
	outcome TEXT NOT NULL,
	detail TEXT NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, secret_hash)
);

CREATE INDEX platform_invite_newest ON platform_invite (tenant_id, created_at, id);

-- What a platform said when it registered. state: waiting (for a person's yes), current.
-- A platform in use may have one of each: the old client goes on until the new one is
-- approved. Looked up before the tenant is known.
CREATE TABLE platform_registration (
	platform_id BIGINT NOT NULL,
	state TEXT NOT NULL,
	tenant_id BIGINT NOT NULL,
	issuer TEXT NOT NULL,
	client_id TEXT NOT NULL,
	auth_url TEXT NOT NULL,
	token_url TEXT NOT NULL,
	jwks_url TEXT NOT NULL,
	alg TEXT NOT NULL,
	deployment_id TEXT NOT NULL,
	guid TEXT NOT NULL,
	product TEXT NOT NULL,
	version TEXT NOT NULL,
	account TEXT NOT NULL,
	key_thumb TEXT NOT NULL,
	domains TEXT NOT NULL,
	scopes_asked TEXT NOT NULL,
	scopes_granted TEXT NOT NULL,
	invite_id BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	decided_at BIGINT NOT NULL,
	PRIMARY KEY (platform_id, state),
	UNIQUE (issuer, client_id, state)
);
