//! E-mail addresses: trimmed and lowercase.

use alloc::string::String;
use core::fmt;

use super::is_invisible;
use crate::limits;

/// An e-mail address in lowercase, without space around it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// Why a string is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// There is no name before an `@`, or it has space, controls, quotes or brackets in it.
    #[error("an e-mail address begins with a name, without spaces or quotes, and an @")]
    Name,
    /// What follows the `@` is no host name with a dot.
    #[error("an e-mail address ends with a domain, such as example.com")]
    Domain,
    /// Longer than mail servers take (RFC 5321 §4.5.3.1).
    #[error("an e-mail address has at most 254 bytes, 64 of them before the @")]
    Long,
}

impl Email {
    /// Normalises what a visitor typed. Mailboxes that RFC 5321 §4.1.2 would let somebody quote,
    /// such as `"john doe"@example.com`, are refused: nobody has one, and typing errors look alike.
    ///
    /// # Errors
    /// [`EmailError`] names the part that is wrong.
    ///
    /// ```
    /// use econsent_core::contact::Email;
    ///
    /// let email = Email::parse(" Jorg.Meyer@Example.COM\n").unwrap();
    /// assert_eq!(email.as_str(), "jorg.meyer@example.com");
    /// assert!(Email::parse("jorg.meyer@example").is_err());
    /// ```
    pub fn parse(typed: &str) -> Result<Self, EmailError> {
        let address =
            typed.trim_matches(|c: char| c.is_whitespace() || is_invisible(c)).to_lowercase();
        let (name, domain) = address.rsplit_once('@').ok_or(EmailError::Name)?;
        if name.is_empty() || !name.chars().all(in_name) {
            return Err(EmailError::Name);
        }
        if !is_domain(domain) {
            return Err(EmailError::Domain);
        }
        if name.len() > limits::EMAIL_NAME_BYTES || address.len() > limits::EMAIL_BYTES {
            return Err(EmailError::Long);
        }
        Ok(Self(address))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 5322 §3.2.3, "specials", cannot stand unquoted; a dot can, and some providers give out
/// names with two in a row.
fn in_name(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !is_invisible(c)
        && !matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '"')
}

/// Labels of letters, digits and inner hyphens, at least two of them, the last not a number.
/// Names in other scripts are taken as they were typed.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || is_mark(c))
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && domain.len() <= limits::DOMAIN_BYTES
        && domain.split('.').all(label)
        && last.chars().any(|c| !c.is_ascii_digit())
}

/// Combining marks of names that were typed decomposed.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

impl fmt::Debug for Email {
    /// Personal values stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

impl core::str::FromStr for Email {
    type Err = EmailError;

    fn from_str(typed: &str) -> Result<Self, EmailError> {
        Self::parse(typed)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::{Email, EmailError};

    fn parse(typed: &str) -> Result<String, EmailError> {
        Email::parse(typed).map(|email| email.as_str().into())
    }

    #[test]
    fn however_it_is_typed_it_is_the_same_address() {
        for typed in [
            "jorg@example.com",
            "  Jorg@Example.com ",
            "JORG@EXAMPLE.COM\r\n",
            "\u{200b}jorg@example.com\u{a0}",
        ] {
            assert_eq!(parse(typed).as_deref(), Ok("jorg@example.com"), "{typed:?}");
        }
        assert_eq!(parse("JÖRG@BÜCHER.example").as_deref(), Ok("jörg@bücher.example"));
        // A tag is part of the address: with and without it are two mailboxes to a stranger.
        assert_eq!(
            parse("ana+quotes@mail.example.com").as_deref(),
            Ok("ana+quotes@mail.example.com")
        );
        assert_eq!(parse("o'brien_99@example.co").as_deref(), Ok("o'brien_99@example.co"));
    }

    #[test]
    fn what_cannot_be_an_address_is_refused_with_the_part_that_is_wrong() {
        for (typed, fault) in [
            ("", EmailError::Name),
            ("none", EmailError::Name),
            ("@example.com", EmailError::Name),
            ("ana maria@example.com", EmailError::Name),
            ("ana@home@example.com", EmailError::Name),
            ("\"ana\"@example.com", EmailError::Name),
            ("Ana <ana@example.com>", EmailError::Name),
            ("ana@", EmailError::Domain),
            ("ana@example", EmailError::Domain),
            ("ana@example.", EmailError::Domain),
            ("ana@.com", EmailError::Domain),
            ("ana@exa mple.com", EmailError::Domain),
            ("ana@-example.com", EmailError::Domain),
            ("ana@203.0.113.7", EmailError::Domain),
            ("ana@example..com", EmailError::Domain),
        ] {
            assert_eq!(parse(typed), Err(fault), "{typed}");
        }
        let long = "a".repeat(65) + "@example.com";
        assert_eq!(parse(&long), Err(EmailError::Long));
    }

    #[test]
    fn an_address_is_not_written_to_logs() {
        let email = Email::parse("jorg@example.com").unwrap();
        assert_eq!(alloc::format!("{email:?}"), "Email(…)");
    }
}
