-- What leads the sweeps to what is old.

CREATE INDEX mails_by_age ON mails (created_at);
CREATE INDEX deliveries_settled ON deliveries (created_at) WHERE next_attempt_at IS NULL;
