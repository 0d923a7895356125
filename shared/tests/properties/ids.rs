//! Ids and tokens: what is written reads back, and nothing else does.

use econsent_core::certificate_id::CertificateId;
use econsent_core::claim::ClaimToken;
use econsent_core::digest::Digest;
use econsent_core::ids::SessionId;
use proptest::prelude::*;

pub fn id() -> impl Strategy<Value = CertificateId> {
    ("[A-Za-z0-9-]{1,64}", any::<[u8; 32]>()).prop_map(|(session, hash)| {
        CertificateId::new(SessionId::parse(&session).unwrap(), Digest::from_bytes(hash))
    })
}

proptest! {
    #[test]
    fn an_id_reads_back(id in id()) {
        prop_assert_eq!(CertificateId::parse(&id.to_string()), Ok(id));
    }

    #[test]
    fn an_id_survives_the_other_base64_alphabet_and_padding(id in id(), padded in any::<bool>()) {
        let text = id.to_string();
        let (session, hash) = text.split_at(text.len() - 43);
        let hash = hash.replace('-', "+").replace('_', "/");
        let text = format!("{session}{hash}{}", if padded { "=" } else { "" });
        prop_assert_eq!(CertificateId::parse_lenient(&text), Ok(id));
    }

    #[test]
    fn what_reads_as_an_id_is_written_the_same(text in "(EC-)?[A-Za-z0-9_-]{0,8}-?[A-Za-z0-9_-]{43}") {
        if let Ok(id) = CertificateId::parse(&text) {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn no_string_makes_a_parser_fall_over(text in any::<String>()) {
        let _ = CertificateId::parse(&text);
        let _ = CertificateId::parse_lenient(&text);
        let _ = CertificateId::parse_lenient(&format!("EC-{text}"));
        prop_assert!(ClaimToken::parse(&text).is_err());
    }

    #[test]
    fn a_claim_token_reads_back(digits in "[0-9a-f]{48}") {
        let text = format!("clm_{digits}");
        let token = ClaimToken::parse(&text).unwrap();
        prop_assert_eq!(token.as_str(), text);
        prop_assert_eq!(format!("{:02x}", token.routing_tag()), &digits[..2]);
    }
}
