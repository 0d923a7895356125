-- Searches that fold case in every script, sweeps that remember how far they came, and what leads
-- the sweeps to what is old.

-- The words of a text in the canonical form of the core, where lowering the letters is not all of
-- it; none for plain ASCII. Searches are in that form, so that both meet.
ALTER TABLE texts ADD COLUMN canonical TEXT;
ALTER TABLE staged_texts ADD COLUMN canonical TEXT;

DROP TRIGGER facets_searchable;
CREATE TRIGGER facets_searchable AFTER INSERT ON facets WHEN NEW.kind = 'text'
BEGIN
    INSERT INTO text_search (rowid, company, text)
    SELECT NEW.facet, NEW.company_id, coalesce(t.canonical, t.text)
    FROM texts t WHERE t.sha256 = unhex(NEW.value);
END;

-- A publisher's name in that form, in which a buyer searches for it. What is not ASCII is written
-- again by the projection.
ALTER TABLE partner_certificates ADD COLUMN publisher_canonical TEXT NOT NULL DEFAULT '';
UPDATE partner_certificates SET publisher_canonical = lower(publisher_name);
DROP INDEX partner_certificates_publisher;
CREATE INDEX partner_certificates_publisher
ON partner_certificates (company_id, publisher_canonical) WHERE status <> 'gone';
UPDATE holders SET changes = changes + 1 WHERE certificate IN (
    SELECT c.certificate FROM certificates c
    JOIN companies publisher ON publisher.company_id = c.company_id
    WHERE publisher.name GLOB '*[^ -~]*'
);

-- How many rows each company's list has in each status, so that a page need not count them.
CREATE TABLE partner_certificate_counts (
    company_id TEXT NOT NULL,
    status     TEXT NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (company_id, status)
) STRICT, WITHOUT ROWID;

INSERT INTO partner_certificate_counts (company_id, status, count)
SELECT company_id, status, count(*) FROM partner_certificates GROUP BY company_id, status;

CREATE TRIGGER partner_certificates_counted AFTER INSERT ON partner_certificates
BEGIN
    INSERT INTO partner_certificate_counts (company_id, status, count)
    VALUES (NEW.company_id, NEW.status, 1)
    ON CONFLICT (company_id, status) DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER partner_certificates_counted_again AFTER UPDATE OF status ON partner_certificates
WHEN NEW.status <> OLD.status
BEGIN
    UPDATE partner_certificate_counts SET count = count - 1
    WHERE company_id = OLD.company_id AND status = OLD.status;
    INSERT INTO partner_certificate_counts (company_id, status, count)
    VALUES (NEW.company_id, NEW.status, 1)
    ON CONFLICT (company_id, status) DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER partner_certificates_counted_off AFTER DELETE ON partner_certificates
BEGIN
    UPDATE partner_certificate_counts SET count = count - 1
    WHERE company_id = OLD.company_id AND status = OLD.status;
END;

-- The state that the phone gives is for those who have claimed.
UPDATE partner_certificates SET by_phone = NULL WHERE claimed_at IS NULL;

-- How far a sweep has come that goes around, as it was written by itself.
CREATE TABLE sweeps (
    sweep TEXT PRIMARY KEY,
    place TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX mails_by_age ON mails (created_at);
CREATE INDEX deliveries_settled ON deliveries (created_at) WHERE next_attempt_at IS NULL;
