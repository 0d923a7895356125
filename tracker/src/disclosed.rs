//! What a submission's words come to, but for whom it is and when: its records and documents. A submit
//! mostly finds them made and in the page's hands, since they are made anew whenever the page has
//! shown something else.

use econsent_core::collect::{Collected, collect};
use econsent_core::consent::{ConsentRecord, Dropped, Withheld, withheld_document};
use econsent_core::consents::Consents;
use econsent_core::digest::Digest;
use econsent_core::fingerprint::fingerprint;

use crate::dom::Hands;
use crate::extract;

/// Records and withheld disclosures, ready for a certificate.
pub struct Disclosed {
    /// By which the page knows it.
    pub number: u32,
    /// The fingerprint of the consent records.
    pub fingerprint: String,
    /// Canonical JSON of the withheld disclosures.
    pub hidden: String,
    /// What went beyond the limits.
    pub dropped: Dropped,
    /// The digest of the records.
    pub records: Digest,
    /// Whether there is neither.
    pub is_empty: bool,
}

impl Disclosed {
    /// Collects what the page has shown, and hands the page what a commit needs of it.
    pub fn of(hands: &Hands, number: u32, shown: &str) -> Self {
        let (elements, numbers) = extract::elements(shown);
        let Collected { consents, places, withheld, dropped } = collect(elements);
        let (consents, mut texts): (Vec<ConsentRecord>, Vec<String>) =
            consents.into_iter().map(|(record, text)| (record, text.into())).unzip();
        let (withheld, hidden): (Vec<Withheld>, Vec<String>) =
            withheld.into_iter().map(|(item, text)| (item, text.into())).unzip();
        texts.extend(hidden);
        let consents = Consents::from(consents);
        let hidden = withheld_document(&withheld);
        let sources: Vec<u32> =
            places.into_iter().filter_map(|at| numbers.get(at).copied()).collect();
        hands.keep(number, consents.document(), &hidden, &texts.join("\0"), &sources);
        Self {
            number,
            is_empty: consents.is_empty() && withheld.is_empty(),
            records: *consents.digest(),
            fingerprint: fingerprint(&consents),
            hidden,
            dropped,
        }
    }
}
