-- Recordings: one per session, its chunks by digest, what certificates sealed of it, and which
-- certificates keep it.
--
-- The bytes lie in R2, under recordings/{company}/{property}/{session}/{stream}/{number}; what they
-- have to be is a row here before anybody is shown them. A recording goes when no certificate keeps
-- it: `due_at` is when to look, and `closed` is the first step of its going, after which nothing is
-- taken any more.

CREATE TABLE recordings (
    recording   INTEGER PRIMARY KEY,
    session_id  TEXT NOT NULL UNIQUE,
    company_id  TEXT NOT NULL REFERENCES companies,
    property_id TEXT NOT NULL REFERENCES properties,
    -- When the session's last certificate came; NULL before the first.
    minted_at   INTEGER,
    bytes       INTEGER NOT NULL DEFAULT 0,
    chunks      INTEGER NOT NULL DEFAULT 0,
    closed      INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
    -- NULL while certificates keep it, and nothing is to be looked at.
    due_at      INTEGER
) STRICT;

CREATE INDEX recordings_due ON recordings (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE recording_chunks (
    recording   INTEGER NOT NULL REFERENCES recordings,
    stream      BLOB NOT NULL CHECK (length(stream) = 16),
    number      INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    sha256      BLOB NOT NULL CHECK (length(sha256) = 32),
    received_at INTEGER NOT NULL,
    PRIMARY KEY (recording, stream, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER recording_chunks_insert BEFORE INSERT ON recording_chunks
WHEN EXISTS (
    SELECT 1 FROM recording_chunks c
    WHERE c.recording = NEW.recording AND c.stream = NEW.stream AND c.number = NEW.number
)
BEGIN
    SELECT RAISE(ABORT, 'guard: a chunk is never changed');
END;

CREATE TRIGGER recording_chunks_update BEFORE UPDATE ON recording_chunks
BEGIN
    SELECT RAISE(ABORT, 'guard: a chunk is never changed');
END;

CREATE TRIGGER recording_chunks_delete BEFORE DELETE ON recording_chunks
WHEN EXISTS (SELECT 1 FROM recordings r WHERE r.recording = OLD.recording AND r.closed = 0)
BEGIN
    SELECT RAISE(ABORT, 'guard: a chunk goes with its recording only');
END;

-- How many chunks of a stream certificates have sealed: so many may still arrive, however late.
CREATE TABLE recording_seals (
    recording INTEGER NOT NULL REFERENCES recordings,
    stream    BLOB NOT NULL CHECK (length(stream) = 16),
    chunks    INTEGER NOT NULL,
    PRIMARY KEY (recording, stream)
) STRICT, WITHOUT ROWID;

-- Who keeps a recording for which certificate: its publisher, and whoever has claimed it. It stays as
-- long as one of them does.
CREATE TABLE recording_keepers (
    certificate INTEGER NOT NULL REFERENCES certificates,
    holder      TEXT NOT NULL REFERENCES companies,
    recording   INTEGER NOT NULL REFERENCES recordings,
    PRIMARY KEY (certificate, holder)
) STRICT, WITHOUT ROWID;

CREATE INDEX recording_keepers_by_recording ON recording_keepers (recording, holder);

-- Whether the property's pages are recorded at all.
ALTER TABLE properties ADD COLUMN recording INTEGER NOT NULL DEFAULT 1 CHECK (recording IN (0, 1));
