//! How long evidence is kept (seed "Certificate retention"; contract §5). The Telemarketing Sales
//! Rule asks sellers to keep proof of consent for five years (16 CFR 310.5), so that is the
//! default; anything shorter is allowed with a warning.

use alloc::string::String;
use core::time::Duration;

use time::{Date, Month, OffsetDateTime};

use crate::certificate_id::CertificateId;
use crate::digest::Digest;
use crate::json::members::object;
use crate::record::word;
use crate::time::Timestamp;

word!(
    /// For how long a property keeps its certificates.
    #[derive(PartialOrd, Ord, Default)]
    Term, TermError {
        /// For testing and development.
        Days7 = "7d",
        /// For short campaigns.
        Days30 = "30d",
        /// For standard campaigns.
        Days60 = "60d",
        /// Extended.
        Year1 = "1y",
        /// Long.
        Years3 = "3y",
        /// As long as 16 CFR 310.5 asks.
        #[default]
        Years5 = "5y"
    }
);

impl Term {
    /// The six terms, from the shortest.
    pub const ALL: [Self; 6] =
        [Self::Days7, Self::Days30, Self::Days60, Self::Year1, Self::Years3, Self::Years5];

    /// Whether proof would go before the five years of 16 CFR 310.5 are over; whoever chooses such
    /// a term is told.
    #[must_use]
    pub const fn is_short(self) -> bool {
        !matches!(self, Self::Years5)
    }

    /// The end of this term for evidence received at that moment. Years are calendar years, and
    /// those of a 29 February end on 1 March: never a day short.
    #[must_use]
    pub fn end(self, received_at: Timestamp) -> Timestamp {
        const DAY: u64 = 24 * 60 * 60;
        match self {
            Self::Days7 => received_at + Duration::from_secs(7 * DAY),
            Self::Days30 => received_at + Duration::from_secs(30 * DAY),
            Self::Days60 => received_at + Duration::from_secs(60 * DAY),
            Self::Year1 => years_after(received_at, 1),
            Self::Years3 => years_after(received_at, 3),
            Self::Years5 => years_after(received_at, 5),
        }
    }

    /// When evidence may go: at the end of the term, or when the last live share ends if that is
    /// later; never while a company holds a claim.
    ///
    /// ```
    /// use econsent_core::retention::Term;
    /// use econsent_core::time::Timestamp;
    ///
    /// let received_at = Timestamp::parse("2026-04-17T11:00:00.000Z").unwrap();
    /// let expires_at = Term::default().expires_at(received_at, false, []).unwrap();
    /// assert_eq!(expires_at.to_string(), "2031-04-17T11:00:00.000Z");
    /// assert_eq!(Term::Days7.expires_at(received_at, true, []), None);
    /// ```
    #[must_use]
    pub fn expires_at(
        self,
        received_at: Timestamp,
        claimed: bool,
        live_shares_end: impl IntoIterator<Item = Timestamp>,
    ) -> Option<Timestamp> {
        let end = live_shares_end.into_iter().fold(self.end(received_at), Timestamp::max);
        (!claimed).then_some(end)
    }
}

fn years_after(moment: Timestamp, years: i32) -> Timestamp {
    let later = || {
        let millis = moment.millis();
        let start = OffsetDateTime::from_unix_timestamp(millis / 1_000).ok()?;
        let year = start.year().checked_add(years)?;
        let day = start.date().replace_year(year);
        let day = day.or_else(|_| Date::from_calendar_date(year, Month::March, 1));
        let end = start.replace_date(day.ok()?);
        Timestamp::from_millis(end.unix_timestamp() * 1_000 + millis % 1_000).ok()
    };
    later().unwrap_or(Timestamp::MAX)
}

/// Until when a certificate's evidence is kept: the document that is signed for
/// [`Purpose::Retention`](crate::signature::Purpose::Retention), so that a changed column in a
/// database is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// The certificate.
    pub certificate_id: CertificateId,
    /// The last event of its chain: an expiry from before a claim is none after it.
    pub head: Digest,
    /// When its evidence may go; none while it is claimed.
    pub expires_at: Option<Timestamp>,
}

impl Retention {
    /// Whether the evidence has to go.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// The canonical bytes, as text: what the tag is made over, behind its prefix.
    #[must_use]
    pub fn canonical(&self) -> String {
        let expires_at = self.expires_at.map(String::from);
        object(|members| {
            members
                .text("certificate_id", &String::from(&self.certificate_id))
                .text_or_null("expires_at", expires_at.as_deref())
                .text("head", &self.head.hex());
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{Retention, Term};
    use crate::certificate_id::CertificateId;
    use crate::digest::Digest;
    use crate::time::Timestamp;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn the_six_terms_end_when_a_calendar_says_so() {
        let received_at = at("2026-04-17T11:00:00.137Z");
        let ends = [
            "2026-04-24T11:00:00.137Z",
            "2026-05-17T11:00:00.137Z",
            "2026-06-16T11:00:00.137Z",
            "2027-04-17T11:00:00.137Z",
            "2029-04-17T11:00:00.137Z",
            "2031-04-17T11:00:00.137Z",
        ];
        for (term, end) in Term::ALL.into_iter().zip(ends) {
            assert_eq!(term.end(received_at).to_string(), end, "{term:?}");
            assert_eq!(term.as_str().parse(), Ok(term));
        }
    }

    #[test]
    fn a_leap_day_is_kept_a_day_longer_rather_than_shorter() {
        let leap_day = at("2028-02-29T23:59:59.999Z");
        assert_eq!(Term::Year1.end(leap_day).to_string(), "2029-03-01T23:59:59.999Z");
        assert_eq!(Term::Years5.end(Timestamp::MAX), Timestamp::MAX);
    }

    #[test]
    fn five_years_are_the_default_and_anything_less_is_short() {
        assert_eq!(Term::default(), Term::Years5);
        let short = Term::ALL.map(Term::is_short);
        assert_eq!(short, [true, true, true, true, true, false]);
    }

    #[test]
    fn a_live_share_holds_the_evidence_and_a_claim_keeps_it() {
        let received_at = at("2026-04-17T11:00:00.000Z");
        let share_ends = at("2026-07-17T12:00:00.000Z");
        let expires_at = |term: Term, claimed, shares: &[Timestamp]| {
            term.expires_at(received_at, claimed, shares.iter().copied())
        };
        assert_eq!(expires_at(Term::Days7, false, &[share_ends]), Some(share_ends));
        assert_eq!(
            expires_at(Term::Year1, false, &[share_ends]),
            Some(at("2027-04-17T11:00:00.000Z"))
        );
        assert_eq!(expires_at(Term::Days7, true, &[share_ends]), None);
    }

    #[test]
    fn the_signed_document_says_until_when() {
        let id = "EC-s1-Gg-VoeWa_DkQ6dI_qkGkEoKSr83sswF3oHFY6ixaDQM";
        let mut retention = Retention {
            certificate_id: CertificateId::parse(id).unwrap(),
            head: Digest::ZERO,
            expires_at: Some(at("2031-04-17T11:00:00.000Z")),
        };
        assert_eq!(
            retention.canonical(),
            alloc::format!(
                "{{\"certificate_id\":\"{id}\",\"expires_at\":\"2031-04-17T11:00:00.000Z\",\
                 \"head\":\"{}\"}}",
                Digest::ZERO
            )
        );
        assert!(!retention.is_over(at("2031-04-17T10:59:59.999Z")));
        assert!(retention.is_over(at("2031-04-17T11:00:00.000Z")));
        retention.expires_at = None;
        assert!(retention.canonical().contains("\"expires_at\":null,"));
        assert!(!retention.is_over(Timestamp::MAX));
    }
}
