//! Claims: everything that a claim needs to know in one round trip, and writing what came of it in
//! another: the share, the claim or the rejection, what the rules said and the rules themselves,
//! with their events, or nothing.

use econsent_core::commitment::Disclosures;
use econsent_core::digest::Digest;
use econsent_core::head::{DetailedEvent, SignedHead};
use econsent_core::ids::{CompanyId, ShareId};
use econsent_core::rules::Compliance;
use econsent_core::share::{ClaimId, Share};
use econsent_core::states::ConsumerStates;
use econsent_core::time::Timestamp;
use econsent_core::verify::Stored;
use serde::Deserialize;
use worker::D1Result;

use super::certificates::ContactLookups;
use super::evidence::{self, select_stored};
use super::holders::IdRow;
use super::properties::flag;
use super::shares::share_json;
use super::webhooks::{self, Event};
use super::{Bind, Db, StoreError, custody, holders, recordings, rows, rules};

/// A share as whoever has its token finds it.
pub struct Offer {
    /// Which.
    pub share_id: ShareId,
    /// How it stands.
    pub share: Share,
    /// The publisher.
    pub publisher: CompanyId,
    /// What the publisher is called.
    pub publisher_name: String,
    /// The website's host.
    pub domain: String,
    /// What is stored of the certificate.
    pub stored: Stored,
    /// The personal values that the publisher holds.
    pub disclosures: Disclosures,
    /// The claim that the company has of the certificate.
    pub claim: Option<Claim>,
    /// How often its rules have rejected this share.
    pub rejections: u32,
    /// Whether the publisher keeps a recording of it.
    pub has_recording: bool,
}

/// A claim that was made.
#[derive(Deserialize)]
pub struct Claim {
    #[serde(flatten)]
    id: IdRow,
    /// When.
    pub claimed_at: i64,
    /// What the rules said then, as JSON; none when there were none.
    result: Option<String>,
}

impl Claim {
    /// Its id.
    pub fn claim_id(&self) -> Result<ClaimId, StoreError> {
        self.id.claim_id()
    }

    /// What the rules said then.
    pub fn compliance(&self) -> Result<Compliance, StoreError> {
        let Some(result) = &self.result else { return Ok(Compliance::NOT_CHECKED) };
        serde_json::from_str(result).map_err(|error| StoreError::Failed(error.to_string()))
    }
}

#[derive(Deserialize)]
struct OfferRow {
    share: String,
    publisher: CompanyId,
    publisher_name: String,
    domain: String,
    disclosures: Option<String>,
    rejections: Option<u32>,
    #[serde(deserialize_with = "flag")]
    has_recording: bool,
}

/// What a token gives, and the rules of the company that holds it. Nothing rests on these being
/// read at one moment: what is written later holds only if the chain has not moved.
pub async fn find(
    db: &Db,
    token: &Digest,
    company: &CompanyId,
) -> Result<(Option<Offer>, Vec<rules::Row>), StoreError> {
    let token = token.hex();
    let whose = [Bind::Text(company.as_str())];
    let by_token = [Bind::Text(&token)];
    let both = [Bind::Text(&token), Bind::Text(company.as_str())];
    let results = db
        .read(&[
            (SELECT_OFFER, &both),
            (SELECT_OFFERED, &by_token),
            (SELECT_CLAIM, &both),
            (rules::SELECT_LIVE, &whose),
        ])
        .await?;
    Ok((offer(&results)?, rows(results.get(3))?))
}

/// What a token gives to whoever asks.
pub async fn preview(db: &Db, token: &Digest) -> Result<Option<Offer>, StoreError> {
    let token = token.hex();
    let by_token = [Bind::Text(&token)];
    let nobody = [Bind::Text(&token), Bind::Text("")];
    let results = db
        .read(&[(SELECT_OFFER, &nobody), (SELECT_OFFERED, &by_token), (SELECT_CLAIM, &nobody)])
        .await?;
    offer(&results)
}

fn offer(results: &[D1Result]) -> Result<Option<Offer>, StoreError> {
    let row: Option<OfferRow> = rows(results.first())?.into_iter().next();
    let stored = evidence::row(results.get(1))?;
    let (Some(row), Some(stored)) = (row, stored) else { return Ok(None) };
    let failed = |error: serde_json::Error| StoreError::Failed(error.to_string());
    let share: super::shares::Row = serde_json::from_str(&row.share).map_err(failed)?;
    Ok(Some(Offer {
        share: share.share(),
        share_id: share.share_id,
        publisher: row.publisher,
        publisher_name: row.publisher_name,
        domain: row.domain,
        stored: stored.stored()?,
        disclosures: row
            .disclosures
            .as_deref()
            .map(evidence::unpacked)
            .transpose()?
            .unwrap_or_default(),
        claim: rows(results.get(2))?.into_iter().next(),
        rejections: row.rejections.unwrap_or_default(),
        has_recording: row.has_recording,
    }))
}

/// By the unique index on the digest, then primary keys.
const SELECT_OFFER: &str = concat!(
    "SELECT ",
    share_json!(),
    " AS share, c.company_id AS publisher, publisher.name AS publisher_name, c.domain,
        iif(d.body IS NULL, NULL, lower(hex(d.body))) AS disclosures, x.count AS rejections,
        k.recording IS NOT NULL AS has_recording
    FROM shares s
    JOIN certificates c ON c.certificate = s.certificate
    JOIN companies publisher ON publisher.company_id = c.company_id
    LEFT JOIN disclosures d ON d.certificate = c.certificate AND d.holder = ''
    LEFT JOIN rejections x ON x.share_id = s.share_id AND x.company_id = ?2
    LEFT JOIN recording_keepers k ON k.certificate = c.certificate AND k.holder = c.company_id
    WHERE s.token_sha256 = unhex(?1)"
);

const SELECT_OFFERED: &str = select_stored!(
    "shares s CROSS JOIN ",
    "WHERE s.token_sha256 = unhex(?1) AND c.certificate = s.certificate"
);

/// The company's claim of the token's certificate, with the result of the check that led to it:
/// the event before its own.
const SELECT_CLAIM: &str = "
    SELECT h.n, h.tag, k.claimed_at, r.result
    FROM shares s
    JOIN claims k ON k.certificate = s.certificate AND k.company_id = ?2
    JOIN holders h ON h.certificate = k.certificate AND h.company_id = k.company_id
    LEFT JOIN compliance_results r ON r.certificate = k.certificate
        AND r.company_id = k.company_id AND r.seq = k.seq - 1
    WHERE s.token_sha256 = unhex(?1)";

/// What a company's rules said of a certificate.
pub struct Checked<'a> {
    /// Where the event of the check stands in the chain.
    pub seq: u32,
    /// The rules as they were, in canonical form.
    pub rules: &'a str,
    /// What they said.
    pub compliance: &'a Compliance,
    /// The consumer's states.
    pub states: ConsumerStates,
}

/// What came of an attempt.
pub struct Outcome<'a> {
    /// Who.
    pub company: &'a CompanyId,
    /// The routing tag of the certificate's property.
    pub tag: u8,
    /// When.
    pub now: Timestamp,
    /// The events.
    pub events: &'a [DetailedEvent],
    /// The head after them.
    pub after: &'a SignedHead,
    /// What the rules said; none when there are none.
    pub checked: Option<Checked<'a>>,
    /// What webhooks tell, to both companies.
    pub told: &'a [Event<'a>],
}

/// Writes a claim: the share is spent, the claim rests on it, and a copy of the personal values is
/// the claimant's own from now on, found by its own lookup keys.
///
/// # Errors
/// [`StoreError::Conflict`] when something else happened to the certificate first.
pub async fn claim(
    db: &Db,
    share: &ShareId,
    outcome: &Outcome<'_>,
    lookups: &ContactLookups,
) -> Result<ClaimId, StoreError> {
    let spend = "
        UPDATE shares SET status = 'claimed', ended_at = ?3, claimed_by = ?2
        WHERE share_id = ?1 AND status = 'pending'";
    let insert = "
        INSERT INTO claims (certificate, company_id, share_id, seq, claimed_at)
        SELECT certificate, ?2, share_id, ?4, ?3 FROM shares WHERE share_id = ?1";
    let copy = "
        INSERT INTO disclosures (certificate, holder, body)
        SELECT d.certificate, ?2, d.body FROM certificates c
        JOIN disclosures d ON d.certificate = c.certificate AND d.holder = ''
        WHERE c.hash = unhex(?1)
        ON CONFLICT DO NOTHING";
    let hash = outcome.after.head.certificate_id.hash().hex();
    let at = Bind::Number(outcome.now.millis());
    let who = Bind::Text(outcome.company.as_str());
    let share = Bind::Text(share.as_str());
    let spent = [share.clone(), who.clone(), at.clone()];
    let claimed = [share, who.clone(), at, Bind::Number(outcome.after.head.seq.into())];
    let copied = [Bind::Text(&hash), who.clone()];
    let find = "
        INSERT INTO contact_lookups (lookup, certificate, kid, holder)
        SELECT unhex(e.value), c.certificate, ?3, ?4
        FROM certificates c, json_each(?2) e WHERE c.hash = unhex(?1)
        ON CONFLICT DO NOTHING";
    let keys = lookups.list();
    let found = [Bind::Text(&hash), Bind::Text(&keys), Bind::Text(lookups.kid.as_str()), who];
    // What it means to the other holders: the evidence stays now.
    let changed = [Bind::Text(&hash)];
    let effects: [(&str, &[Bind<'_>]); 6] = [
        (spend, &spent),
        (insert, &claimed),
        (copy, &copied),
        (recordings::KEEP, &copied),
        (find, &found),
        (holders::CHANGED, &changed),
    ];
    write(db, outcome, &hash, &effects).await
}

/// Writes a rejection: the share stays as it was.
///
/// # Errors
/// [`StoreError::Conflict`] when something else happened to the certificate first.
pub async fn reject(
    db: &Db,
    share: &ShareId,
    outcome: &Outcome<'_>,
) -> Result<ClaimId, StoreError> {
    let sql = "
        INSERT INTO rejections (share_id, company_id, count, rejected_at) VALUES (?1, ?2, 1, ?3)
        ON CONFLICT (share_id, company_id) DO UPDATE SET
            count = count + 1, rejected_at = excluded.rejected_at";
    let binds = [
        Bind::Text(share.as_str()),
        Bind::Text(outcome.company.as_str()),
        Bind::Number(outcome.now.millis()),
    ];
    let hash = outcome.after.head.certificate_id.hash().hex();
    write(db, outcome, &hash, &[(sql, &binds)]).await
}

/// Writes the result of checking a claimed certificate again.
///
/// # Errors
/// [`StoreError::Conflict`] when something else happened to the certificate first.
pub async fn check(db: &Db, outcome: &Outcome<'_>) -> Result<ClaimId, StoreError> {
    let hash = outcome.after.head.certificate_id.hash().hex();
    write(db, outcome, &hash, &[]).await
}

async fn write(
    db: &Db,
    outcome: &Outcome<'_>,
    hash: &str,
    effects: &[(&str, &[Bind<'_>])],
) -> Result<ClaimId, StoreError> {
    let who = Bind::Text(outcome.company.as_str());
    let at = Bind::Number(outcome.now.millis());
    let held = [Bind::Text(hash), who.clone(), Bind::Number(outcome.tag.into()), at.clone()];
    let holding = [Bind::Text(hash), who.clone()];
    let result = outcome.checked.as_ref().map(|checked| {
        let rules = Digest::of(checked.rules.as_bytes()).hex();
        let result = checked.compliance.document().canonical();
        (rules, result)
    });
    let mut statements: Vec<(&str, &[Bind<'_>])> = Vec::new();
    let (document, row);
    if let (Some(checked), Some((rules, result))) = (&outcome.checked, &result) {
        document = [Bind::Text(rules), Bind::Text(checked.rules)];
        row = [
            Bind::Text(hash),
            who,
            Bind::Number(checked.seq.into()),
            at,
            Bind::Maybe(checked.states.by_ip.map(|state| state.as_str())),
            Bind::Maybe(checked.states.by_phone.map(|state| state.as_str())),
            Bind::Text(rules),
            Bind::Text(result),
        ];
        statements.push((INSERT_RULES, &document));
        statements.push((INSERT_RESULT, &row));
    }
    statements.extend(effects);
    statements.push((holders::HOLD, &held));
    let told: Vec<_> = outcome.told.iter().map(Event::binds).collect();
    for binds in &told {
        statements.push((webhooks::INSERT, binds));
    }
    statements.push((holders::SELECT_ID, &holding));
    let last = custody::append(db, outcome.events, outcome.after, &statements).await?;
    holders::claim_id(last.as_ref())
}

/// The rules as they were are one document for all that they were applied to.
const INSERT_RULES: &str = "INSERT INTO documents (sha256, body) VALUES (unhex(?1), ?2)";

const INSERT_RESULT: &str = "
    INSERT INTO compliance_results (certificate, company_id, seq, checked_at, by_ip, by_phone,
        rules, result)
    SELECT c.certificate, ?2, ?3, ?4, ?5, ?6,
        (SELECT document FROM documents WHERE sha256 = unhex(?7)), ?8
    FROM certificates c WHERE c.hash = unhex(?1)";

/// A result in a certificate's history, with the rules as they were.
#[derive(Deserialize)]
pub struct Past {
    /// Where its event stands in the chain.
    pub seq: u32,
    /// When.
    pub checked_at: i64,
    /// The consumer's state by IP address.
    pub by_ip: Option<String>,
    /// The consumer's state by area code.
    pub by_phone: Option<String>,
    /// The rules as they were, as JSON.
    pub rules: String,
    /// What they said, as JSON.
    pub result: String,
}

/// The newest results of a company for a certificate. Bound to hash and company; by primary key.
pub(super) const SELECT_RESULTS: &str = "
    SELECT r.seq, r.checked_at, r.by_ip, r.by_phone, d.body AS rules, r.result
    FROM certificates c
    JOIN compliance_results r ON r.certificate = c.certificate AND r.company_id = ?2
    JOIN documents d ON d.document = r.rules
    WHERE c.hash = unhex(?1) ORDER BY r.seq DESC LIMIT 100";
