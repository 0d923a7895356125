-- A certificate in fewer bytes: nothing is kept twice, nor what follows from what is kept.
--
-- `created` and `signed` begin every chain and say what the certificate itself says: they are made
-- again from its columns, their salts and the record's digest, and `custody_events` goes on from
-- there. What certificates share is a row of its own: where their page is, and which keys signed.
-- Commitments and the values that open them are packed (`econsent_core::packed`), and a lookup key is
-- the first half of its HMAC. `certificates` is a view of all this with the columns that it had.

-- Where certificates come from: a page's origin, as a company's property.
CREATE TABLE places (
    place       INTEGER PRIMARY KEY,
    property_id TEXT NOT NULL REFERENCES properties,
    origin      TEXT NOT NULL,
    domain      TEXT NOT NULL,
    UNIQUE (property_id, origin, domain)
) STRICT;

-- Which two keys signed one text.
CREATE TABLE signers (
    signer      INTEGER PRIMARY KEY,
    hmac_kid    TEXT NOT NULL,
    ed25519_kid TEXT NOT NULL,
    UNIQUE (hmac_kid, ed25519_kid)
) STRICT;

DROP VIEW record_facets;
DROP TRIGGER records_listed;
DROP TRIGGER records_unlisted;
DROP TRIGGER records_update;
DROP TRIGGER certificates_insert;
DROP TRIGGER certificates_signed;
DROP TRIGGER certificates_head;
DROP TRIGGER custody_events_delete;
DROP INDEX certificates_by_session;

ALTER TABLE certificates RENAME TO certificate_rows;
-- A session id of hex digits is the bytes that they stand for; any other is its text.
ALTER TABLE certificate_rows ADD COLUMN session ANY;
ALTER TABLE certificate_rows ADD COLUMN place INTEGER REFERENCES places;
-- Of the record, and of the head.
ALTER TABLE certificate_rows ADD COLUMN signer INTEGER REFERENCES signers;
ALTER TABLE certificate_rows ADD COLUMN head_signer INTEGER REFERENCES signers;
-- Of what `created` and `signed` say, what is nowhere else once the record is gone.
ALTER TABLE certificate_rows ADD COLUMN record_sha256 BLOB CHECK (length(record_sha256) = 32);
ALTER TABLE certificate_rows ADD COLUMN created_salt BLOB CHECK (length(created_salt) = 16);
ALTER TABLE certificate_rows ADD COLUMN signed_salt BLOB CHECK (length(signed_salt) = 16);
-- NULL is the state in which every certificate begins.
ALTER TABLE certificate_rows ADD COLUMN state_since TEXT;

INSERT INTO places (property_id, origin, domain)
SELECT DISTINCT c.property_id, coalesce(r.origin, d.details ->> 'origin'), c.domain
FROM certificate_rows c
LEFT JOIN records r ON r.certificate = c.certificate
LEFT JOIN custody_details d ON d.certificate = c.certificate AND d.seq = 1 AND json_valid(d.details)
WHERE coalesce(r.origin, d.details ->> 'origin') IS NOT NULL
ON CONFLICT DO NOTHING;

INSERT INTO signers (hmac_kid, ed25519_kid)
SELECT hmac_kid, ed25519_kid FROM certificate_rows
UNION SELECT head_kid, head_ed25519_kid FROM certificate_rows;

-- The alphabet of base64url.
CREATE TABLE base64 (a TEXT NOT NULL) STRICT;
INSERT INTO base64 VALUES ('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

UPDATE certificate_rows SET
    session = iif(lower(hex(unhex(session_id))) = session_id, unhex(session_id), session_id),
    place = (SELECT p.place FROM places p
        WHERE p.property_id = certificate_rows.property_id AND p.domain = certificate_rows.domain
            AND p.origin = coalesce(
                (SELECT r.origin FROM records r
                    WHERE r.certificate = certificate_rows.certificate),
                (SELECT d.details ->> 'origin' FROM custody_details d
                    WHERE d.certificate = certificate_rows.certificate AND d.seq = 1
                        AND json_valid(d.details)))),
    signer = (SELECT s.signer FROM signers s
        WHERE s.hmac_kid = certificate_rows.hmac_kid
            AND s.ed25519_kid = certificate_rows.ed25519_kid),
    head_signer = (SELECT s.signer FROM signers s
        WHERE s.hmac_kid = certificate_rows.head_kid
            AND s.ed25519_kid = certificate_rows.head_ed25519_kid),
    state_since = nullif(state, '{"claims":[],"revoked":[],"status":"active"}'),
    record_sha256 = (SELECT iif(length(unhex(d.details ->> 'record_sha256')) = 32,
            unhex(d.details ->> 'record_sha256'), NULL)
        FROM custody_details d WHERE d.certificate = certificate_rows.certificate AND d.seq = 1
            AND json_valid(d.details)),
    created_salt = (SELECT iif(length(s.salt) = 16, s.salt, NULL) FROM (
        SELECT unhex(substr((SELECT group_concat(h, '') FROM (
                SELECT printf('%06X', (instr(b.a, substr(d.details ->> 'salt' || 'AA', 4 * n.value + 1, 1)) - 1 << 18)
                    | (instr(b.a, substr(d.details ->> 'salt' || 'AA', 4 * n.value + 2, 1)) - 1 << 12)
                    | (instr(b.a, substr(d.details ->> 'salt' || 'AA', 4 * n.value + 3, 1)) - 1 << 6)
                    | (instr(b.a, substr(d.details ->> 'salt' || 'AA', 4 * n.value + 4, 1)) - 1 << 0)) AS h
                FROM json_each('[0,1,2,3,4,5,6,7,8,9,10]') n, base64 b
                WHERE 4 * n.value < length(d.details ->> 'salt') ORDER BY n.value)), 1, 32)) AS salt
        FROM custody_details d WHERE d.certificate = certificate_rows.certificate AND d.seq = 1
            AND json_valid(d.details)) s),
    signed_salt = (SELECT iif(length(s.salt) = 16, s.salt, NULL) FROM (
        SELECT unhex(substr((SELECT group_concat(h, '') FROM (
                SELECT printf('%06X', (instr(b.a, substr(d.details ->> 'salt' || 'AA', 4 * n.value + 1, 1)) - 1 << 18)
                    | (instr(b.a, substr(d.details ->> 'salt' || 'AA', 4 * n.value + 2, 1)) - 1 << 12)
                    | (instr(b.a, substr(d.details ->> 'salt' || 'AA', 4 * n.value + 3, 1)) - 1 << 6)
                    | (instr(b.a, substr(d.details ->> 'salt' || 'AA', 4 * n.value + 4, 1)) - 1 << 0)) AS h
                FROM json_each('[0,1,2,3,4,5,6,7,8,9,10]') n, base64 b
                WHERE 4 * n.value < length(d.details ->> 'salt') ORDER BY n.value)), 1, 32)) AS salt
        FROM custody_details d WHERE d.certificate = certificate_rows.certificate AND d.seq = 2
            AND json_valid(d.details)) s);

-- Details that somebody had changed cannot be kept in these columns, and are not to be lost in
-- silence: zeros make a chain whose second event does not hold.
UPDATE certificate_rows SET
    record_sha256 = coalesce(record_sha256, zeroblob(32)),
    created_salt = coalesce(created_salt, zeroblob(16)),
    signed_salt = coalesce(signed_salt, zeroblob(16));

ALTER TABLE certificate_rows DROP COLUMN session_id;
ALTER TABLE certificate_rows DROP COLUMN property_id;
ALTER TABLE certificate_rows DROP COLUMN domain;
ALTER TABLE certificate_rows DROP COLUMN state;
ALTER TABLE certificate_rows DROP COLUMN hmac_kid;
ALTER TABLE certificate_rows DROP COLUMN ed25519_kid;
ALTER TABLE certificate_rows DROP COLUMN head_kid;
ALTER TABLE certificate_rows DROP COLUMN head_ed25519_kid;
ALTER TABLE certificate_rows RENAME COLUMN state_since TO state;

DELETE FROM custody_details WHERE seq <= 2;
DELETE FROM custody_events WHERE seq <= 2;

CREATE INDEX certificates_by_session ON certificate_rows (session, received_at);

-- What somebody took away is empty: a change that its certificate tells of, and nobody else's lists.
CREATE VIEW certificates AS
SELECT c.certificate, c.hash,
    iif(typeof(c.session) = 'blob', lower(hex(c.session)), c.session) AS session_id,
    c.company_id,
    coalesce((SELECT p.property_id FROM places p WHERE p.place = c.place), '') AS property_id,
    c.timestamp, c.received_at,
    coalesce((SELECT p.origin FROM places p WHERE p.place = c.place), '') AS origin,
    coalesce((SELECT p.domain FROM places p WHERE p.place = c.place), '') AS domain,
    coalesce((SELECT s.hmac_kid FROM signers s WHERE s.signer = c.signer), '') AS hmac_kid,
    coalesce((SELECT s.ed25519_kid FROM signers s WHERE s.signer = c.signer), '') AS ed25519_kid,
    c.hmac, c.ed25519, c.record_sha256, c.created_salt, c.signed_salt,
    c.expires_at, c.expiry_hmac, c.head_seq, c.head_hash,
    coalesce(c.state, '{"claims":[],"revoked":[],"status":"active"}') AS state,
    coalesce((SELECT s.hmac_kid FROM signers s WHERE s.signer = c.head_signer), '') AS head_kid,
    coalesce((SELECT s.ed25519_kid FROM signers s WHERE s.signer = c.head_signer), '') AS head_ed25519_kid,
    c.head_hmac, c.head_ed25519
FROM certificate_rows c;

-- Each commitment as its name's number and its 32 bytes.
ALTER TABLE records ADD COLUMN packed BLOB;
UPDATE records SET packed = coalesce(unhex((SELECT group_concat(one, '') FROM (
    SELECT printf('%02X', k.key) || substr((SELECT group_concat(h, '') FROM (
            SELECT printf('%06X', (instr(b.a, substr(e.value || 'AA', 4 * n.value + 1, 1)) - 1 << 18)
                | (instr(b.a, substr(e.value || 'AA', 4 * n.value + 2, 1)) - 1 << 12)
                | (instr(b.a, substr(e.value || 'AA', 4 * n.value + 3, 1)) - 1 << 6)
                | (instr(b.a, substr(e.value || 'AA', 4 * n.value + 4, 1)) - 1 << 0)) AS h
            FROM json_each('[0,1,2,3,4,5,6,7,8,9,10]') n, base64 b
            WHERE 4 * n.value < length(e.value) ORDER BY n.value)), 1, 64) AS one
    FROM json_each(json_array('ip', 'user_agent', 'page', 'language', 'city', 'phone', 'email')) k
    JOIN json_each(iif(json_valid(records.committed), records.committed, NULL)) e ON e.key = k.value
    ORDER BY k.key))), x'');
ALTER TABLE records DROP COLUMN committed;
ALTER TABLE records DROP COLUMN origin;
ALTER TABLE records RENAME COLUMN packed TO committed;

-- Salted personal values. No holder is the publisher; whoever claims a certificate holds a copy.
CREATE TABLE held_values (
    certificate INTEGER NOT NULL REFERENCES certificate_rows,
    holder      TEXT NOT NULL,
    body        BLOB NOT NULL,
    PRIMARY KEY (certificate, holder)
) STRICT, WITHOUT ROWID;

INSERT INTO held_values (certificate, holder, body)
SELECT d.certificate, iif(d.holder = c.company_id, '', d.holder),
    coalesce(unhex('01' || (SELECT coalesce(group_concat(one, ''), '') FROM (
        SELECT printf('%02X', k.key) || substr((SELECT group_concat(h, '') FROM (
                SELECT printf('%06X', (instr(b.a, substr(e.value ->> 'salt' || 'AA', 4 * n.value + 1, 1)) - 1 << 18)
                    | (instr(b.a, substr(e.value ->> 'salt' || 'AA', 4 * n.value + 2, 1)) - 1 << 12)
                    | (instr(b.a, substr(e.value ->> 'salt' || 'AA', 4 * n.value + 3, 1)) - 1 << 6)
                    | (instr(b.a, substr(e.value ->> 'salt' || 'AA', 4 * n.value + 4, 1)) - 1 << 0)) AS h
                FROM json_each('[0,1,2,3,4,5,6,7,8,9,10]') n, base64 b
                WHERE 4 * n.value < length(e.value ->> 'salt') ORDER BY n.value)), 1, 32)
            || CASE
                WHEN octet_length(e.value ->> 'value') < 128
                THEN printf('%02X', octet_length(e.value ->> 'value'))
                WHEN octet_length(e.value ->> 'value') < 16384
                THEN printf('%02X%02X', octet_length(e.value ->> 'value') & 127 | 128,
                    octet_length(e.value ->> 'value') >> 7)
                ELSE printf('%02X%02X%02X', octet_length(e.value ->> 'value') & 127 | 128,
                    octet_length(e.value ->> 'value') >> 7 & 127 | 128,
                    octet_length(e.value ->> 'value') >> 14)
            END || hex(e.value ->> 'value') AS one
        FROM json_each(json_array('ip', 'user_agent', 'page', 'language', 'city', 'phone', 'email')) k
        JOIN json_each(iif(json_valid(d.body), d.body, NULL)) e ON e.key = k.value
        ORDER BY k.key))), x'')
FROM disclosures d JOIN certificate_rows c ON c.certificate = d.certificate;
DROP TABLE disclosures;
ALTER TABLE held_values RENAME TO disclosures;
DROP TABLE base64;

-- Half of an HMAC-SHA256 finds as surely, and is as hard to make.
CREATE TABLE halved_lookups (
    lookup      BLOB NOT NULL CHECK (length(lookup) = 16),
    certificate INTEGER NOT NULL REFERENCES certificate_rows,
    kid         TEXT NOT NULL,
    holder      TEXT,
    PRIMARY KEY (lookup, certificate)
) STRICT, WITHOUT ROWID;
INSERT INTO halved_lookups (lookup, certificate, kid, holder)
SELECT substr(lookup, 1, 16), certificate, kid, holder FROM contact_lookups;
DROP TABLE contact_lookups;
ALTER TABLE halved_lookups RENAME TO contact_lookups;
CREATE INDEX contact_lookups_by_certificate ON contact_lookups (certificate);

DROP INDEX opt_outs_pending;
ALTER TABLE opt_outs ADD COLUMN half BLOB CHECK (length(half) = 16);
UPDATE opt_outs SET half = substr(lookup, 1, 16) WHERE lookup IS NOT NULL;
ALTER TABLE opt_outs DROP COLUMN lookup;
ALTER TABLE opt_outs RENAME COLUMN half TO lookup;
CREATE UNIQUE INDEX opt_outs_pending ON opt_outs (company_id, lookup) WHERE lookup IS NOT NULL;

UPDATE contact_orders SET lookups = (
    SELECT json_group_array(substr(e.value, 1, 32)) FROM json_each(contact_orders.lookups) e
) WHERE lookups IS NOT NULL;

-- What refuses to rewrite history, for the shape that the tables have now.
CREATE TRIGGER places_insert BEFORE INSERT ON places
WHEN EXISTS (
    SELECT 1 FROM places p
    WHERE p.property_id = NEW.property_id AND p.origin = NEW.origin AND p.domain = NEW.domain
)
BEGIN
    SELECT RAISE(IGNORE);
END;

CREATE TRIGGER places_replace BEFORE INSERT ON places
WHEN EXISTS (SELECT 1 FROM places p WHERE p.place = NEW.place)
BEGIN
    SELECT RAISE(ABORT, 'place: never changed');
END;

CREATE TRIGGER places_update BEFORE UPDATE ON places
BEGIN
    SELECT RAISE(ABORT, 'place: never changed');
END;

CREATE TRIGGER places_delete BEFORE DELETE ON places
BEGIN
    SELECT RAISE(ABORT, 'place: certificates rely on it, never deleted');
END;

CREATE TRIGGER signers_insert BEFORE INSERT ON signers
WHEN EXISTS (
    SELECT 1 FROM signers s
    WHERE s.hmac_kid = NEW.hmac_kid AND s.ed25519_kid = NEW.ed25519_kid
)
BEGIN
    SELECT RAISE(IGNORE);
END;

CREATE TRIGGER signers_replace BEFORE INSERT ON signers
WHEN EXISTS (SELECT 1 FROM signers s WHERE s.signer = NEW.signer)
BEGIN
    SELECT RAISE(ABORT, 'signer: never changed');
END;

CREATE TRIGGER signers_update BEFORE UPDATE ON signers
BEGIN
    SELECT RAISE(ABORT, 'signer: never changed');
END;

CREATE TRIGGER signers_delete BEFORE DELETE ON signers
BEGIN
    SELECT RAISE(ABORT, 'signer: certificates rely on it, never deleted');
END;

CREATE TRIGGER certificates_insert BEFORE INSERT ON certificate_rows
WHEN NEW.head_seq <> 2 OR NEW.session IS NULL OR NEW.place IS NULL OR NEW.signer IS NULL
    OR NEW.head_signer IS NULL OR NEW.record_sha256 IS NULL OR NEW.created_salt IS NULL OR NEW.signed_salt IS NULL
    OR EXISTS (SELECT 1 FROM certificate_rows c WHERE c.hash = NEW.hash)
    OR EXISTS (SELECT 1 FROM certificate_rows c WHERE c.certificate = NEW.certificate)
BEGIN
    SELECT RAISE(ABORT, 'certificate: it exists already, or does not begin as every chain does');
END;

-- A condition and not a list of columns: an update of the rowid names none of them.
CREATE TRIGGER certificates_signed BEFORE UPDATE ON certificate_rows
WHEN (NEW.certificate, NEW.hash, NEW.session, NEW.company_id, NEW.place, NEW.timestamp,
        NEW.received_at, NEW.signer, NEW.hmac, NEW.ed25519, NEW.record_sha256,
        NEW.created_salt, NEW.signed_salt)
    IS NOT (OLD.certificate, OLD.hash, OLD.session, OLD.company_id, OLD.place, OLD.timestamp,
        OLD.received_at, OLD.signer, OLD.hmac, OLD.ed25519, OLD.record_sha256,
        OLD.created_salt, OLD.signed_salt)
BEGIN
    SELECT RAISE(ABORT, 'certificate: what was signed is never changed');
END;

CREATE TRIGGER certificates_head BEFORE UPDATE OF head_seq, head_hash ON certificate_rows
WHEN NEW.head_seq <> OLD.head_seq + 1 OR NOT EXISTS (
    SELECT 1 FROM custody_events e
    WHERE e.certificate = OLD.certificate AND e.seq = NEW.head_seq
      AND e.prev = OLD.head_hash AND e.hash = NEW.head_hash
)
BEGIN
    SELECT RAISE(ABORT, 'custody: the head moves with its events only');
END;

CREATE TRIGGER custody_events_delete BEFORE DELETE ON custody_events
BEGIN
    SELECT RAISE(ABORT, 'custody: events are never deleted');
END;

CREATE TRIGGER records_update BEFORE UPDATE ON records
BEGIN
    SELECT RAISE(ABORT, 'record: what was signed is never changed');
END;

-- The list, as it was.
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
