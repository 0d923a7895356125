//! How a personal value is shown to those who may not see it: of an IP address its network only.

use alloc::format;
use alloc::string::String;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The /24 of an IPv4 address, the /48 of an IPv6 address; nothing of what is no address.
///
/// ```
/// use econsent_core::mask::ip_network;
///
/// assert_eq!(ip_network("203.0.113.7").as_deref(), Some("203.0.113.0/24"));
/// assert_eq!(ip_network("2001:db8:85a3::8a2e:370:7334").as_deref(), Some("2001:db8:85a3::/48"));
/// assert_eq!(ip_network("::ffff:203.0.113.7").as_deref(), Some("203.0.113.0/24"));
/// assert_eq!(ip_network("localhost"), None);
/// ```
#[must_use]
pub fn ip_network(address: &str) -> Option<String> {
    match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            Some(format!("{}/24", Ipv4Addr::new(a, b, c, 0)))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            Some(format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
        }
    }
}
