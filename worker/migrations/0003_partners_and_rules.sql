-- Partners of a publisher's property, and the words that a buyer wants to find.

-- A standing relation between a property and the company that its leads are sold to. It begins
-- `active` for a company that is named by its id, else `invited` until somebody with that address
-- accepts for a company. A row is never deleted: `revoked` is what its end looks like.
CREATE TABLE partners (
    -- n × 256 + the routing tag of the property, so that the number leads to this database.
    partner_id         INTEGER PRIMARY KEY,
    property_id        TEXT NOT NULL REFERENCES properties,
    -- The publisher: whose the property is.
    company_id         TEXT NOT NULL REFERENCES companies,
    -- The buyer; NULL while nobody has accepted.
    partner_company_id TEXT REFERENCES companies,
    -- Who was invited; NULL for a company that was named by its id.
    email              TEXT,
    access_level       TEXT NOT NULL CHECK (access_level IN ('read', 'claim')),
    auto_share         INTEGER NOT NULL CHECK (auto_share IN (0, 1)),
    status             TEXT NOT NULL CHECK (status IN ('invited', 'active', 'declined', 'revoked')),
    created_at         INTEGER NOT NULL,
    accepted_at        INTEGER,
    ended_at           INTEGER,
    -- Of the link in the invitation's mail, until when it works.
    token_sha256       BLOB UNIQUE CHECK (length(token_sha256) = 32),
    token_expires_at   INTEGER,
    CHECK (partner_company_id IS NOT NULL OR email IS NOT NULL),
    CHECK (status <> 'active' OR partner_company_id IS NOT NULL),
    CHECK (partner_company_id <> company_id)
) STRICT;

CREATE INDEX partners_by_company ON partners (company_id, status, partner_id);
CREATE INDEX partners_by_property ON partners (property_id, status, partner_id);
CREATE INDEX partners_by_partner_company ON partners (partner_company_id, status, partner_id)
WHERE partner_company_id IS NOT NULL;
CREATE INDEX partners_by_email ON partners (email, partner_id) WHERE status = 'invited';

-- What a new certificate of a property is shared to by itself.
CREATE INDEX partners_auto_sharing ON partners (property_id)
WHERE status = 'active' AND auto_share = 1;

-- At most one of each at a time.
CREATE UNIQUE INDEX partners_active ON partners (property_id, partner_company_id)
WHERE status = 'active';
CREATE UNIQUE INDEX partners_invited ON partners (property_id, email) WHERE status = 'invited';

-- A buyer's rules. A result keeps the rule as it was, so a change here alters none of them.
CREATE TABLE consent_rules (
    rule_id    TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES companies,
    -- How often it was changed, from 1.
    version    INTEGER NOT NULL DEFAULT 1,
    -- The rule as it was written, as JSON: name, phrases, full text, mode, states.
    rule       TEXT NOT NULL,
    -- Its size and its wordings: what a company has of both is bounded whenever a rule is saved, so
    -- that no claim can fail because of them.
    bytes      INTEGER NOT NULL,
    wordings   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX consent_rules_live ON consent_rules (company_id, created_at, rule_id)
WHERE deleted_at IS NULL;
