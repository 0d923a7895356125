-- People, their companies, sign-ins, keys and links; what a property is set to; mail and webhooks
-- that follow a change.
--
-- Of every secret only the SHA-256 is here. A user's e-mail address has been verified: before that
-- there is a sign-up and no user. What has to follow a change (mails, deliveries) is a row in the
-- same batch as the change, and stays until it is done.

CREATE TABLE users (
    user_id    TEXT PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    -- Argon2id, in the PHC string form, so that its cost can be raised.
    password   TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    company_id TEXT NOT NULL REFERENCES companies,
    user_id    TEXT NOT NULL REFERENCES users,
    role       TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    since      INTEGER NOT NULL,
    PRIMARY KEY (company_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX memberships_by_user ON memberships (user_id);

-- A company always has an owner.
CREATE TRIGGER memberships_delete BEFORE DELETE ON memberships
WHEN OLD.role = 'owner' AND NOT EXISTS (
    SELECT 1 FROM memberships m
    WHERE m.company_id = OLD.company_id AND m.role = 'owner' AND m.user_id <> OLD.user_id
)
BEGIN
    SELECT RAISE(ABORT, 'guard: a company keeps an owner');
END;

CREATE TRIGGER memberships_update BEFORE UPDATE OF role ON memberships
WHEN OLD.role = 'owner' AND NEW.role <> 'owner' AND NOT EXISTS (
    SELECT 1 FROM memberships m
    WHERE m.company_id = OLD.company_id AND m.role = 'owner' AND m.user_id <> OLD.user_id
)
BEGIN
    SELECT RAISE(ABORT, 'guard: a company keeps an owner');
END;

-- Who leaves a company is signed out of it by the same statement.
CREATE TABLE sign_ins (
    token_sha256 BLOB PRIMARY KEY CHECK (length(token_sha256) = 32),
    user_id      TEXT NOT NULL,
    company_id   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    FOREIGN KEY (company_id, user_id) REFERENCES memberships ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_ins_by_member ON sign_ins (company_id, user_id);
CREATE INDEX sign_ins_by_user ON sign_ins (user_id);
CREATE INDEX sign_ins_by_end ON sign_ins (expires_at);

-- Links: each works once, until it expires.
CREATE TABLE sign_ups (
    link_id      TEXT PRIMARY KEY,
    token_sha256 BLOB NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    email        TEXT NOT NULL,
    name         TEXT NOT NULL,
    company_name TEXT NOT NULL,
    password     TEXT NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_ups_by_email ON sign_ups (email);
CREATE INDEX sign_ups_by_end ON sign_ups (expires_at);

CREATE TABLE resets (
    link_id      TEXT PRIMARY KEY,
    token_sha256 BLOB NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    user_id      TEXT NOT NULL REFERENCES users,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX resets_by_user ON resets (user_id);
CREATE INDEX resets_by_end ON resets (expires_at);

CREATE TABLE invitations (
    link_id      TEXT PRIMARY KEY,
    token_sha256 BLOB NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    company_id   TEXT NOT NULL REFERENCES companies,
    email        TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    invited_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    UNIQUE (company_id, email)
) STRICT, WITHOUT ROWID;

CREATE INDEX invitations_by_end ON invitations (expires_at);

CREATE TABLE api_keys (
    key_id       TEXT PRIMARY KEY,
    token_sha256 BLOB NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    company_id   TEXT NOT NULL REFERENCES companies,
    name         TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    hint         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_keys_by_company ON api_keys (company_id);

-- Attempts that a limit protects somebody from: a digest of whom, and how many since when.
CREATE TABLE attempts (
    subject BLOB PRIMARY KEY CHECK (length(subject) = 32),
    since   INTEGER NOT NULL,
    count   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_by_age ON attempts (since);

-- Mail to send. It names the link; the link's token is derived when the mail is written.
CREATE TABLE mails (
    mail_id         TEXT PRIMARY KEY,
    kind            TEXT NOT NULL,
    recipient       TEXT NOT NULL,
    link_id         TEXT,
    kid             TEXT,
    company_name    TEXT,
    created_at      INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    sent_at         INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX mails_due ON mails (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- What a property is set to. An origin is exact, or `*.` and a domain.
ALTER TABLE properties ADD COLUMN selectors TEXT NOT NULL DEFAULT '[]';
ALTER TABLE properties ADD COLUMN unmasked TEXT NOT NULL DEFAULT '[]';
ALTER TABLE properties ADD COLUMN calling_code TEXT NOT NULL DEFAULT '1';
ALTER TABLE properties ADD COLUMN public_level TEXT NOT NULL DEFAULT 'full'
    CHECK (public_level IN ('full', 'reduced'));
ALTER TABLE properties ADD COLUMN record_after_notice INTEGER NOT NULL DEFAULT 0
    CHECK (record_after_notice IN (0, 1));

-- What the tracker was seen to do, per origin, written at most every few seconds.
CREATE TABLE install_checks (
    property_id    TEXT NOT NULL REFERENCES properties,
    origin         TEXT NOT NULL,
    session_at     INTEGER,
    certificate_at INTEGER,
    consents       TEXT NOT NULL DEFAULT '[]',
    outcome        TEXT NOT NULL,
    outcome_at     INTEGER NOT NULL,
    PRIMARY KEY (property_id, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhooks (
    webhook_id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES companies,
    url        TEXT NOT NULL,
    -- A JSON array of event names.
    events     TEXT NOT NULL,
    -- The key that the secret is derived from.
    kid        TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX webhooks_by_company ON webhooks (company_id);

-- One event for one webhook: the outbox, and afterwards the log.
CREATE TABLE deliveries (
    delivery_id     TEXT PRIMARY KEY,
    webhook_id      TEXT NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event           TEXT NOT NULL,
    -- The certificate it is about; none for a test.
    about           TEXT,
    body            TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    -- When to try next; NULL when it arrived or was given up.
    next_attempt_at INTEGER,
    delivered_at    INTEGER,
    -- How the last attempt ended: an HTTP status, or why there was none.
    last_status     INTEGER,
    last_error      TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, created_at);
CREATE INDEX deliveries_by_subject ON deliveries (about) WHERE about IS NOT NULL;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
