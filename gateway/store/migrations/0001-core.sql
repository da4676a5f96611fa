-- Tenants, platforms, people, links, sessions, audit.
--
-- Rules of this schema (docs/data.md): tenant_id leads every key of a table that
-- holds a district's rows; ids are 64-bit numbers made in C; 0 stands for "none"
-- in id columns and '' in text columns, so that no key ever holds NULL; *_at are
-- UTC milliseconds, 0 = not yet or never; days are text YYYY-MM-DD; every "only
-- one" of the product is a unique key here, not code.

CREATE TABLE tenant (
	id BIGINT NOT NULL PRIMARY KEY,
	name TEXT NOT NULL,
	created_at BIGINT NOT NULL
);

-- Small tables that are looked up before the tenant is known.
CREATE TABLE platform (
	id BIGINT NOT NULL PRIMARY KEY,
	tenant_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	family TEXT NOT NULL,
	issuer TEXT NOT NULL,
	client_id TEXT NOT NULL,
	auth_url TEXT NOT NULL,
	token_url TEXT NOT NULL,
	jwks_url TEXT NOT NULL,
	alg TEXT NOT NULL,
	match_by TEXT NOT NULL,
	state TEXT NOT NULL,
	accept_deployments TEXT NOT NULL,
	guid TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	UNIQUE (issuer, client_id)
);

CREATE TABLE deployment (
	platform_id BIGINT NOT NULL,
	deployment_id TEXT NOT NULL,
	tenant_id BIGINT NOT NULL,
	state TEXT NOT NULL,
	guid TEXT NOT NULL,
	embed_origin TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	last_launch_at BIGINT NOT NULL,
	PRIMARY KEY (platform_id, deployment_id)
);

-- Our own signing keys; the private part is sealed under key_file.
CREATE TABLE tool_key (
	kid TEXT NOT NULL PRIMARY KEY,
	alg TEXT NOT NULL,
	public_jwk TEXT NOT NULL,
	private_sealed BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	sign_from BIGINT NOT NULL,
	retire_at BIGINT NOT NULL
);

CREATE TABLE school (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	phase TEXT NOT NULL,
	zone TEXT NOT NULL,
	office_contact TEXT NOT NULL,
	safeguarding_lead TEXT NOT NULL,
	emergency_number TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- Holidays: days on which school timers stand still.
CREATE TABLE school_closed (
	tenant_id BIGINT NOT NULL,
	school_id BIGINT NOT NULL,
	first_day TEXT NOT NULL,
	last_day TEXT NOT NULL,
	label TEXT NOT NULL,
	PRIMARY KEY (tenant_id, school_id, first_day)
);

-- A course (or group, or account) of a platform. class_id: the roster class it
-- was joined to. phase: early, primary, secondary, '' = the school's.
CREATE TABLE context (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	platform_id BIGINT NOT NULL,
	ext_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	label TEXT NOT NULL,
	title TEXT NOT NULL,
	sourcedid TEXT NOT NULL,
	school_id BIGINT NOT NULL,
	phase TEXT NOT NULL,
	class_id BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	last_launch_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, platform_id, ext_id)
);

CREATE INDEX context_class ON context (tenant_id, class_id);

-- A human. origin: roster, launch, office. source and sourcedid are '' unless
-- the person came from a roster; then person_key makes the pair unique.
CREATE TABLE person (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	origin TEXT NOT NULL,
	source TEXT NOT NULL,
	sourcedid TEXT NOT NULL,
	given TEXT NOT NULL,
	family TEXT NOT NULL,
	full_name TEXT NOT NULL,
	email TEXT NOT NULL,
	username TEXT NOT NULL,
	birth_day TEXT NOT NULL,
	rights_day TEXT NOT NULL,
	roster_hash BIGINT NOT NULL,
	roster_run BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	gone_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

CREATE INDEX person_sourcedid ON person (tenant_id, sourcedid);
CREATE INDEX person_username ON person (tenant_id, username);

CREATE TABLE person_key (
	tenant_id BIGINT NOT NULL,
	source TEXT NOT NULL,
	sourcedid TEXT NOT NULL,
	person_id BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, source, sourcedid)
);

-- What a person chose for themselves; '' = as the platform says.
CREATE TABLE person_pref (
	tenant_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	locale TEXT NOT NULL,
	zone TEXT NOT NULL,
	PRIMARY KEY (tenant_id, person_id)
);

-- A login at a platform: (platform, sub). alias: lti1p1 user id, for resolving
-- role_scope_mentor only. sorted: '' unsorted, pupil, parent, staff.
-- joined_by: '' own person, match, office.
CREATE TABLE account (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	platform_id BIGINT NOT NULL,
	sub TEXT NOT NULL,
	alias TEXT NOT NULL,
	person_id BIGINT NOT NULL,
	username TEXT NOT NULL,
	sourcedid TEXT NOT NULL,
	given TEXT NOT NULL,
	family TEXT NOT NULL,
	full_name TEXT NOT NULL,
	sorted TEXT NOT NULL,
	joined_by TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	last_seen_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, platform_id, sub)
);

CREATE INDEX account_person ON account (tenant_id, person_id);
CREATE INDEX account_alias ON account (tenant_id, platform_id, alias);

-- Who is in a context. role: teacher, aide, pupil, parent, unsorted.
-- source: launch, observees, sorted.
CREATE TABLE member (
	tenant_id BIGINT NOT NULL,
	context_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	role TEXT NOT NULL,
	source TEXT NOT NULL,
	seen_at BIGINT NOT NULL,
	gone_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, context_id, person_id, role, source)
);

CREATE INDEX member_person ON member (tenant_id, person_id);

CREATE TABLE roster_class (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	source TEXT NOT NULL,
	sourcedid TEXT NOT NULL,
	title TEXT NOT NULL,
	kind TEXT NOT NULL,
	begin_day TEXT NOT NULL,
	end_day TEXT NOT NULL,
	roster_hash BIGINT NOT NULL,
	roster_run BIGINT NOT NULL,
	gone_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, source, sourcedid)
);

-- role: teacher, aide, pupil, other.
CREATE TABLE roster_member (
	tenant_id BIGINT NOT NULL,
	class_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	role TEXT NOT NULL,
	roster_hash BIGINT NOT NULL,
	roster_run BIGINT NOT NULL,
	gone_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, class_id, person_id, role)
);

CREATE INDEX roster_member_person ON roster_member (tenant_id, person_id);

-- Everyone in a context, whoever said so; may repeat a person.
CREATE VIEW class_member AS
	SELECT tenant_id, context_id, person_id, role
		FROM member WHERE gone_at = 0
	UNION ALL
	SELECT m.tenant_id, c.id AS context_id, m.person_id, m.role
		FROM roster_member m JOIN context c
		ON c.tenant_id = m.tenant_id AND c.class_id = m.class_id
		WHERE m.gone_at = 0 AND c.class_id <> 0;

-- One source's word that this person is a guardian of this child.
-- source: roster, mentor, observees, report, code. scope: the context that said
-- it, 0 = everywhere. state: active, held (waits for the office), ended.
CREATE TABLE family_link (
	tenant_id BIGINT NOT NULL,
	child_id BIGINT NOT NULL,
	guardian_id BIGINT NOT NULL,
	source TEXT NOT NULL,
	scope BIGINT NOT NULL,
	relation TEXT NOT NULL,
	legal INTEGER NOT NULL,
	lives_with INTEGER NOT NULL,
	is_primary INTEGER NOT NULL,
	emergency INTEGER NOT NULL,
	priority INTEGER NOT NULL,
	state TEXT NOT NULL,
	asserted_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	roster_hash BIGINT NOT NULL,
	roster_run BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, child_id, guardian_id, source, scope)
);

CREATE INDEX family_link_guardian ON family_link (tenant_id, guardian_id);

-- Guardians who may see each other's items about this child. Without a row a
-- guardian is a household of their own: household_id = person_id.
CREATE TABLE household_member (
	tenant_id BIGINT NOT NULL,
	child_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	household_id BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, child_id, person_id)
);

-- Wins over every link, grant and door. Ends only by an explicit row of its
-- source, or by a named officer. from_at, until_at: 0 = open.
CREATE TABLE prohibition (
	tenant_id BIGINT NOT NULL,
	child_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	source TEXT NOT NULL,
	from_at BIGINT NOT NULL,
	until_at BIGINT NOT NULL,
	entered_by BIGINT NOT NULL,
	lifted_at BIGINT NOT NULL,
	lifted_by BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, child_id, person_id, id)
);

CREATE INDEX prohibition_person ON prohibition (tenant_id, person_id);

CREATE TABLE staff_grant (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	grant_bits INTEGER NOT NULL,
	school_id BIGINT NOT NULL,
	context_id BIGINT NOT NULL,
	until_at BIGINT NOT NULL,
	granted_by BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

CREATE INDEX staff_grant_person ON staff_grant (tenant_id, person_id);

CREATE TABLE admin_invite (
	tenant_id BIGINT NOT NULL,
	code_hash TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL,
	used_by BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, code_hash)
);

-- The cookie holds tenant and secret; only the hash of the secret is here.
-- door, doors: enum door and a bit set of it.
CREATE TABLE session (
	tenant_id BIGINT NOT NULL,
	id_hash TEXT NOT NULL,
	account_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	platform_id BIGINT NOT NULL,
	deployment_id TEXT NOT NULL,
	context_id BIGINT NOT NULL,
	door INTEGER NOT NULL,
	doors INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	real_user TEXT NOT NULL,
	locale TEXT NOT NULL,
	zone TEXT NOT NULL,
	embed_origin TEXT NOT NULL,
	return_url TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id_hash)
);

CREATE INDEX session_account ON session (tenant_id, account_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE nonce (
	tenant_id BIGINT NOT NULL,
	platform_id BIGINT NOT NULL,
	nonce_hash TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, platform_id, nonce_hash)
);

CREATE INDEX nonce_expiry ON nonce (expires_at);

-- For "why was this launch refused"; no personal data. tenant 0: unknown platform.
CREATE TABLE refused_launch (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	platform_id BIGINT NOT NULL,
	code TEXT NOT NULL,
	expected TEXT NOT NULL,
	got TEXT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- One key per child; person_id 0 holds the tenant's own. Destroying a key makes
-- that child's audit rows unreadable while their chain still verifies.
CREATE TABLE audit_key (
	tenant_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	key_sealed BYTEA NOT NULL,
	PRIMARY KEY (tenant_id, person_id)
);

-- subject: pseudonym of the child, or ''. body: sealed under the subject's key.
-- hash: over the row and the hash before it on the same node.
CREATE TABLE audit (
	tenant_id BIGINT NOT NULL,
	node BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	at BIGINT NOT NULL,
	subject TEXT NOT NULL,
	action TEXT NOT NULL,
	body BYTEA NOT NULL,
	hash TEXT NOT NULL,
	PRIMARY KEY (tenant_id, node, seq)
);

CREATE INDEX audit_subject ON audit (tenant_id, subject, at);
CREATE INDEX audit_chain ON audit (node, seq);

-- One roster import and its report (JSON).
CREATE TABLE roster_run (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	platform_id BIGINT NOT NULL,
	file_name TEXT NOT NULL,
	file_sha256 TEXT NOT NULL,
	file_bytes BIGINT NOT NULL,
	format TEXT NOT NULL,
	mode TEXT NOT NULL,
	state TEXT NOT NULL,
	report TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
