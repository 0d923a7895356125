-- Companies, their properties, and certificates with their chain of custody.
--
-- A certificate's record is not stored as one text: its columns are the record, and verifying
-- writes the canonical bytes again, so no column can say anything else than what was signed.
-- Digests, nonces and signatures are blobs; moments are milliseconds since 1970.

CREATE TABLE companies (
    company_id TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE properties (
    property_id TEXT PRIMARY KEY,
    company_id  TEXT NOT NULL REFERENCES companies,
    name        TEXT NOT NULL,
    retention   TEXT NOT NULL DEFAULT '5y'
                CHECK (retention IN ('7d', '30d', '60d', '1y', '3y', '5y')),
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX properties_by_company ON properties (company_id);

CREATE TABLE property_origins (
    property_id TEXT NOT NULL REFERENCES properties,
    origin      TEXT NOT NULL,
    PRIMARY KEY (property_id, origin)
) STRICT, WITHOUT ROWID;

-- A disclosure's words, once however often they are shown.
CREATE TABLE texts (
    sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
    text   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Canonical JSON documents that many certificates share, by their digest: the consent records of
-- a page, its withheld disclosures, how it looked, the manifest of a recording.
CREATE TABLE documents (
    document INTEGER PRIMARY KEY,
    sha256   BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
    body     TEXT NOT NULL
) STRICT;

-- What stays of a certificate when its evidence is gone: its name, signatures and chain.
CREATE TABLE certificates (
    certificate    INTEGER PRIMARY KEY,
    hash           BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    session_id     TEXT NOT NULL,
    company_id     TEXT NOT NULL REFERENCES companies,
    property_id    TEXT NOT NULL REFERENCES properties,
    timestamp      INTEGER NOT NULL,
    received_at    INTEGER NOT NULL,
    domain         TEXT NOT NULL,
    hmac_kid       TEXT NOT NULL,
    ed25519_kid    TEXT NOT NULL,
    hmac           BLOB NOT NULL CHECK (length(hmac) = 32),
    ed25519        BLOB NOT NULL CHECK (length(ed25519) = 64),
    -- Until when the evidence is kept; NULL for ever. Signed with the head, by a tag of its own.
    expires_at     INTEGER,
    expiry_hmac    BLOB NOT NULL CHECK (length(expiry_hmac) = 32),
    -- The head of the chain of custody; signed anew with every event.
    head_seq       INTEGER NOT NULL DEFAULT 0,
    head_hash      BLOB NOT NULL DEFAULT (zeroblob(32)) CHECK (length(head_hash) = 32),
    state          TEXT NOT NULL,
    head_kid       TEXT NOT NULL,
    head_ed25519_kid TEXT NOT NULL,
    head_hmac      BLOB NOT NULL CHECK (length(head_hmac) = 32),
    head_ed25519   BLOB NOT NULL CHECK (length(head_ed25519) = 64)
) STRICT;

CREATE INDEX certificates_by_company ON certificates (company_id, received_at);

-- Expiry removes a certificate's record, which takes it out of what is overdue.
CREATE INDEX certificates_expiring ON certificates (expires_at, certificate)
WHERE expires_at IS NOT NULL;

-- The rest of the record: the evidence, which goes when its time is over.
CREATE TABLE records (
    certificate      INTEGER PRIMARY KEY REFERENCES certificates,
    origin           TEXT NOT NULL,
    nonce            BLOB NOT NULL CHECK (length(nonce) = 16),
    client_random    BLOB NOT NULL CHECK (length(client_random) = 16),
    minted_by        TEXT NOT NULL,
    attestation      TEXT NOT NULL,
    clock            TEXT NOT NULL,
    tracker          TEXT NOT NULL,
    supersedes       TEXT,
    dropped_consents INTEGER NOT NULL,
    dropped_withheld INTEGER NOT NULL,
    country          TEXT,
    region           TEXT,
    committed        TEXT NOT NULL,
    consents         INTEGER NOT NULL REFERENCES documents,
    presentation     INTEGER REFERENCES documents,
    withheld         INTEGER REFERENCES documents,
    recording        INTEGER REFERENCES documents
) STRICT;

-- Salted personal values that open the record's commitments; erasable. Whoever claims a
-- certificate holds a copy of its own.
CREATE TABLE disclosures (
    certificate INTEGER NOT NULL REFERENCES certificates,
    holder      TEXT NOT NULL REFERENCES companies,
    body        TEXT NOT NULL,
    PRIMARY KEY (certificate, holder)
) STRICT, WITHOUT ROWID;

-- Finds certificates by the lead's phone or e-mail, under a key of the owner's; erasable, and made
-- again when the master key changes (`kid` names it).
CREATE TABLE contact_lookups (
    lookup      BLOB NOT NULL CHECK (length(lookup) = 32),
    certificate INTEGER NOT NULL REFERENCES certificates,
    kid         TEXT NOT NULL,
    PRIMARY KEY (lookup, certificate)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_lookups_by_certificate ON contact_lookups (certificate);

CREATE TABLE custody_events (
    certificate    INTEGER NOT NULL REFERENCES certificates,
    seq            INTEGER NOT NULL,
    type           TEXT NOT NULL,
    at             INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    details_sha256 BLOB NOT NULL CHECK (length(details_sha256) = 32),
    prev           BLOB NOT NULL CHECK (length(prev) = 32),
    hash           BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (certificate, seq)
) STRICT, WITHOUT ROWID;

-- What an event's digest was taken over; a table of its own, so that it can be erased.
CREATE TABLE custody_details (
    certificate INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    details     TEXT NOT NULL,
    PRIMARY KEY (certificate, seq),
    FOREIGN KEY (certificate, seq) REFERENCES custody_events
) STRICT, WITHOUT ROWID;

-- The chain: an event continues the head of its certificate and becomes the new head. REPLACE
-- passes by triggers on UPDATE and DELETE, so the rule stands before every INSERT.
CREATE TRIGGER custody_events_continue BEFORE INSERT ON custody_events
WHEN NOT EXISTS (
    SELECT 1 FROM certificates c
    WHERE c.certificate = NEW.certificate
      AND c.head_seq + 1 = NEW.seq AND c.head_hash = NEW.prev
)
BEGIN
    SELECT RAISE(ABORT, 'custody: the event does not continue the head');
END;

CREATE TRIGGER custody_events_advance AFTER INSERT ON custody_events
BEGIN
    UPDATE certificates SET head_seq = NEW.seq, head_hash = NEW.hash
    WHERE certificate = NEW.certificate;
END;

CREATE TRIGGER custody_events_update BEFORE UPDATE ON custody_events
BEGIN
    SELECT RAISE(ABORT, 'custody: events are never changed');
END;

CREATE TRIGGER custody_events_delete BEFORE DELETE ON custody_events
BEGIN
    SELECT RAISE(ABORT, 'custody: events are never deleted');
END;

CREATE TRIGGER custody_details_update BEFORE UPDATE ON custody_details
BEGIN
    SELECT RAISE(ABORT, 'custody: details are never changed');
END;

CREATE TRIGGER custody_details_insert BEFORE INSERT ON custody_details
WHEN EXISTS (
    SELECT 1 FROM custody_details d WHERE d.certificate = NEW.certificate AND d.seq = NEW.seq
)
BEGIN
    SELECT RAISE(ABORT, 'custody: details are never changed');
END;

-- A certificate begins with an empty chain, and nothing that was signed changes afterwards.
CREATE TRIGGER certificates_insert BEFORE INSERT ON certificates
WHEN NEW.head_seq <> 0 OR NEW.head_hash <> zeroblob(32)
    OR EXISTS (SELECT 1 FROM certificates c WHERE c.hash = NEW.hash)
    OR EXISTS (SELECT 1 FROM certificates c WHERE c.certificate = NEW.certificate)
BEGIN
    SELECT RAISE(ABORT, 'certificate: it exists already, or does not begin with an empty chain');
END;

-- A condition and not a list of columns: an update of the rowid names none of them.
CREATE TRIGGER certificates_signed BEFORE UPDATE ON certificates
WHEN (NEW.certificate, NEW.hash, NEW.session_id, NEW.company_id, NEW.property_id, NEW.timestamp,
        NEW.received_at, NEW.domain, NEW.hmac_kid, NEW.ed25519_kid, NEW.hmac, NEW.ed25519)
    IS NOT (OLD.certificate, OLD.hash, OLD.session_id, OLD.company_id, OLD.property_id,
        OLD.timestamp, OLD.received_at, OLD.domain, OLD.hmac_kid, OLD.ed25519_kid, OLD.hmac,
        OLD.ed25519)
BEGIN
    SELECT RAISE(ABORT, 'certificate: what was signed is never changed');
END;

CREATE TRIGGER certificates_head BEFORE UPDATE OF head_seq, head_hash ON certificates
WHEN NEW.head_seq <> OLD.head_seq + 1 OR NOT EXISTS (
    SELECT 1 FROM custody_events e
    WHERE e.certificate = OLD.certificate AND e.seq = NEW.head_seq
      AND e.prev = OLD.head_hash AND e.hash = NEW.head_hash
)
BEGIN
    SELECT RAISE(ABORT, 'custody: the head moves with its events only');
END;

CREATE TRIGGER certificates_delete BEFORE DELETE ON certificates
BEGIN
    SELECT RAISE(ABORT, 'certificate: never deleted');
END;

CREATE TRIGGER records_insert BEFORE INSERT ON records
WHEN EXISTS (SELECT 1 FROM records r WHERE r.certificate = NEW.certificate)
BEGIN
    SELECT RAISE(ABORT, 'record: what was signed is never changed');
END;

CREATE TRIGGER records_update BEFORE UPDATE ON records
BEGIN
    SELECT RAISE(ABORT, 'record: what was signed is never changed');
END;

CREATE TRIGGER records_delete BEFORE DELETE ON records
WHEN NOT EXISTS (
    SELECT 1 FROM certificates c JOIN custody_events e USING (certificate)
    WHERE c.certificate = OLD.certificate AND e.seq = c.head_seq AND e.type = 'expired'
)
BEGIN
    SELECT RAISE(ABORT, 'record: evidence goes only when its certificate has expired');
END;

-- Texts and documents are named by their content: a second one changes nothing.
CREATE TRIGGER texts_insert BEFORE INSERT ON texts
WHEN EXISTS (SELECT 1 FROM texts t WHERE t.sha256 = NEW.sha256)
BEGIN
    SELECT RAISE(IGNORE);
END;

CREATE TRIGGER texts_update BEFORE UPDATE ON texts
BEGIN
    SELECT RAISE(ABORT, 'text: never changed');
END;

CREATE TRIGGER texts_delete BEFORE DELETE ON texts
BEGIN
    SELECT RAISE(ABORT, 'text: certificates rely on it');
END;

CREATE TRIGGER documents_insert BEFORE INSERT ON documents
WHEN EXISTS (SELECT 1 FROM documents d WHERE d.sha256 = NEW.sha256)
BEGIN
    SELECT RAISE(IGNORE);
END;

CREATE TRIGGER documents_replace BEFORE INSERT ON documents
WHEN EXISTS (SELECT 1 FROM documents d WHERE d.document = NEW.document)
BEGIN
    SELECT RAISE(ABORT, 'document: never changed');
END;

CREATE TRIGGER documents_update BEFORE UPDATE ON documents
BEGIN
    SELECT RAISE(ABORT, 'document: never changed');
END;

CREATE TRIGGER documents_delete BEFORE DELETE ON documents
BEGIN
    SELECT RAISE(ABORT, 'document: certificates rely on it');
END;

-- A batch has no IF. Its guarded statements are each followed by an insert of the number of rows
-- that should have become one: any other number fails the whole batch, and no row is ever kept.
CREATE TABLE guard (changed INTEGER NOT NULL) STRICT;

CREATE TRIGGER guard_one BEFORE INSERT ON guard
BEGIN
    SELECT CASE NEW.changed
        WHEN 1 THEN RAISE(IGNORE)
        ELSE RAISE(ABORT, 'guard: the row was not in the state that this change starts from')
    END;
END;
