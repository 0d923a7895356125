-- The owner's list of certificates and its search, opt-outs and their revocations, who verified
-- what, and letting go of words that no evidence relies on any more.
--
-- What a list can be narrowed by is a facet of one company: a property, a domain, a state, a type of
-- consent, a text, a status. An entry says that a certificate has it. Both are written by the
-- database itself when a record is, so that no certificate can be kept and not be found; every
-- filter is the same walk along one facet, in the order of the list.

CREATE TABLE facets (
    facet      INTEGER PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES companies,
    kind       TEXT NOT NULL
               CHECK (kind IN ('property', 'domain', 'state', 'type', 'text', 'status')),
    -- Of a text: the hex of its digest.
    value      TEXT NOT NULL,
    UNIQUE (company_id, kind, value)
) STRICT;

CREATE TABLE entries (
    facet       INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    certificate INTEGER NOT NULL,
    PRIMARY KEY (facet, received_at, certificate)
) STRICT, WITHOUT ROWID;

-- Words of a company's texts. Each company's texts are here under a token of that company, so that
-- one company's search neither meets another's texts nor costs more because of them. It holds no
-- text; `facets` and `texts` have all that it was made from.
CREATE VIRTUAL TABLE text_search USING fts5 (
    company, text, content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2"
);

CREATE TRIGGER facets_searchable AFTER INSERT ON facets WHEN NEW.kind = 'text'
BEGIN
    INSERT INTO text_search (rowid, company, text)
    SELECT NEW.facet, NEW.company_id, t.text FROM texts t WHERE t.sha256 = unhex(NEW.value);
END;

CREATE TRIGGER facets_forgotten AFTER DELETE ON facets WHEN OLD.kind = 'text'
BEGIN
    DELETE FROM text_search WHERE rowid = OLD.facet;
END;

-- Which documents rely on which texts.
CREATE TABLE document_texts (
    sha256   BLOB NOT NULL,
    document INTEGER NOT NULL,
    PRIMARY KEY (sha256, document)
) STRICT, WITHOUT ROWID;

CREATE INDEX document_texts_by_document ON document_texts (document);

CREATE TRIGGER documents_texts AFTER INSERT ON documents
BEGIN
    INSERT INTO document_texts (sha256, document)
    SELECT DISTINCT unhex(e.value), NEW.document
    FROM json_tree(iif(json_valid(NEW.body), NEW.body, NULL)) e
    WHERE e.key = 'text_sha256' AND e.type = 'text' AND length(unhex(e.value)) = 32;
END;

INSERT INTO document_texts (sha256, document)
SELECT DISTINCT unhex(e.value), d.document
FROM documents d, json_tree(iif(json_valid(d.body), d.body, NULL)) e
WHERE e.key = 'text_sha256' AND e.type = 'text' AND length(unhex(e.value)) = 32;

-- What relies on which documents.
CREATE INDEX records_by_consents ON records (consents);
CREATE INDEX records_by_presentation ON records (presentation) WHERE presentation IS NOT NULL;
CREATE INDEX records_by_withheld ON records (withheld) WHERE withheld IS NOT NULL;
CREATE INDEX records_by_recording ON records (recording) WHERE recording IS NOT NULL;
CREATE INDEX compliance_results_by_rules ON compliance_results (rules);

CREATE INDEX certificates_by_session ON certificates (session_id, received_at);

-- What a record gives to its owner's list. A type counts when consent of it was given: implied and
-- shown, or explicit with a value that is neither empty nor `false`.
CREATE VIEW record_facets (certificate, company_id, received_at, kind, value) AS
SELECT c.certificate, c.company_id, c.received_at, j.key, j.value
FROM records r
JOIN certificates c ON c.certificate = r.certificate
JOIN json_each(json_object('property', c.property_id, 'domain', c.domain,
    'state', iif(r.country = 'US', r.region, ''))) j
WHERE j.value <> ''
UNION ALL
SELECT c.certificate, c.company_id, c.received_at, 'type', e.value ->> 'type'
FROM records r
JOIN certificates c ON c.certificate = r.certificate
JOIN documents d ON d.document = r.consents
JOIN json_each(d.body) e
WHERE e.value ->> 'category' = 'IMPLIED' OR e.value ->> 'value' NOT IN ('', 'false')
UNION ALL
SELECT c.certificate, c.company_id, c.received_at, 'text', lower(hex(t.sha256))
FROM records r
JOIN certificates c ON c.certificate = r.certificate
JOIN document_texts t ON t.document = r.consents;

CREATE TRIGGER records_listed AFTER INSERT ON records
BEGIN
    INSERT INTO facets (company_id, kind, value)
    SELECT company_id, kind, value FROM record_facets WHERE certificate = NEW.certificate
    ON CONFLICT DO NOTHING;
    INSERT INTO facets (company_id, kind, value)
    SELECT company_id, 'status', 'active' FROM certificates WHERE certificate = NEW.certificate
    ON CONFLICT DO NOTHING;
    INSERT INTO entries (facet, received_at, certificate)
    SELECT f.facet, r.received_at, r.certificate
    FROM record_facets r
    JOIN facets f ON f.company_id = r.company_id AND f.kind = r.kind AND f.value = r.value
    WHERE r.certificate = NEW.certificate
    ON CONFLICT DO NOTHING;
    INSERT INTO entries (facet, received_at, certificate)
    SELECT f.facet, c.received_at, c.certificate
    FROM certificates c
    JOIN facets f ON f.company_id = c.company_id AND f.kind = 'status' AND f.value = 'active'
    WHERE c.certificate = NEW.certificate;
END;

-- With the record goes what it gave to the list; property and domain are the certificate's own.
CREATE TRIGGER records_unlisted BEFORE DELETE ON records
BEGIN
    DELETE FROM entries WHERE (facet, received_at, certificate) IN (
        SELECT f.facet, r.received_at, r.certificate
        FROM record_facets r
        JOIN facets f ON f.company_id = r.company_id AND f.kind = r.kind AND f.value = r.value
        WHERE r.certificate = OLD.certificate AND r.kind IN ('state', 'type', 'text')
    );
    DELETE FROM facets WHERE facet IN (
        SELECT f.facet FROM record_facets r
        JOIN facets f ON f.company_id = r.company_id AND f.kind = r.kind AND f.value = r.value
        WHERE r.certificate = OLD.certificate AND r.kind = 'text'
            AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.facet = f.facet)
    );
END;

-- Words and documents go with the last evidence that relies on them, in the same transaction: a
-- commit that comes later writes them again, and one that came first relies on them.
CREATE TRIGGER records_collected AFTER DELETE ON records
BEGIN
    DELETE FROM documents
    WHERE document IN (OLD.consents, OLD.presentation, OLD.withheld, OLD.recording)
        AND NOT EXISTS (SELECT 1 FROM records r WHERE r.consents = documents.document)
        AND NOT EXISTS (SELECT 1 FROM records r WHERE r.presentation = documents.document)
        AND NOT EXISTS (SELECT 1 FROM records r WHERE r.withheld = documents.document)
        AND NOT EXISTS (SELECT 1 FROM records r WHERE r.recording = documents.document)
        AND NOT EXISTS (SELECT 1 FROM compliance_results r WHERE r.rules = documents.document);
END;

DROP TRIGGER documents_delete;
CREATE TRIGGER documents_delete BEFORE DELETE ON documents
WHEN EXISTS (SELECT 1 FROM records r WHERE r.consents = OLD.document)
    OR EXISTS (SELECT 1 FROM records r WHERE r.presentation = OLD.document)
    OR EXISTS (SELECT 1 FROM records r WHERE r.withheld = OLD.document)
    OR EXISTS (SELECT 1 FROM records r WHERE r.recording = OLD.document)
    OR EXISTS (SELECT 1 FROM compliance_results r WHERE r.rules = OLD.document)
BEGIN
    SELECT RAISE(ABORT, 'document: certificates rely on it');
END;

CREATE TRIGGER documents_collected AFTER DELETE ON documents
BEGIN
    DELETE FROM document_texts WHERE document = OLD.document;
END;

CREATE TRIGGER document_texts_delete BEFORE DELETE ON document_texts
WHEN EXISTS (SELECT 1 FROM documents d WHERE d.document = OLD.document)
BEGIN
    SELECT RAISE(ABORT, 'document: its texts are known by it');
END;

CREATE TRIGGER document_texts_update BEFORE UPDATE ON document_texts
BEGIN
    SELECT RAISE(ABORT, 'document: its texts are known by it');
END;

CREATE TRIGGER document_texts_collected AFTER DELETE ON document_texts
BEGIN
    DELETE FROM texts WHERE sha256 = OLD.sha256
        AND NOT EXISTS (SELECT 1 FROM document_texts d WHERE d.sha256 = OLD.sha256);
END;

DROP TRIGGER texts_delete;
CREATE TRIGGER texts_delete BEFORE DELETE ON texts
WHEN EXISTS (SELECT 1 FROM document_texts d WHERE d.sha256 = OLD.sha256)
BEGIN
    SELECT RAISE(ABORT, 'text: certificates rely on it');
END;

-- Since when a consumer has opted out with a company; what holds is the signed state, this is its
-- date.
CREATE TABLE revocations (
    certificate INTEGER NOT NULL REFERENCES certificates,
    company_id  TEXT NOT NULL REFERENCES companies,
    revoked_at  INTEGER NOT NULL,
    PRIMARY KEY (certificate, company_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER custody_revoked AFTER INSERT ON custody_events WHEN NEW.type = 'revoked'
BEGIN
    INSERT INTO revocations (certificate, company_id, revoked_at)
    VALUES (NEW.certificate, NEW.actor, NEW.at)
    ON CONFLICT (certificate, company_id) DO UPDATE SET revoked_at = excluded.revoked_at;
END;

CREATE TRIGGER custody_restored AFTER INSERT ON custody_events WHEN NEW.type = 'restored'
BEGIN
    DELETE FROM revocations WHERE certificate = NEW.certificate AND company_id = NEW.actor;
END;

-- A certificate's place in its owner's list follows its events. `active` is neither expired nor
-- revoked; a claim is a status beside the others.
CREATE TRIGGER custody_listed AFTER INSERT ON custody_events
WHEN NEW.type IN ('expired', 'claimed')
    OR NEW.type IN ('revoked', 'restored') AND NEW.actor =
        (SELECT c.company_id FROM certificates c WHERE c.certificate = NEW.certificate)
BEGIN
    INSERT INTO facets (company_id, kind, value)
    SELECT c.company_id, 'status', iif(NEW.type = 'restored', 'active', NEW.type)
    FROM certificates c WHERE c.certificate = NEW.certificate
    ON CONFLICT DO NOTHING;
    DELETE FROM entries WHERE (facet, received_at, certificate) IN (
        SELECT f.facet, c.received_at, c.certificate FROM certificates c
        JOIN facets f ON f.company_id = c.company_id AND f.kind = 'status'
            AND f.value = CASE NEW.type
                WHEN 'restored' THEN 'revoked' WHEN 'claimed' THEN '' ELSE 'active' END
        WHERE c.certificate = NEW.certificate
    );
    INSERT INTO entries (facet, received_at, certificate)
    SELECT f.facet, c.received_at, c.certificate FROM certificates c
    JOIN facets f ON f.company_id = c.company_id AND f.kind = 'status'
        AND f.value = iif(NEW.type = 'restored', 'active', NEW.type)
    WHERE c.certificate = NEW.certificate
        AND (NEW.type <> 'restored' OR NOT EXISTS (
            SELECT 1 FROM custody_events e
            WHERE e.certificate = NEW.certificate AND e.type = 'expired'))
    ON CONFLICT DO NOTHING;
END;

-- What a company has ordered for all of its certificates of one consumer, and how far it is.
CREATE TABLE contact_orders (
    order_id     TEXT PRIMARY KEY,
    company_id   TEXT NOT NULL REFERENCES companies,
    action       TEXT NOT NULL CHECK (action IN ('revoke', 'erase')),
    -- A JSON array of lookup keys in hex, of which the first is looked at; NULL once it is done.
    lookups      TEXT,
    reason       TEXT,
    ordered_at   INTEGER NOT NULL,
    -- The last certificate that was looked at under the first lookup key.
    after        INTEGER NOT NULL DEFAULT 0,
    -- Certificates that were changed by it.
    certificates INTEGER NOT NULL DEFAULT 0,
    -- Certificates that it could not change, since their chain does not hold.
    skipped      INTEGER NOT NULL DEFAULT 0,
    done_at      INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_orders_open ON contact_orders (ordered_at) WHERE done_at IS NULL;
CREATE INDEX contact_orders_by_company ON contact_orders (company_id, ordered_at);

-- A consumer's request as it came, until it is known which companies it concerns: whom it is
-- about is sealed under a key of ours, and goes with the row.
CREATE TABLE opt_out_requests (
    request_id  TEXT PRIMARY KEY,
    received_at INTEGER NOT NULL,
    kid         TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    -- The last company that was looked at.
    after       TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX opt_out_requests_by_age ON opt_out_requests (received_at);

-- What a company has to decide: 47 CFR 64.1200(a)(10) gives it ten business days.
CREATE TABLE opt_outs (
    opt_out_id  TEXT PRIMARY KEY,
    company_id  TEXT NOT NULL REFERENCES companies,
    received_at INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    status      TEXT NOT NULL DEFAULT 'pending'
                CHECK (status IN ('pending', 'confirmed', 'declined')),
    -- One lookup key of the consumer, under the company's key; NULL once it is decided.
    lookup      BLOB CHECK (length(lookup) = 32),
    decided_at  INTEGER,
    reason      TEXT,
    order_id    TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX opt_outs_by_company ON opt_outs (company_id, status, received_at);
-- Asking again changes nothing while the first request waits.
CREATE UNIQUE INDEX opt_outs_pending ON opt_outs (company_id, lookup) WHERE lookup IS NOT NULL;

-- Contacts that a company has held against a certificate: an HMAC of each, and whether it was the
-- bound one. Few may be wrong, so that nobody finds a consumer's number by trying.
CREATE TABLE lead_matches (
    certificate INTEGER NOT NULL REFERENCES certificates,
    company_id  TEXT NOT NULL,
    value       BLOB NOT NULL CHECK (length(value) = 32),
    matches     INTEGER NOT NULL CHECK (matches IN (0, 1)),
    PRIMARY KEY (certificate, company_id, value)
) STRICT, WITHOUT ROWID;

-- Under what a company finds what it has claimed; none for the publisher's own.
ALTER TABLE contact_lookups ADD COLUMN holder TEXT;

-- Certificates from before there was a list.
INSERT INTO facets (company_id, kind, value)
SELECT company_id, kind, value FROM record_facets WHERE true ON CONFLICT DO NOTHING;

INSERT INTO facets (company_id, kind, value)
SELECT c.company_id, 'property', c.property_id FROM certificates c WHERE true ON CONFLICT DO NOTHING;

INSERT INTO facets (company_id, kind, value)
SELECT c.company_id, 'domain', c.domain FROM certificates c WHERE true ON CONFLICT DO NOTHING;

INSERT INTO facets (company_id, kind, value)
SELECT c.company_id, 'status', iif(EXISTS (
    SELECT 1 FROM records r WHERE r.certificate = c.certificate), 'active', 'expired')
FROM certificates c WHERE true ON CONFLICT DO NOTHING;

INSERT INTO entries (facet, received_at, certificate)
SELECT f.facet, r.received_at, r.certificate FROM record_facets r
JOIN facets f ON f.company_id = r.company_id AND f.kind = r.kind AND f.value = r.value
WHERE true ON CONFLICT DO NOTHING;

INSERT INTO entries (facet, received_at, certificate)
SELECT f.facet, c.received_at, c.certificate FROM certificates c
JOIN facets f ON f.company_id = c.company_id AND (
    f.kind = 'property' AND f.value = c.property_id
    OR f.kind = 'domain' AND f.value = c.domain
    OR f.kind = 'status' AND f.value = iif(EXISTS (
        SELECT 1 FROM records r WHERE r.certificate = c.certificate), 'active', 'expired'))
WHERE true ON CONFLICT DO NOTHING;
