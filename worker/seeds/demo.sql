-- The demo's publisher, its property and the origin that `cargo xtask run` serves the form from.
-- Safe to run again.
INSERT INTO companies (company_id, name, created_at)
VALUES ('67fa8acb61f623d0e200ec4d', 'LeadGen Co', 1776423600000)
ON CONFLICT DO NOTHING;

INSERT INTO properties (property_id, company_id, name, created_at)
VALUES ('67fa8d40a96f513ae019c85c', '67fa8acb61f623d0e200ec4d', 'Quote form', 1776423600000)
ON CONFLICT DO NOTHING;

INSERT INTO property_origins (property_id, origin)
VALUES ('67fa8d40a96f513ae019c85c', 'http://localhost:8787')
ON CONFLICT DO NOTHING;
