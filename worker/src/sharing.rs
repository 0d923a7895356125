//! Handing certificates on: by a publisher, one or many at a time, by the service where a property
//! has an auto-share partner, and taking shares back.

use std::collections::{BTreeMap, BTreeSet};

use econsent_core::certificate_id::CertificateId;
use econsent_core::claim::{self, ClaimToken};
use econsent_core::commitment::Salt;
use econsent_core::custody::{Actor, EventType, Status};
use econsent_core::digest::Digest;
use econsent_core::head::{SignedHead, Step, StepError};
use econsent_core::ids::{CompanyId, KeyId, PropertyId, ShareId};
use econsent_core::json::{Json, Object};
use econsent_core::keys::Key as _;
use econsent_core::partner::{AccessLevel, Terms};
use econsent_core::share::{ShareStatus, Sharing, Wish, share};
use econsent_core::time::Timestamp;
use econsent_core::webhook::WebhookEvent;

use crate::app::App;
use crate::problem::Problem;
use crate::store::share_changes::{self, Change, NewShare};
use crate::store::shares::{self, Asked, Before, Shareable};
use crate::store::{StoreError, share_list};

/// How often what lost the race for its chain's head is tried again.
const ROUNDS: u32 = 5;

/// What is to be shared.
pub struct Order<'a> {
    /// Whose certificates.
    pub publisher: &'a CompanyId,
    /// Which, each once.
    pub ids: &'a [CertificateId],
    /// Whom with; none for whoever has the token.
    pub target: Option<&'a CompanyId>,
    /// Through whom.
    pub actor: Actor,
    /// What the caller names the shares by.
    pub idempotency: Option<Digest>,
    /// Whether that name only holds while a share is pending.
    pub name_ends: bool,
}

/// A share as its publisher is told of it.
pub struct Shared {
    /// What it is claimed with.
    pub token: ClaimToken,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Shares certificates, all of them or, where one is not the publisher's, none. What is shared
/// already is the same share. Certificates that something else happens to meanwhile are read again;
/// those that would not hold still are told of by a 409, and calling again completes the rest. What
/// the service was to share by itself is missing from the answer when no partnership asks for it.
pub async fn share_all(
    app: &App,
    order: &Order<'_>,
) -> Result<BTreeMap<CertificateId, Shared>, Problem> {
    let mut shared = BTreeMap::new();
    let mut left = order.ids.to_vec();
    for round in 0..ROUNDS {
        let asked = Asked {
            company: order.publisher,
            target: order.target,
            idempotency: order.idempotency.as_ref(),
        };
        let before = shares::before(&app.db, &asked, &left).await?;
        check(order, &left, &before, round == 0)?;
        let mut changes = Vec::new();
        for (id, shareable) in &before.certificates {
            match decide(app, order, id, shareable)? {
                Decision::None => {}
                Decision::Same(same) => _ = shared.insert(id.clone(), same),
                Decision::New(change, new) => changes.push((id.clone(), *change, new)),
            }
        }
        left = write(app, changes, &mut shared).await?;
        if left.is_empty() {
            return Ok(shared);
        }
    }
    Err(Problem::new(
        409,
        "conflict",
        "Some of these certificates were busy. Please make the same call again: what was shared \
         stays shared, once.",
    ))
}

/// Writes changes, and says which certificates were changed by somebody else first.
async fn write(
    app: &App,
    changes: Vec<(CertificateId, Change, Shared)>,
    shared: &mut BTreeMap<CertificateId, Shared>,
) -> Result<Vec<CertificateId>, Problem> {
    let mut left = Vec::new();
    let (mut names, mut chunk) = (Vec::new(), Vec::new());
    let last = changes.len();
    for (at, (id, change, new)) in changes.into_iter().enumerate() {
        names.push((id, new));
        chunk.push(change);
        if chunk.len() < share_changes::CHUNK && at + 1 < last {
            continue;
        }
        let taken = match share_changes::write(&app.db, &chunk, App::now()).await {
            Ok(taken) => taken,
            Err(StoreError::Conflict(_)) => BTreeSet::new(),
            Err(error) => return Err(error.into()),
        };
        app.follow_up.set(true);
        chunk.clear();
        for (id, new) in names.drain(..) {
            if taken.contains(id.hash()) {
                shared.insert(id, new);
            } else {
                left.push(id);
            }
        }
    }
    Ok(left)
}

/// Everything that refuses an order as a whole.
fn check(
    order: &Order<'_>,
    ids: &[CertificateId],
    before: &Before,
    first: bool,
) -> Result<(), Problem> {
    if !before.target_known {
        return Err(Problem::new(404, "company_not_found", "There is no company of this id."));
    }
    if order.target == Some(order.publisher) {
        return Err(Problem::new(422, "own_company", "These certificates are yours already."));
    }
    for id in ids {
        let Some(found) = before.certificates.get(id) else {
            return Err(Problem::not_found("certificate"));
        };
        let Some(head) = &found.head else { return Err(broken()) };
        if first && (head.state.status == Status::Expired || head.retention().is_over(App::now())) {
            return Err(Problem::new(
                410,
                "certificate_expired",
                format!("The evidence of {id} is gone: its retention is over."),
            ));
        }
    }
    Ok(())
}

/// The chain is not what was signed.
pub fn broken() -> Problem {
    Problem::new(
        409,
        "custody_invalid",
        "The chain of custody of this certificate is not what was signed. Nothing is built on it.",
    )
}

enum Decision {
    /// There is nothing to share.
    None,
    Same(Shared),
    New(Box<Change>, Shared),
}

fn decide(
    app: &App,
    order: &Order<'_>,
    id: &CertificateId,
    found: &Shareable,
) -> Result<Decision, Problem> {
    let now = App::now();
    let known: Vec<_> = found.shares.iter().map(shares::Row::share).collect();
    let wish = Wish {
        target: order.target,
        idempotency: order.idempotency.as_ref(),
        name_ends: order.name_ends,
    };
    match share(&known, &wish, now) {
        Sharing::Same(at) => {
            let same = found.shares.get(at).ok_or_else(|| Problem::not_found("share"))?;
            Ok(Decision::Same(Shared {
                token: token(app, &same.kid, &found.property, &same.share_id)?,
                expires_at: Timestamp::from_millis(same.expires_at).unwrap_or(Timestamp::MAX),
            }))
        }
        Sharing::NameTaken => Err(Problem::new(
            409,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another target.",
        )),
        Sharing::New
            if known.iter().filter(|share| share.is_live(now)).count() >= shares::PENDING =>
        {
            Err(Problem::new(
                422,
                "limit_exceeded",
                format!("A certificate has at most {} pending shares.", shares::PENDING),
            ))
        }
        Sharing::New => {
            let by_itself = order.actor == Actor::System;
            let Some(access_level) = Terms::access(found.partnership, by_itself) else {
                return Ok(Decision::None);
            };
            let (change, new) = begin(app, order, id, (found, access_level), now)?;
            Ok(Decision::New(Box::new(change), new))
        }
    }
}

/// A new share, and the end of those that it takes the place of.
fn begin(
    app: &App,
    order: &Order<'_>,
    id: &CertificateId,
    (found, access_level): (&Shareable, AccessLevel),
    now: Timestamp,
) -> Result<(Change, Shared), Problem> {
    let share_id = ShareId::new(&found.property, App::random()?);
    let key = app.keys.tokens.current(now)?;
    let token = ClaimToken::derive(key, &found.property, share_id.as_str());
    let expires_at = now + claim::LIFETIME;
    let ended = ended(found, now);
    let details = Object::new()
        .with("share_id", share_id.as_str())
        .with("token_sha256", token.digest())
        .with("target_company_id", order.target.map(|target| Json::from(target.as_str())))
        .with("access_level", access_level.as_str())
        .with("expires_at", String::from(expires_at));
    let head = found.head.as_ref().ok_or_else(broken)?;
    // A claim keeps the evidence for good; a live share keeps it as long as it lives.
    let kept = head.expires_at.map(|end| end.max(expires_at));
    let mut steps = revocations(&ended, now, kept);
    steps.push(Step {
        event_type: EventType::Shared,
        actor: order.actor.clone(),
        at: now,
        details,
        expires_at: kept,
    });
    let (before, events, after) = go_on(app, head, steps)?;
    let data = Object::new()
        .with("certificate_id", id.to_string())
        .with("share_id", share_id.as_str())
        .with("publisher_company_id", order.publisher.as_str())
        .with("target_company_id", order.target.map(|target| Json::from(target.as_str())))
        .with("access_level", access_level.as_str())
        .with("expires_at", String::from(expires_at));
    let change = Change {
        before,
        events,
        after,
        ends: ended,
        told: Some(told(WebhookEvent::CertificateShared, now, data)),
        new: Some(NewShare {
            token: token.digest(),
            kid: key.id().clone(),
            company: order.publisher.clone(),
            target: order.target.cloned(),
            access_level,
            shared_by: order.actor.as_str().into(),
            idempotency: order.idempotency,
            created_at: now,
            expires_at,
            tag: found.property.routing_tag(),
            partnership: found.partnership,
            id: share_id,
        }),
    };
    Ok((change, Shared { token, expires_at }))
}

/// The body of a webhook's delivery.
pub fn told(event: WebhookEvent, now: Timestamp, data: Object) -> String {
    Object::new()
        .with("type", event.as_str())
        .with("created_at", String::from(now))
        .with("data", data)
        .canonical()
}

type Continued = (SignedHead, Vec<econsent_core::head::DetailedEvent>, SignedHead);

/// A chain that goes on.
fn go_on(app: &App, head: &SignedHead, steps: Vec<Step>) -> Result<Continued, Problem> {
    let mut salted = Vec::new();
    for step in steps {
        salted.push((step, Salt::new(App::random()?)));
    }
    match head.go_on_by(salted, &app.keys.signing) {
        Ok((events, after)) => Ok((head.clone(), events, after)),
        Err(error) => Err(refused(&error)),
    }
}

/// Why a chain does not go on, as a problem.
pub fn refused(error: &StepError) -> Problem {
    match error {
        StepError::Broken => broken(),
        StepError::Illegal(_) => {
            Problem::new(409, "conflict", "The state of this certificate does not allow that.")
        }
        StepError::Key(error) => Problem::deployment("keys", error),
    }
}

/// Pending shares that are over, by time or with their partnership.
fn ended(found: &Shareable, now: Timestamp) -> Vec<(ShareId, ShareStatus)> {
    let pending = found.shares.iter().filter(|row| row.status == ShareStatus::Pending);
    let over = pending.filter_map(|row| match row.share().status_at(now) {
        ShareStatus::Pending => None,
        status => Some((row.share_id.clone(), status)),
    });
    over.collect()
}

/// The events of shares that were revoked; that others ran out is no event.
fn revocations(
    ended: &[(ShareId, ShareStatus)],
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Vec<Step> {
    let revoked = ended.iter().filter(|(_, status)| *status == ShareStatus::Revoked);
    revoked
        .map(|(share, _)| Step {
            event_type: EventType::ShareRevoked,
            actor: Actor::System,
            at: now,
            details: Object::new().with("share_id", share.as_str()).with("with", "partner"),
            expires_at,
        })
        .collect()
}

/// The token of a share, derived again.
pub fn token(
    app: &App,
    kid: &KeyId,
    property: &PropertyId,
    share: &ShareId,
) -> Result<ClaimToken, Problem> {
    Ok(ClaimToken::derive(app.keys.tokens.get(kid)?, property, share.as_str()))
}

/// Where a token is claimed.
pub fn claim_url(app: &App, token: &ClaimToken) -> String {
    app.public_url.with(&format!("/certificate-sharing/certificates/claim/{}", token.as_str()))
}

/// How a revocation ended.
pub enum Revoked {
    /// It was pending, and is revoked now.
    Now,
    /// It was over before.
    Before(ShareStatus),
}

/// Takes a share back, unless somebody has claimed it or its time is over.
pub async fn revoke(
    app: &App,
    publisher: &CompanyId,
    wanted: &ShareId,
) -> Result<Revoked, Problem> {
    let found = shares::certificate_of(&app.db, publisher, wanted).await?;
    let id = found.ok_or_else(|| Problem::not_found("share"))?;
    for _ in 0..ROUNDS {
        let now = App::now();
        let asked = Asked { company: publisher, target: None, idempotency: None };
        let before = shares::before(&app.db, &asked, std::slice::from_ref(&id)).await?;
        let found = before.certificates.get(&id).ok_or_else(|| Problem::not_found("share"))?;
        let Some(row) = found.shares.iter().find(|row| row.share_id == *wanted) else {
            // Only pending ones are read: it has ended.
            return ended_before(app, publisher, &id, wanted).await;
        };
        match row.share().status_at(now) {
            ShareStatus::Pending => {}
            status => return Ok(Revoked::Before(status)),
        }
        let actor = Actor::Company(publisher.clone());
        let change = end(app, found, &[(wanted.clone(), actor)], now)?;
        let taken = share_changes::write(&app.db, std::slice::from_ref(&change), now).await?;
        app.follow_up.set(true);
        if taken.contains(id.hash()) {
            return Ok(Revoked::Now);
        }
    }
    Err(Problem::busy())
}

async fn ended_before(
    app: &App,
    publisher: &CompanyId,
    id: &CertificateId,
    wanted: &ShareId,
) -> Result<Revoked, Problem> {
    let filter = share_list::Filter {
        status: None,
        certificate: Some(id),
        offset: 0,
        limit: 10_000,
        now: App::now(),
    };
    let (listed, _) = share_list::of(&app.db, publisher, &filter).await?;
    let row = listed.iter().find(|row| row.share_id == *wanted);
    row.map(|row| Revoked::Before(row.status)).ok_or_else(|| Problem::not_found("share"))
}

/// The end of pending shares of one certificate, each through somebody. Evidence that only they
/// held is held by its term, and by what other shares are left, from then on.
fn end(
    app: &App,
    found: &Shareable,
    wanted: &[(ShareId, Actor)],
    now: Timestamp,
) -> Result<Change, Problem> {
    let head = found.head.as_ref().ok_or_else(broken)?;
    let gone = |row: &&shares::Row| wanted.iter().any(|(share, _)| *share == row.share_id);
    let end = |row: &shares::Row| Timestamp::from_millis(row.expires_at).unwrap_or(Timestamp::MAX);
    let held = found.shares.iter().filter(gone).map(end).max();
    let others = found.shares.iter().filter(|row| !gone(row) && row.share().is_live(now)).map(end);
    let expires_at = match head.expires_at {
        Some(until) if held == Some(until) => {
            found.term.expires_at(found.received_at, false, others)
        }
        until => until,
    };
    let step = |(share, actor): &(ShareId, Actor)| Step {
        event_type: EventType::ShareRevoked,
        actor: actor.clone(),
        at: now,
        details: Object::new().with("share_id", share.as_str()),
        expires_at,
    };
    let (before, events, after) = go_on(app, head, wanted.iter().map(step).collect())?;
    let ends = wanted.iter().map(|(share, _)| (share.clone(), ShareStatus::Revoked)).collect();
    Ok(Change { before, events, after, ends, new: None, told: None })
}

/// Ends the pending shares of one certificate whose partnership was revoked. They could not be
/// claimed since; this writes it into the chain.
pub async fn end_orphans(
    app: &App,
    publisher: &CompanyId,
    id: &CertificateId,
) -> Result<(), Problem> {
    let now = App::now();
    let asked = Asked { company: publisher, target: None, idempotency: None };
    let before = shares::before(&app.db, &asked, std::slice::from_ref(id)).await?;
    let Some(found) = before.certificates.get(id) else { return Ok(()) };
    let orphans: Vec<_> = found
        .shares
        .iter()
        .filter(|row| row.status == ShareStatus::Pending && row.partner_revoked)
        .map(|row| (row.share_id.clone(), Actor::System))
        .collect();
    if orphans.is_empty() {
        return Ok(());
    }
    let change = end(app, found, &orphans, now)?;
    // A lost race is made up for by the next sweep.
    share_changes::write(&app.db, std::slice::from_ref(&change), now).await?;
    Ok(())
}
