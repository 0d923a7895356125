-- Certificates counted by day, and lists that follow a recording which goes.

-- How many certificates a property has captured on each day, so that a picture of a month reads a row
-- a day and not a row a certificate. What expires or is erased later was captured all the same.

-- `day` is in milliseconds at its beginning, UTC, of the moment at which the service received it.
CREATE TABLE certificate_days (
    company_id  TEXT NOT NULL,
    day         INTEGER NOT NULL,
    property_id TEXT NOT NULL,
    count       INTEGER NOT NULL,
    PRIMARY KEY (company_id, day, property_id)
) STRICT, WITHOUT ROWID;

INSERT INTO certificate_days (company_id, day, property_id, count)
SELECT company_id, received_at - received_at % 86400000, property_id, count(*)
FROM certificates GROUP BY 1, 2, 3;

-- A buyer's list says whether there is a recording to look at: its own copy once it has claimed, the
-- publisher's until then. When one is let go of, the lists of whom it concerns are behind.
CREATE TRIGGER recording_keepers_gone AFTER DELETE ON recording_keepers
BEGIN
    UPDATE holders SET changes = changes + 1 WHERE certificate = OLD.certificate;
END;

UPDATE holders SET changes = changes + 1
WHERE certificate IN (SELECT r.certificate FROM records r WHERE r.recording IS NOT NULL);
