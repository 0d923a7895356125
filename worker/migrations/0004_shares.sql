-- Shares, claims and what follows them. All but the last table is a part of a certificate's life
-- and lies in its database; what a buyer has been given is a projection of it, in the buyer's.
--
-- Every change here comes with an event of the certificate's chain, in the same batch, so the
-- chain's head is what decides a race. The rules below stand for what the chain cannot see.

-- A certificate handed on: to one company, or to whoever holds the token. The token itself is
-- derived from `share_id` under the key `kid`, and is nowhere.
CREATE TABLE shares (
    share_id          TEXT PRIMARY KEY,
    certificate       INTEGER NOT NULL REFERENCES certificates,
    -- The publisher.
    company_id        TEXT NOT NULL,
    token_sha256      BLOB NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    kid               TEXT NOT NULL,
    -- NULL for an open share.
    target_company_id TEXT,
    access_level      TEXT NOT NULL CHECK (access_level IN ('read', 'claim')),
    -- A company, or `system`.
    shared_by         TEXT NOT NULL,
    -- Digest of the caller's Idempotency-Key.
    idempotency       BLOB CHECK (length(idempotency) = 32),
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    status            TEXT NOT NULL DEFAULT 'pending'
                      CHECK (status IN ('pending', 'claimed', 'revoked', 'expired')),
    ended_at          INTEGER,
    claimed_by        TEXT,
    CHECK ((status = 'pending') = (ended_at IS NULL)),
    CHECK ((status = 'claimed') = (claimed_by IS NOT NULL)),
    CHECK (claimed_by IS NULL OR target_company_id IS NULL OR target_company_id = claimed_by)
) STRICT, WITHOUT ROWID;

CREATE INDEX shares_by_certificate ON shares (certificate, created_at);
CREATE INDEX shares_by_company ON shares (company_id, created_at, share_id);
CREATE INDEX shares_by_status ON shares (company_id, status, created_at, share_id);

-- What a partnership's end has yet to reach.
CREATE INDEX shares_by_target ON shares (target_company_id, status, created_at)
WHERE target_company_id IS NOT NULL;
CREATE INDEX partners_ended ON partners (ended_at) WHERE status = 'revoked';

-- The same certificate to the same company is the same share while it is pending, and so is what
-- was asked for by the same key.
CREATE UNIQUE INDEX shares_pending ON shares (certificate, target_company_id)
WHERE status = 'pending' AND target_company_id IS NOT NULL;
CREATE UNIQUE INDEX shares_repeated ON shares (certificate, idempotency)
WHERE status = 'pending' AND idempotency IS NOT NULL;

CREATE TRIGGER shares_insert BEFORE INSERT ON shares
WHEN EXISTS (SELECT 1 FROM shares s WHERE s.share_id = NEW.share_id)
    OR EXISTS (SELECT 1 FROM shares s WHERE s.token_sha256 = NEW.token_sha256)
BEGIN
    SELECT RAISE(ABORT, 'share: it exists already');
END;

CREATE TRIGGER shares_update BEFORE UPDATE ON shares
WHEN OLD.status <> 'pending' OR (NEW.share_id, NEW.certificate, NEW.company_id, NEW.token_sha256,
        NEW.kid, NEW.target_company_id, NEW.access_level, NEW.shared_by, NEW.idempotency,
        NEW.created_at, NEW.expires_at)
    IS NOT (OLD.share_id, OLD.certificate, OLD.company_id, OLD.token_sha256, OLD.kid,
        OLD.target_company_id, OLD.access_level, OLD.shared_by, OLD.idempotency, OLD.created_at,
        OLD.expires_at)
BEGIN
    SELECT RAISE(ABORT, 'share: it only ends, and once');
END;

CREATE TRIGGER shares_delete BEFORE DELETE ON shares
BEGIN
    SELECT RAISE(ABORT, 'share: never deleted');
END;

-- A company has at most one claim of a certificate, and a share at most one winner.
CREATE TABLE claims (
    certificate INTEGER NOT NULL REFERENCES certificates,
    company_id  TEXT NOT NULL,
    share_id    TEXT NOT NULL UNIQUE REFERENCES shares,
    -- The event that says so.
    seq         INTEGER NOT NULL,
    claimed_at  INTEGER NOT NULL,
    PRIMARY KEY (certificate, company_id),
    FOREIGN KEY (certificate, seq) REFERENCES custody_events
) STRICT, WITHOUT ROWID;

CREATE TRIGGER claims_insert BEFORE INSERT ON claims
WHEN EXISTS (
        SELECT 1 FROM claims c
        WHERE (c.certificate = NEW.certificate AND c.company_id = NEW.company_id)
            OR c.share_id = NEW.share_id
    )
    OR NOT EXISTS (
        SELECT 1 FROM shares s JOIN custody_events e
            ON e.certificate = s.certificate AND e.seq = NEW.seq AND e.type = 'claimed'
        WHERE s.share_id = NEW.share_id AND s.certificate = NEW.certificate
            AND s.claimed_by = NEW.company_id AND e.actor = NEW.company_id
    )
BEGIN
    SELECT RAISE(ABORT, 'claim: there is one already, or nothing that it rests on');
END;

CREATE TRIGGER claims_update BEFORE UPDATE ON claims
BEGIN
    SELECT RAISE(ABORT, 'claim: never changed');
END;

CREATE TRIGGER claims_delete BEFORE DELETE ON claims
BEGIN
    SELECT RAISE(ABORT, 'claim: never taken back');
END;

-- How often a company's rules have rejected what a share gives: that can be tried again, not
-- without end.
CREATE TABLE rejections (
    share_id    TEXT NOT NULL REFERENCES shares,
    company_id  TEXT NOT NULL,
    count       INTEGER NOT NULL,
    rejected_at INTEGER NOT NULL,
    PRIMARY KEY (share_id, company_id)
) STRICT, WITHOUT ROWID;

-- What a company's rules said of a certificate, and the rules as they were then.
CREATE TABLE compliance_results (
    certificate INTEGER NOT NULL REFERENCES certificates,
    company_id  TEXT NOT NULL,
    -- The event that holds its digest.
    seq         INTEGER NOT NULL,
    checked_at  INTEGER NOT NULL,
    by_ip       TEXT,
    by_phone    TEXT,
    rules       INTEGER NOT NULL REFERENCES documents,
    result      TEXT NOT NULL,
    PRIMARY KEY (certificate, company_id, seq),
    FOREIGN KEY (certificate, seq) REFERENCES custody_events
) STRICT, WITHOUT ROWID;

CREATE TRIGGER compliance_results_insert BEFORE INSERT ON compliance_results
WHEN EXISTS (
    SELECT 1 FROM compliance_results r WHERE r.certificate = NEW.certificate
        AND r.company_id = NEW.company_id AND r.seq = NEW.seq
)
BEGIN
    SELECT RAISE(ABORT, 'compliance: a result is never changed');
END;

CREATE TRIGGER compliance_results_update BEFORE UPDATE ON compliance_results
BEGIN
    SELECT RAISE(ABORT, 'compliance: a result is never changed');
END;

CREATE TRIGGER compliance_results_delete BEFORE DELETE ON compliance_results
BEGIN
    SELECT RAISE(ABORT, 'compliance: a result is never deleted');
END;

-- A company to which a certificate has become visible, and since when. Its claim id is n × 256 +
-- tag, so that the id leads to this database, and stays. `changes` counts what its projection has
-- to follow, `projected` how far that has come: the outbox of the projection.
CREATE TABLE holders (
    n           INTEGER PRIMARY KEY,
    tag         INTEGER NOT NULL CHECK (tag BETWEEN 0 AND 255),
    certificate INTEGER NOT NULL REFERENCES certificates,
    company_id  TEXT NOT NULL,
    since       INTEGER NOT NULL,
    changes     INTEGER NOT NULL DEFAULT 1,
    projected   INTEGER NOT NULL DEFAULT 0,
    UNIQUE (certificate, company_id)
) STRICT;

CREATE INDEX holders_behind ON holders (n) WHERE projected < changes;

CREATE TRIGGER holders_update BEFORE UPDATE ON holders
WHEN (NEW.n, NEW.tag, NEW.certificate, NEW.company_id, NEW.since)
    IS NOT (OLD.n, OLD.tag, OLD.certificate, OLD.company_id, OLD.since)
BEGIN
    SELECT RAISE(ABORT, 'holder: a claim id stays');
END;

CREATE TRIGGER holders_delete BEFORE DELETE ON holders
BEGIN
    SELECT RAISE(ABORT, 'holder: a claim id stays');
END;

-- New certificates of a property with an auto-share partner, until they have settled: the outbox
-- of auto-sharing.
CREATE TABLE auto_shares (
    certificate INTEGER NOT NULL REFERENCES certificates,
    company_id  TEXT NOT NULL,
    due_at      INTEGER NOT NULL,
    PRIMARY KEY (certificate, company_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX auto_shares_due ON auto_shares (due_at, certificate);

-- Who has verified a certificate, by day (milliseconds at its beginning, UTC); those without a key
-- are counted together under an empty name.
CREATE TABLE verifications (
    certificate INTEGER NOT NULL REFERENCES certificates,
    company_id  TEXT NOT NULL,
    day         INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    PRIMARY KEY (certificate, company_id, day)
) STRICT, WITHOUT ROWID;

-- A buyer's list. Nothing here is the truth: every row can be made again from the certificate's
-- own database, and `version` says from which state of it.
CREATE TABLE partner_certificates (
    company_id           TEXT NOT NULL,
    claim_id             INTEGER NOT NULL,
    version              INTEGER NOT NULL,
    certificate_id       TEXT NOT NULL,
    property_id          TEXT NOT NULL,
    publisher_company_id TEXT NOT NULL,
    publisher_name       TEXT NOT NULL COLLATE NOCASE,
    domain               TEXT NOT NULL,
    captured_at          INTEGER NOT NULL,
    shared_at            INTEGER NOT NULL,
    claimed_at           INTEGER,
    by_ip                TEXT,
    by_phone             TEXT,
    score                INTEGER,
    level                TEXT NOT NULL,
    -- `gone` is what it is not given any more: the row stays, so that no older state comes back.
    status               TEXT NOT NULL
                         CHECK (status IN ('pending', 'claimed', 'flagged', 'rejected', 'gone')),
    has_recording        INTEGER NOT NULL CHECK (has_recording IN (0, 1)),
    access_level         TEXT NOT NULL CHECK (access_level IN ('read', 'claim')),
    -- What makes the claim URL, and until when it works; none where there is nothing to claim.
    share_id             TEXT,
    kid                  TEXT,
    claim_before         INTEGER,
    PRIMARY KEY (company_id, claim_id)
) STRICT, WITHOUT ROWID;

-- Each order of the list, with and without a status, and what is searched by its beginning.
CREATE INDEX partner_certificates_shared ON partner_certificates (company_id, shared_at)
WHERE status <> 'gone';
CREATE INDEX partner_certificates_captured ON partner_certificates (company_id, captured_at)
WHERE status <> 'gone';
CREATE INDEX partner_certificates_score ON partner_certificates (company_id, score)
WHERE status <> 'gone';
CREATE INDEX partner_certificates_status_shared
ON partner_certificates (company_id, status, shared_at) WHERE status <> 'gone';
CREATE INDEX partner_certificates_status_captured
ON partner_certificates (company_id, status, captured_at) WHERE status <> 'gone';
CREATE INDEX partner_certificates_status_score
ON partner_certificates (company_id, status, score) WHERE status <> 'gone';
CREATE INDEX partner_certificates_id
ON partner_certificates (company_id, certificate_id) WHERE status <> 'gone';
CREATE INDEX partner_certificates_domain
ON partner_certificates (company_id, domain) WHERE status <> 'gone';
CREATE INDEX partner_certificates_publisher
ON partner_certificates (company_id, publisher_name) WHERE status <> 'gone';
