//! Sharing and claiming: what handing a certificate on comes to, given what is known of it
//! (contract §3). The tables of the contract are here and nowhere else.

use core::fmt;

use crate::digest::Digest;
use crate::ids::CompanyId;
use crate::partner::AccessLevel;
use crate::record::word;
use crate::time::Timestamp;

/// How often a company may be rejected by its own rules at one share: enough to mend a rule that
/// asks too much, not enough to fill a chain.
pub const REJECTIONS: u32 = 5;

word!(
    /// How a share stands.
    ShareStatus, ShareStatusError {
        /// It can be claimed, if its access level lets it.
        Pending = "pending",
        /// A company has claimed it.
        Claimed = "claimed",
        /// The publisher has taken it back.
        Revoked = "revoked",
        /// Its 90 days are over.
        Expired = "expired"
    }
);

word!(
    /// How a certificate stands with a company that it was shared with (seed "partner-certificates").
    HoldingStatus, HoldingStatusError {
        /// It can be looked at, and claimed where its access level lets it.
        Pending = "pending",
        /// It was claimed, with nothing to say against it.
        Claimed = "claimed",
        /// It was claimed, with a warning.
        Flagged = "flagged",
        /// The company's own rules have rejected it.
        Rejected = "rejected"
    }
);

impl HoldingStatus {
    /// From whether there is a claim, whether there was a rejection, and whether the rules of the
    /// last check found everything in order.
    #[must_use]
    pub const fn of(claimed: bool, rejected: bool, in_order: bool) -> Self {
        match (claimed, rejected, in_order) {
            (true, _, true) => Self::Claimed,
            (true, _, false) => Self::Flagged,
            (false, true, _) => Self::Rejected,
            (false, false, _) => Self::Pending,
        }
    }
}

/// Names what a company was given: n × 256 + the routing tag of the certificate's property, so
/// that the number leads to the certificate's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "u64", try_from = "u64"))]
pub struct ClaimId(u64);

/// Why something is no claim id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a claim id is a whole number of at least 256")]
pub struct ClaimIdError;

/// Above it, numbers in JSON are no longer exact (RFC 8259 §6).
const LARGEST: u64 = (1 << 53) - 1;

impl ClaimId {
    /// The id of the nth holder of a database, for a certificate of that tag.
    ///
    /// # Errors
    /// [`ClaimIdError`] before the first one, and where JSON would not be exact any more.
    pub fn new(n: u64, tag: u8) -> Result<Self, ClaimIdError> {
        let id = n.checked_mul(256).and_then(|id| id.checked_add(tag.into()));
        id.filter(|id| n > 0 && *id <= LARGEST).map(Self).ok_or(ClaimIdError)
    }

    /// Its place among the holders of its database, from 1.
    #[must_use]
    pub const fn n(self) -> u64 {
        self.0 / 256
    }

    /// Which database it leads to.
    #[must_use]
    pub const fn routing_tag(self) -> u8 {
        let [.., tag] = self.0.to_be_bytes();
        tag
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for ClaimId {
    type Error = ClaimIdError;

    fn try_from(number: u64) -> Result<Self, ClaimIdError> {
        if (256..=LARGEST).contains(&number) { Ok(Self(number)) } else { Err(ClaimIdError) }
    }
}

impl From<ClaimId> for u64 {
    fn from(id: ClaimId) -> Self {
        id.0
    }
}

impl fmt::Display for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl core::str::FromStr for ClaimId {
    type Err = ClaimIdError;

    /// Digits, the first of them none of 0: each has one address.
    fn from_str(text: &str) -> Result<Self, ClaimIdError> {
        let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        let number: Option<u64> = text.parse().ok().filter(|_| plain);
        number.ok_or(ClaimIdError).and_then(Self::try_from)
    }
}

/// What is known of a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Whom it is for; none for whoever has the token.
    pub target: Option<CompanyId>,
    /// What it lets them do.
    pub access_level: AccessLevel,
    /// How it stood when it was last written.
    pub status: ShareStatus,
    /// Until when it can be claimed.
    pub expires_at: Timestamp,
    /// Who has claimed it.
    pub claimed_by: Option<CompanyId>,
    /// What its caller named it by, so that asking again makes no second one.
    pub idempotency: Option<Digest>,
    /// Whether the partnership that it was made under has been revoked since.
    pub partner_revoked: bool,
}

impl Share {
    /// How it stands at a moment.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> ShareStatus {
        match self.status {
            ShareStatus::Pending if self.partner_revoked => ShareStatus::Revoked,
            ShareStatus::Pending if self.expires_at <= now => ShareStatus::Expired,
            status => status,
        }
    }

    /// Whether it can still be claimed, or looked at, and holds the evidence.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.status_at(now) == ShareStatus::Pending
    }
}

/// What a publisher asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Whom to share with; none for whoever has the token.
    pub target: Option<&'a CompanyId>,
    /// What the caller names it by.
    pub idempotency: Option<&'a Digest>,
    /// Whether that name only holds while the share is pending: for lists that are sent again
    /// without a name of the caller's own.
    pub name_ends: bool,
}

/// What a wish comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// There is such a share already, at that place of the list.
    Same(usize),
    /// A new one is made.
    New,
    /// The caller has used that name for another target.
    NameTaken,
}

/// Whether a certificate's shares hold what is asked for. The same certificate to the same company
/// is the same share while it is pending, and once it was claimed; what was named before is what it
/// was.
#[must_use]
pub fn share(shares: &[Share], wish: &Wish<'_>, now: Timestamp) -> Sharing {
    let named = shares.iter().position(|share| {
        wish.idempotency.is_some()
            && share.idempotency.as_ref() == wish.idempotency
            && (!wish.name_ends || share.is_live(now))
    });
    if let Some(at) = named {
        let same = shares.get(at).is_some_and(|share| share.target.as_ref() == wish.target);
        return if same { Sharing::Same(at) } else { Sharing::NameTaken };
    }
    let same = shares.iter().position(|share| {
        wish.target.is_some()
            && share.target.as_ref() == wish.target
            && matches!(share.status_at(now), ShareStatus::Pending | ShareStatus::Claimed)
    });
    same.map_or(Sharing::New, Sharing::Same)
}

/// Somebody with a token.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Who claims.
    pub company: &'a CompanyId,
    /// Whose the certificate is.
    pub publisher: &'a CompanyId,
    /// Whether the company has a claim of the certificate already, by whatever share.
    pub has_claim: bool,
    /// How often its rules have rejected this share.
    pub rejections: u32,
}

/// What an attempt comes to before any rule is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claiming {
    /// The rules decide.
    Open,
    /// The company has its claim already.
    Same,
    /// It is refused.
    Refused(ClaimRefusal),
}

/// Why an attempt is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefusal {
    /// Nobody claims its own.
    #[error("This certificate is your own company's.")]
    Own,
    /// It is for another company.
    #[error("This certificate was shared with another company.")]
    NotForYou,
    /// Another company was first.
    #[error("Another company has claimed this certificate with this token.")]
    AlreadyClaimed,
    /// The publisher took it back.
    #[error("The publisher has revoked this share.")]
    Revoked,
    /// Its 90 days are over.
    #[error("This share has expired; ask the publisher for a new one.")]
    Expired,
    /// It may be looked at only.
    #[error("This certificate was shared with you to be viewed, and cannot be claimed.")]
    ReadOnly,
    /// The company's rules rejected it too often.
    #[error("Your consent rules have rejected this certificate too often.")]
    RejectedOften,
}

/// The contract's table of claims, column by column.
#[must_use]
pub fn claim(share: &Share, attempt: &Attempt<'_>, now: Timestamp) -> Claiming {
    use ClaimRefusal as Refusal;
    if attempt.company == attempt.publisher {
        return Claiming::Refused(Refusal::Own);
    }
    if share.target.as_ref().is_some_and(|target| target != attempt.company) {
        return Claiming::Refused(Refusal::NotForYou);
    }
    match share.status_at(now) {
        ShareStatus::Claimed if share.claimed_by.as_ref() == Some(attempt.company) => {
            Claiming::Same
        }
        ShareStatus::Claimed => Claiming::Refused(Refusal::AlreadyClaimed),
        ShareStatus::Revoked => Claiming::Refused(Refusal::Revoked),
        ShareStatus::Expired => Claiming::Refused(Refusal::Expired),
        ShareStatus::Pending if attempt.has_claim => Claiming::Same,
        ShareStatus::Pending if share.access_level == AccessLevel::Read => {
            Claiming::Refused(Refusal::ReadOnly)
        }
        ShareStatus::Pending if attempt.rejections >= REJECTIONS => {
            Claiming::Refused(Refusal::RejectedOften)
        }
        ShareStatus::Pending => Claiming::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Attempt, ClaimId, ClaimIdError, ClaimRefusal, Claiming, HoldingStatus, REJECTIONS, Share,
        ShareStatus, Sharing, Wish, claim, share,
    };
    use crate::digest::Digest;
    use crate::ids::CompanyId;
    use crate::partner::AccessLevel;
    use crate::time::Timestamp;

    fn company(name: u8) -> CompanyId {
        CompanyId::new([name; 12])
    }

    fn now() -> Timestamp {
        Timestamp::parse("2026-04-18T12:00:00.000Z").unwrap()
    }

    const PUBLISHER: u8 = 0;
    const BUYER: u8 = 1;
    const OTHER: u8 = 2;

    fn open() -> Share {
        Share {
            target: None,
            access_level: AccessLevel::Claim,
            status: ShareStatus::Pending,
            expires_at: Timestamp::parse("2026-07-17T12:00:00.000Z").unwrap(),
            claimed_by: None,
            idempotency: None,
            partner_revoked: false,
        }
    }

    fn targeted(target: u8, access_level: AccessLevel) -> Share {
        Share { target: Some(company(target)), access_level, ..open() }
    }

    fn claimed(by: u8) -> Share {
        Share { status: ShareStatus::Claimed, claimed_by: Some(company(by)), ..open() }
    }

    fn revoked() -> Share {
        Share { status: ShareStatus::Revoked, ..open() }
    }

    fn expired() -> Share {
        Share { expires_at: now(), ..open() }
    }

    #[test]
    fn the_contracts_table_of_claims_cell_by_cell() {
        let refused = Claiming::Refused;
        let lost_partner = Share { partner_revoked: true, ..targeted(BUYER, AccessLevel::Claim) };
        let late = Share { expires_at: now(), ..claimed(BUYER) };
        for (name, share, has_claim, expected) in [
            ("open", open(), false, Claiming::Open),
            ("targeted, claim", targeted(BUYER, AccessLevel::Claim), false, Claiming::Open),
            (
                "targeted, read",
                targeted(BUYER, AccessLevel::Read),
                false,
                refused(ClaimRefusal::ReadOnly),
            ),
            (
                "targeted at another",
                targeted(OTHER, AccessLevel::Claim),
                false,
                refused(ClaimRefusal::NotForYou),
            ),
            ("claimed by caller", claimed(BUYER), true, Claiming::Same),
            ("claimed by caller, long ago", late, true, Claiming::Same),
            ("claimed by another", claimed(OTHER), false, refused(ClaimRefusal::AlreadyClaimed)),
            ("revoked", revoked(), false, refused(ClaimRefusal::Revoked)),
            ("revoked with its partner", lost_partner, false, refused(ClaimRefusal::Revoked)),
            ("expired", expired(), false, refused(ClaimRefusal::Expired)),
            ("a second token", open(), true, Claiming::Same),
            ("a second token, read only", targeted(BUYER, AccessLevel::Read), true, Claiming::Same),
            ("a second token, expired", expired(), true, refused(ClaimRefusal::Expired)),
            ("a second token, lost", claimed(OTHER), true, refused(ClaimRefusal::AlreadyClaimed)),
        ] {
            let (caller, publisher) = (company(BUYER), company(PUBLISHER));
            let attempt =
                Attempt { company: &caller, publisher: &publisher, has_claim, rejections: 0 };
            assert_eq!(claim(&share, &attempt, now()), expected, "{name}");
            let own = Attempt { publisher: &caller, ..attempt };
            assert_eq!(claim(&share, &own, now()), refused(ClaimRefusal::Own), "own: {name}");
        }
    }

    #[test]
    fn rules_may_reject_a_few_times_and_then_it_is_enough() {
        let (caller, publisher) = (company(BUYER), company(PUBLISHER));
        for (rejections, expected) in [
            (0, Claiming::Open),
            (REJECTIONS - 1, Claiming::Open),
            (REJECTIONS, Claiming::Refused(ClaimRefusal::RejectedOften)),
        ] {
            let attempt =
                Attempt { company: &caller, publisher: &publisher, has_claim: false, rejections };
            assert_eq!(claim(&open(), &attempt, now()), expected);
        }
    }

    #[test]
    fn what_was_asked_for_before_is_the_same_share() {
        let (buyer, other) = (company(BUYER), company(OTHER));
        let key = Digest::of(b"lead-4711");
        let named = |share: Share| Share { idempotency: Some(key), ..share };
        let claimed_by_target = Share { target: Some(company(BUYER)), ..claimed(BUYER) };
        let to = |target, name: bool, name_ends| Wish {
            target,
            idempotency: name.then_some(&key),
            name_ends,
        };
        let pending = targeted(BUYER, AccessLevel::Claim);
        for (name, there, wish, expected) in [
            ("nothing yet", None, to(Some(&buyer), false, false), Sharing::New),
            ("pending", Some(pending.clone()), to(Some(&buyer), false, false), Sharing::Same(0)),
            ("to another", Some(pending.clone()), to(Some(&other), false, false), Sharing::New),
            ("claimed", Some(claimed_by_target), to(Some(&buyer), false, false), Sharing::Same(0)),
            (
                "expired",
                Some(Share { expires_at: now(), ..pending.clone() }),
                to(Some(&buyer), false, false),
                Sharing::New,
            ),
            (
                "its partner was revoked",
                Some(Share { partner_revoked: true, ..pending.clone() }),
                to(Some(&buyer), false, false),
                Sharing::New,
            ),
            ("open, unnamed", Some(open()), to(None, false, false), Sharing::New),
            ("open, named", Some(named(open())), to(None, true, false), Sharing::Same(0)),
            (
                "named, claimed",
                Some(named(claimed(OTHER))),
                to(None, true, false),
                Sharing::Same(0),
            ),
            ("named, revoked", Some(named(revoked())), to(None, true, false), Sharing::Same(0)),
            ("name that ends", Some(named(revoked())), to(None, true, true), Sharing::New),
            (
                "name of another",
                Some(named(open())),
                to(Some(&buyer), true, false),
                Sharing::NameTaken,
            ),
        ] {
            let there: alloc::vec::Vec<Share> = there.into_iter().collect();
            assert_eq!(share(&there, &wish, now()), expected, "{name}");
        }
    }

    #[test]
    fn a_certificate_stands_with_a_company_as_its_claims_and_rules_say() {
        for (claimed, rejected, in_order, expected) in [
            (false, false, true, HoldingStatus::Pending),
            (false, false, false, HoldingStatus::Pending),
            (true, false, true, HoldingStatus::Claimed),
            (true, true, true, HoldingStatus::Claimed),
            (true, false, false, HoldingStatus::Flagged),
            (false, true, false, HoldingStatus::Rejected),
        ] {
            assert_eq!(HoldingStatus::of(claimed, rejected, in_order), expected);
        }
    }

    #[test]
    fn a_claim_id_leads_to_its_database_and_has_one_written_form() {
        let id = ClaimId::new(42, 0x61).unwrap();
        assert_eq!((id.get(), id.n(), id.routing_tag()), (42 * 256 + 0x61, 42, 0x61));
        assert_eq!("10849".parse(), Ok(id));
        for wrong in ["", "0", "255", "010849", "+10849", "1e9", "9007199254740992", "x"] {
            assert_eq!(wrong.parse::<ClaimId>(), Err(ClaimIdError), "{wrong}");
        }
        assert!(ClaimId::new(0, 1).is_err() && ClaimId::new(u64::MAX, 1).is_err());
    }
}
