-- What pages hand over before a submit, and why a submit came without a certificate.

-- Long words, by property, until a certificate needs them: a commit may then name them by digest
-- alone. What no certificate needed goes after two days.
CREATE TABLE staged_texts (
    property_id TEXT NOT NULL REFERENCES properties,
    sha256      BLOB NOT NULL CHECK (length(sha256) = 32),
    text        TEXT NOT NULL,
    staged_at   INTEGER NOT NULL,
    PRIMARY KEY (property_id, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX staged_texts_by_age ON staged_texts (staged_at);

-- The last reason that a page gave for having no certificate.
ALTER TABLE install_checks ADD COLUMN reason TEXT;
ALTER TABLE install_checks ADD COLUMN reason_at INTEGER;
