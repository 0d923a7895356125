//! The cookie of a sign-in. On https it carries the `__Host-` prefix, so that no other host can
//! set it (RFC 6265bis §4.1.3.2); browsers keep neither the prefix nor `Secure` on plain http,
//! which is for development only.

use std::time::Duration;

use econsent_core::credentials::SignInToken;

use crate::app::PublicUrl;

/// For how long somebody stays signed in.
pub const LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// `Set-Cookie` of a new sign-in.
pub fn set(url: &PublicUrl, token: &SignInToken) -> String {
    line(url, token.reveal(), LIFETIME.as_secs())
}

/// `Set-Cookie` that removes it.
pub fn clear(url: &PublicUrl) -> String {
    line(url, "", 0)
}

/// The sign-in in a `Cookie` header.
pub fn read(url: &PublicUrl, cookies: &str) -> Option<SignInToken> {
    let value = |cookie: &str| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == self::name(url)).then(|| SignInToken::parse(value).ok()).flatten()
    };
    cookies.split(';').find_map(value)
}

/// What it is called.
pub fn name(url: &PublicUrl) -> &'static str {
    if url.is_https() { "__Host-econsent_sign_in" } else { "econsent_sign_in" }
}

fn line(url: &PublicUrl, value: &str, seconds: u64) -> String {
    let secure = if url.is_https() { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly{secure}; SameSite=Lax", name(url))
}

#[cfg(test)]
mod tests {
    use econsent_core::credentials::SignInToken;

    use super::{clear, read, set};
    use crate::app::PublicUrl;

    #[test]
    fn on_https_no_script_no_other_site_and_no_other_host_touches_it() {
        let url = PublicUrl::parse("https://app.econsent.org").unwrap();
        let token = SignInToken::new([0xab; 32]);
        let hex = "ab".repeat(32);
        assert_eq!(
            set(&url, &token),
            format!(
                "__Host-econsent_sign_in={hex}; Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=Lax"
            )
        );
        assert!(clear(&url).starts_with("__Host-econsent_sign_in=; Path=/; Max-Age=0;"));
        let sent = format!("theme=dark; __Host-econsent_sign_in={hex}");
        assert_eq!(read(&url, &sent).unwrap().reveal(), hex);
    }

    #[test]
    fn a_cookie_without_the_prefix_is_not_read_on_https() {
        let url = PublicUrl::parse("https://app.econsent.org/").unwrap();
        let hex = "ab".repeat(32);
        assert!(read(&url, &format!("econsent_sign_in={hex}")).is_none());
        assert!(read(&url, "__Host-econsent_sign_in=short").is_none());
        let local = PublicUrl::parse("http://localhost:8787").unwrap();
        assert!(read(&local, &format!("econsent_sign_in={hex}")).is_some());
        assert!(!set(&local, &SignInToken::new([1; 32])).contains("Secure"));
    }
}
