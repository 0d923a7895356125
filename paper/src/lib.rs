//! A certificate as a document that a court can file: PDF/A-3b (ISO 19005-3) with the signed
//! record, the texts, the chain, the signatures and the keys attached as files, and QR codes.
//! Pure: fonts, keys and the time come in as arguments.
#![forbid(unsafe_code)]

mod certificate;
mod fonts;
mod layout;
pub mod qr;
mod wrap;

use econsent_core::bundle::{Bundle, Report};
use econsent_core::time::Timestamp;
use econsent_core::timezone::LocalTimes;
use krilla::configure::{Archival, Configuration, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::metadata::{DateTime, Metadata};
use krilla::{Document, SerializeSettings};

pub use fonts::{FontError, Fonts};

/// What goes on paper.
pub struct Paper<'a> {
    /// The certificate; with personal values only for those who may have them.
    pub bundle: &'a Bundle,
    /// What was checked.
    pub report: &'a Report,
    /// The public keys, as they are published.
    pub jwks: &'a str,
    /// The origin of links.
    pub origin: &'a str,
    /// When the document is made.
    pub now: Timestamp,
    /// Its moments as the consumer's clock showed them, if it says where that stood.
    pub local: Option<&'a LocalTimes>,
}

/// Why a certificate could not be put on paper; never the reader's fault.
#[derive(Debug, thiserror::Error)]
#[error("the PDF could not be made: {0}")]
pub struct PaperError(String);

impl Paper<'_> {
    /// The bytes of the PDF.
    ///
    /// # Errors
    /// [`PaperError`] when the result would not be PDF/A-3b.
    pub fn pdf(&self, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
        let settings = SerializeSettings {
            compress_content_streams: true,
            configuration: archival()?,
            enable_tagging: false,
            ..SerializeSettings::default()
        };
        let mut document = Document::new_with(settings);
        let made = date(self.now);
        document.set_metadata(
            Metadata::new()
                .title(format!("Consent certificate {}", self.bundle.certificate_id))
                .language("en".into())
                .creator("econsent".into())
                .document_id(self.bundle.certificate_id.to_string())
                .creation_date(made),
        );
        layout::draw(&mut document, &certificate::lay_out(self, fonts), fonts)
            .ok_or_else(|| PaperError("a page could not be drawn".into()))?;
        for file in self.bundle.files(self.jwks) {
            let record = file.name == "record.json";
            document.embed_file(EmbeddedFile {
                path: file.name,
                mime_type: MimeType::new(file.media_type),
                description: Some(file.about.into()),
                association_kind: if record {
                    AssociationKind::Source
                } else {
                    AssociationKind::Supplement
                },
                data: file.content.into_bytes().into(),
                modification_date: Some(made),
                compress: None,
                location: None,
            });
        }
        document.finish().map_err(|error| PaperError(format!("{error:?}")))
    }
}

fn archival() -> Result<Configuration, PaperError> {
    ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_B)
        .finish()
        .map_err(|error| PaperError(format!("{error:?}")))
}

/// A moment as PDF has it, read off its one written form.
fn date(moment: Timestamp) -> DateTime {
    let text = moment.to_string();
    let number = |range: core::ops::Range<usize>| {
        text.get(range).and_then(|digits| digits.parse::<u16>().ok()).unwrap_or_default()
    };
    let small = |range| u8::try_from(number(range)).unwrap_or_default();
    DateTime::new(number(0..4))
        .month(small(5..7))
        .day(small(8..10))
        .hour(small(11..13))
        .minute(small(14..16))
        .second(small(17..19))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
