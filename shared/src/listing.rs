//! What an owner's list of certificates is narrowed by, and how what somebody types into its one
//! search field is understood (contract §5, "Certificates").

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::certificate_id::CertificateId;
use crate::ids::SessionId;
use crate::limits;
use crate::record::word;
use crate::states::State;
use crate::text::canonical;
use crate::time::Timestamp;

/// Most words of a search: more narrow nothing down.
const WORDS: usize = 16;
/// Longest search, in bytes.
const SEARCH_BYTES: usize = 512;

word!(
    /// What a certificate is to its owner.
    Standing, StandingError {
        /// The evidence is there, and nothing stands against it.
        Active = "active",
        /// The consumer has opted out with the owner.
        Revoked = "revoked",
        /// Its time is over and its evidence is gone.
        Expired = "expired",
        /// A company holds a claim.
        Claimed = "claimed"
    }
);

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// One certificate, by its id.
    Certificate(CertificateId),
    /// Those of a session.
    Session(SessionId),
    /// Those of a domain.
    Domain(String),
    /// Those of consumers in a state, by IP address.
    State(State),
    /// Those whose disclosures have these words.
    Words(Words),
}

/// Why something cannot be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// No letter or digit in it.
    #[error("there is no word to look for")]
    Empty,
    /// More than anybody types.
    #[error("a search has at most 16 words and 512 bytes")]
    Long,
}

impl Search {
    /// Takes what was typed for the most special thing that it can be: a certificate id, a session
    /// id of ours, a domain, a state (`FL`, `Florida`), and words otherwise.
    ///
    /// # Errors
    /// [`SearchError`] when there is nothing to look for, or too much.
    pub fn parse(typed: &str) -> Result<Self, SearchError> {
        let typed = typed.trim();
        if typed.len() > SEARCH_BYTES {
            return Err(SearchError::Long);
        }
        if let Ok(id) = CertificateId::parse_lenient(typed) {
            return Ok(Self::Certificate(id));
        }
        if let Some(session) = session(typed) {
            return Ok(Self::Session(session));
        }
        if let Some(domain) = domain(typed) {
            return Ok(Self::Domain(domain));
        }
        if let Some(state) = state(typed) {
            return Ok(Self::State(state));
        }
        Words::parse(typed).map(Self::Words)
    }
}

/// A session id as the service makes them: 34 hex digits, so that no word is taken for one.
fn session(typed: &str) -> Option<SessionId> {
    let ours = typed.len() == 34 && typed.bytes().all(|b| b.is_ascii_hexdigit());
    if ours { SessionId::parse(typed).ok() } else { None }
}

/// A host name with a dot in it, perhaps with a scheme and a path around it.
fn domain(typed: &str) -> Option<String> {
    let lower = typed.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let host = rest.unwrap_or(&lower).split(['/', ':', '?', '#']).next()?;
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let named = host.split('.').all(label) && host.contains('.');
    (named && host.len() <= limits::DOMAIN_BYTES).then(|| host.into())
}

/// A code in capitals, or a name in any case.
fn state(typed: &str) -> Option<State> {
    State::parse(typed)
        .ok()
        .or_else(|| State::all().find(|state| state.name().eq_ignore_ascii_case(typed)))
}

/// Words that all have to be in one text, in any order; the last one may be only begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Takes the words out of what was typed.
    ///
    /// # Errors
    /// [`SearchError`] when there are none, or too many.
    pub fn parse(typed: &str) -> Result<Self, SearchError> {
        if typed.len() > SEARCH_BYTES {
            return Err(SearchError::Long);
        }
        let canonical = canonical(typed);
        let words = canonical.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(Into::into).collect();
        match words.len() {
            0 => Err(SearchError::Empty),
            1..=WORDS => Ok(Self(words)),
            _ => Err(SearchError::Long),
        }
    }

    /// The query in SQLite's FTS5 for these words in the texts of one company. Words are letters
    /// and digits, and stand in quotes, so nothing in them is taken for an operator.
    ///
    /// ```
    /// use econsent_core::listing::Words;
    ///
    /// let words = Words::parse("Acme insur").unwrap();
    /// assert_eq!(words.query("67fa"), "company : \"67fa\" AND text : (\"acme\" \"insur\" *)");
    /// ```
    #[must_use]
    pub fn query(&self, company: &str) -> String {
        let words: Vec<String> = self.0.iter().map(|word| format!("\"{word}\"")).collect();
        format!("company : \"{company}\" AND text : ({} *)", words.join(" "))
    }
}

/// A text as words are looked for in it; none where it can be taken as it is, since finding ASCII
/// in any case is nothing special.
///
/// ```
/// use econsent_core::listing::searchable;
///
/// assert_eq!(searchable("ＡＣＥＰＴＯ los T\u{e9}r\u{ad}minos").unwrap(), "acepto los términos");
/// assert_eq!(searchable("I AGREE"), None);
/// ```
#[must_use]
pub fn searchable(text: &str) -> Option<String> {
    (!text.is_ascii()).then(|| canonical(text))
}

/// The beginning of a day (`2026-04-17`, in UTC) or a moment, as filters by date take it.
///
/// ```
/// use econsent_core::listing::moment;
///
/// let day = moment("2026-04-17").unwrap();
/// assert_eq!(day.to_string(), "2026-04-17T00:00:00.000Z");
/// assert_eq!(moment("2026-04-17T00:00:00.000Z"), Some(day));
/// assert_eq!(moment("17/04/2026"), None);
/// ```
#[must_use]
pub fn moment(text: &str) -> Option<Timestamp> {
    let whole = Timestamp::parse(text);
    whole.or_else(|_| Timestamp::parse(&format!("{text}T00:00:00.000Z"))).ok()
}

/// Where a range ends that is given by its last day, or by a moment.
#[must_use]
pub fn end(text: &str) -> Option<Timestamp> {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let whole = Timestamp::parse(text).ok();
    whole.or_else(|| moment(text).map(|start| start + DAY))
}

/// A cell of a CSV file (RFC 4180 §2): in quotes, and with an apostrophe before what a spreadsheet
/// would take for a formula (OWASP, "CSV Injection").
///
/// ```
/// use econsent_core::listing::csv_cell;
///
/// assert_eq!(csv_cell("Quotes, \"fast\""), "\"Quotes, \"\"fast\"\"\"");
/// assert_eq!(csv_cell("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
/// ```
#[must_use]
pub fn csv_cell(value: &str) -> String {
    let formula = value
        .trim_start()
        .starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
        || value.starts_with(['\t', '\r', '\n']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{Search, SearchError, Words, csv_cell, end, moment};
    use crate::states::State;

    #[test]
    fn what_is_typed_is_taken_for_the_most_special_thing_that_it_can_be() {
        let id = "EC-s1-Gg-VoeWa_DkQ6dI_qkGkEoKSr83sswF3oHFY6ixaDQM";
        assert!(
            matches!(Search::parse(id), Ok(Search::Certificate(found)) if found.to_string() == id)
        );
        let session = "61019d9b18ff80ffffffffffffffffffff";
        assert!(matches!(Search::parse(session), Ok(Search::Session(_))));
        for typed in ["Forms.LeadGen.com", "https://forms.leadgen.com/quote?zip=33101"] {
            assert_eq!(Search::parse(typed), Ok(Search::Domain("forms.leadgen.com".into())));
        }
        for typed in ["FL", "florida", " Florida "] {
            assert_eq!(Search::parse(typed), Ok(Search::State(State::parse("FL").unwrap())));
        }
        for typed in ["fl", "Acme Insurance", "e.g. texts", "EC-", "at any time."] {
            assert!(matches!(Search::parse(typed), Ok(Search::Words(_))), "{typed}");
        }
        assert_eq!(Search::parse(" “…” "), Err(SearchError::Empty));
        assert_eq!(Search::parse(&"a ".repeat(17)), Err(SearchError::Long));
    }

    #[test]
    fn nothing_that_is_typed_leaves_its_quotes() {
        let words = Words::parse("x\" OR company:\"b\" NOT (text) ^*").unwrap();
        assert_eq!(
            words.query("a"),
            "company : \"a\" AND text : (\"x\" \"or\" \"company\" \"b\" \"not\" \"text\" *)"
        );
    }

    #[test]
    fn a_range_of_days_ends_with_its_last_day() {
        assert_eq!(end("2026-04-17"), moment("2026-04-18"));
        assert_eq!(end("2026-04-17T11:00:00.000Z"), moment("2026-04-17T11:00:00.000Z"));
        assert_eq!(end("2026-02-30"), None);
    }

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"] {
            assert!(csv_cell(formula).starts_with("\"'"), "{formula}");
        }
        assert_eq!(csv_cell("a\r\nb"), "\"a\r\nb\"");
        assert_eq!(csv_cell(""), "\"\"");
    }
}
