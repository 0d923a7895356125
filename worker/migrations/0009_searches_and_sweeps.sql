-- Sweeps that remember how far they came, and what leads them to what is old.

-- How far a sweep has come that goes around, as it was written by itself.
CREATE TABLE sweeps (
    sweep TEXT PRIMARY KEY,
    place TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX mails_by_age ON mails (created_at);
CREATE INDEX deliveries_settled ON deliveries (created_at) WHERE next_attempt_at IS NULL;
