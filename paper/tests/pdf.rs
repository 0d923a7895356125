//! A certificate on paper: it is PDF/A-3b by the writer's own rules, with every file inside.

use std::error::Error;
use std::fs;

use econsent_core::bundle::Bundle;
use econsent_core::jwks::PublicKeys;
use econsent_core::time::Timestamp;
use econsent_paper::{Fonts, Paper};

const BUNDLE: &str = include_str!("bundle.json");
const JWKS: &str = include_str!("jwks.json");

/// The fonts as `npm ci` has put them there.
fn fonts() -> Result<Fonts, Box<dyn Error>> {
    let font = |name| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../node_modules/dejavu-fonts-ttf/ttf");
        fs::read(format!("{folder}/{name}"))
    };
    Ok(Fonts::new(font("DejaVuSans.ttf")?, font("DejaVuSans-Bold.ttf")?)?)
}

#[test]
fn a_certificate_becomes_a_pdf_that_holds() {
    let bundle = Bundle::parse(BUNDLE).unwrap();
    let keys = PublicKeys::parse(JWKS).unwrap();
    let report = bundle.check(&keys);
    assert_eq!(report.verdict().as_str(), "holds");
    let paper = Paper {
        bundle: &bundle,
        report: &report,
        jwks: JWKS,
        origin: "https://app.econsent.org",
        now: Timestamp::parse("2026-11-21T12:00:00.000Z").unwrap(),
        local: None,
    };
    let fonts = fonts().unwrap();
    let pdf = paper.pdf(&fonts).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7"));
    let found = econsent_verify::check(&pdf, &keys).unwrap();
    assert_eq!(found.verdict().as_str(), "holds");
    assert_eq!(paper.pdf(&fonts).unwrap(), pdf, "the same certificate gives the same bytes");
}

#[test]
fn no_text_however_hostile_keeps_a_certificate_from_paper() {
    let bundle = Bundle::parse(BUNDLE).unwrap();
    let keys = PublicKeys::parse(JWKS).unwrap();
    let report = bundle.check(&keys);
    let fonts = fonts().unwrap();
    for text in [
        "W".repeat(4_900),
        format!("a{}", "\u{301}".repeat(4_899)),
        format!("x{}y", "\n".repeat(4_898)),
        "\u{202e}\u{2066}תנאים العربية\u{0}\u{7}".repeat(200),
        "条款与条件 😀 ".repeat(500),
        String::new(),
    ] {
        let mut attacked = bundle.clone();
        attacked.texts.values_mut().for_each(|words| words.clone_from(&text));
        attacked.stated.company.clone_from(&text);
        let paper = Paper {
            bundle: &attacked,
            report: &report,
            jwks: JWKS,
            origin: "https://app.econsent.org",
            now: Timestamp::MAX,
            local: None,
        };
        assert!(paper.pdf(&fonts).is_ok(), "{:?}", text.get(..9));
    }
}
