//! On which pages a property may be used: exact origins, or `*.example.com` for every https
//! subdomain (issue "Properties"). A pattern that would let strangers' sites in is refused.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use crate::ids::Origin;

/// An origin, or every https subdomain of a domain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OriginPattern {
    /// One origin.
    Exact(Origin),
    /// `*.` and this domain: any name below it over https on the usual port, not the domain itself.
    Below(String),
}

/// Why a string is no pattern of origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginPatternError {
    /// Neither an origin nor `*.` and a domain.
    #[error("expected an origin such as https://forms.example.com, or *.example.com")]
    Form,
    /// A domain under which anybody can have a site.
    #[error("*.{{domain}} needs a domain of your own: anybody can have a site under this one")]
    Public,
}

/// Second-level names under which country registries sell names (`co.uk`, `com.au`).
const SECOND_LEVEL: [&str; 16] = [
    "ac", "co", "com", "edu", "gen", "go", "gob", "gouv", "gov", "gv", "ltd", "me", "ne", "net",
    "or", "org",
];

/// Hosts that give everybody a name below their own; the ones that lead forms live on, from the
/// private section of publicsuffix.org. The list keeps owners from a slip; it is no wall, since
/// an owner who allows strangers' pages harms nobody but itself.
const SHARED: [&str; 40] = [
    "amazonaws.com",
    "appspot.com",
    "azurewebsites.net",
    "blogspot.com",
    "carrd.co",
    "clickfunnels.com",
    "cloudfront.net",
    "firebaseapp.com",
    "fly.dev",
    "framer.app",
    "framer.website",
    "github.io",
    "gitlab.io",
    "glitch.me",
    "godaddysites.com",
    "herokuapp.com",
    "hubspotpagebuilder.com",
    "instapage.com",
    "kartra.com",
    "leadpages.co",
    "mykajabi.com",
    "myshopify.com",
    "netlify.app",
    "ngrok-free.app",
    "ngrok.app",
    "ngrok.io",
    "onrender.com",
    "pages.dev",
    "replit.app",
    "squarespace.com",
    "surge.sh",
    "trycloudflare.com",
    "unbouncepages.com",
    "vercel.app",
    "web.app",
    "webflow.io",
    "weebly.com",
    "wixsite.com",
    "wordpress.com",
    "workers.dev",
];

impl OriginPattern {
    /// Reads what an owner typed: any case, a slash at the end, the usual port written out.
    ///
    /// # Errors
    /// [`OriginPatternError`] says what is expected instead.
    ///
    /// ```
    /// use econsent_core::ids::Origin;
    /// use econsent_core::origins::OriginPattern;
    ///
    /// let pattern = OriginPattern::parse("*.Example.com").unwrap();
    /// assert!(pattern.matches(&Origin::parse("https://quotes.example.com").unwrap()));
    /// assert!(!pattern.matches(&Origin::parse("https://example.com").unwrap()));
    /// assert!(OriginPattern::parse("*.com").is_err());
    /// ```
    pub fn parse(typed: &str) -> Result<Self, OriginPatternError> {
        let text = typed.trim().to_ascii_lowercase();
        let text = text.strip_suffix('/').unwrap_or(&text);
        if let Some(domain) = text.strip_prefix("*.") {
            return Self::below(domain);
        }
        let usual_port = if text.starts_with("https://") { ":443" } else { ":80" };
        let origin = Origin::parse(text.strip_suffix(usual_port).unwrap_or(text))
            .map_err(|_| OriginPatternError::Form)?;
        let labels = origin.domain().split('.').all(|label| !label.is_empty());
        if labels { Ok(Self::Exact(origin)) } else { Err(OriginPatternError::Form) }
    }

    fn below(domain: &str) -> Result<Self, OriginPatternError> {
        let valid = Origin::parse(&format!("https://a.{domain}"))
            .is_ok_and(|origin| origin.domain().len() == domain.len() + 2)
            && domain.split('.').all(|label| !label.is_empty());
        let numeric = domain.rsplit('.').next().is_some_and(|last| !last.contains(is_letter));
        if !valid || numeric {
            return Err(OriginPatternError::Form);
        }
        if is_public(domain) {
            return Err(OriginPatternError::Public);
        }
        Ok(Self::Below(domain.into()))
    }

    /// Whether a page of that origin is meant.
    #[must_use]
    pub fn matches(&self, origin: &Origin) -> bool {
        match self {
            Self::Exact(exact) => exact == origin,
            Self::Below(domain) => below(origin).any(|parent| parent == domain.as_str()),
        }
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_lowercase()
}

fn is_public(domain: &str) -> bool {
    let labels: Vec<_> = domain.split('.').collect();
    match labels.as_slice() {
        [] | [_] => true,
        [second, country] if country.len() == 2 => {
            SECOND_LEVEL.contains(second) || SHARED.contains(&domain)
        }
        _ => SHARED.contains(&domain),
    }
}

/// The domains above the host of an https origin on the usual port.
fn below(origin: &Origin) -> impl Iterator<Item = &str> {
    let host = origin.as_str().strip_prefix("https://").filter(|host| *host == origin.domain());
    let host = host.unwrap_or_default();
    host.match_indices('.').filter_map(move |(dot, _)| host.get(dot + 1..))
}

/// Every pattern, as it is written, that this origin matches: so that a database finds a match by
/// its index. An origin has as many as its host has labels.
#[must_use]
pub fn patterns_of(origin: &Origin) -> Vec<String> {
    let wide = below(origin).map(|domain| format!("*.{domain}"));
    core::iter::once(origin.to_string()).chain(wide).collect()
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(origin) => f.write_str(origin.as_str()),
            Self::Below(domain) => write!(f, "*.{domain}"),
        }
    }
}

impl core::str::FromStr for OriginPattern {
    type Err = OriginPatternError;

    fn from_str(typed: &str) -> Result<Self, OriginPatternError> {
        Self::parse(typed)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString as _};

    use super::{OriginPattern, OriginPatternError, patterns_of};
    use crate::ids::Origin;

    fn parse(typed: &str) -> Result<String, OriginPatternError> {
        OriginPattern::parse(typed).map(|pattern| pattern.to_string())
    }

    #[test]
    fn a_pattern_is_read_as_people_paste_it() {
        for (typed, written) in [
            ("https://forms.leadgen.com", "https://forms.leadgen.com"),
            (" HTTPS://Forms.LeadGen.com/ ", "https://forms.leadgen.com"),
            ("https://forms.leadgen.com:443", "https://forms.leadgen.com"),
            ("http://localhost:8787", "http://localhost:8787"),
            ("http://staging.leadgen.com:80/", "http://staging.leadgen.com"),
            ("*.LeadGen.com", "*.leadgen.com"),
            ("*.leadgen.co.uk", "*.leadgen.co.uk"),
            ("*.leads.github.io", "*.leads.github.io"),
        ] {
            assert_eq!(parse(typed).as_deref(), Ok(written), "{typed}");
        }
    }

    #[test]
    fn what_is_no_origin_or_too_wide_is_refused() {
        for typed in [
            "",
            "*",
            "*.",
            "leadgen.com",
            "https://leadgen.com/forms",
            "https://*.leadgen.com",
            "*.*.com",
            "*.leadgen.com:8443",
            "*.127.0.0.1",
            "*.leadgen..com",
            "null",
            "https://a..b",
            "file:///",
            "*.a b.com",
        ] {
            assert_eq!(parse(typed), Err(OriginPatternError::Form), "{typed}");
        }
        for typed in ["*.com", "*.co.uk", "*.com.au", "*.github.io", "*.pages.dev", "*.localhost"] {
            assert_eq!(parse(typed), Err(OriginPatternError::Public), "{typed}");
        }
    }

    #[test]
    fn a_wide_pattern_means_https_below_the_domain_and_nothing_beside_it() {
        let pattern = OriginPattern::parse("*.leadgen.com").unwrap();
        let matches = |origin| pattern.matches(&Origin::parse(origin).unwrap());
        assert!(matches("https://forms.leadgen.com"));
        assert!(matches("https://a.b.leadgen.com"));
        for other in [
            "https://leadgen.com",
            "http://forms.leadgen.com",
            "https://forms.leadgen.com:8443",
            "https://evilleadgen.com",
            "https://leadgen.com.evil.com",
        ] {
            assert!(!matches(other), "{other}");
        }
    }

    #[test]
    fn the_patterns_of_an_origin_are_the_ones_that_match_it() {
        let origin = Origin::parse("https://a.forms.leadgen.com").unwrap();
        let patterns = patterns_of(&origin);
        assert_eq!(
            patterns,
            ["https://a.forms.leadgen.com", "*.forms.leadgen.com", "*.leadgen.com", "*.com"]
        );
        for pattern in patterns.iter().filter(|pattern| *pattern != "*.com") {
            assert!(OriginPattern::parse(pattern).unwrap().matches(&origin), "{pattern}");
        }
        let plain = Origin::parse("http://forms.leadgen.com").unwrap();
        assert_eq!(patterns_of(&plain), ["http://forms.leadgen.com"]);
    }
}
