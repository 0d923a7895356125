//! Schemas of the types here, for OpenAPI: what a parser takes is what the document says.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::access::{Role, Scope};
use crate::certificate_id::CertificateId;
use crate::consent::{ConsentType, Label};
use crate::contact::{CallingCode, Email};
use crate::credentials::LinkToken;
use crate::ids::{
    ApiKeyId, CompanyId, InvitationId, OptOutId, OrderId, Origin, PropertyId, RuleId, SessionId,
    ShareId, StreamId, UserId, WebhookId,
};
use crate::limits;
use crate::listing::Standing;
use crate::name::{self, Name};
use crate::origins::OriginPattern;
use crate::partner::{AccessLevel, PartnerId, PartnerStatus};
use crate::password::{self, Password};
use crate::record::{Attestation, Clock};
use crate::retention::Term;
use crate::rules::{Doubt, Level, Mode, Phrase, Score, Verdict};
use crate::selector::{self, Selector};
use crate::share::{HoldingStatus, ShareStatus};
use crate::states::State;
use crate::time::Timestamp;
use crate::verify::{Party, Reason};
use crate::webhook::WebhookEvent;

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String))
}

macro_rules! schemas {
    ($($name:ident: $schema:expr;)+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let schema: ObjectBuilder = $schema;
                schema.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

/// 24 lowercase hex digits.
fn id(example: &str) -> ObjectBuilder {
    text().pattern(Some("^[0-9a-f]{24}$")).examples([example])
}

fn words(words: &[&str]) -> ObjectBuilder {
    text().enum_values(Some(words.iter().copied()))
}

schemas! {
    CompanyId: id("67fa8acb61f623d0e200ec4d");
    PropertyId: id("67fa8d40a96f513ae019c85c");
    UserId: id("68a1b2c3d4e5f6a7b8c9d0e1");
    ApiKeyId: id("68a1b2c3d4e5f6a7b8c9d0e2");
    InvitationId: id("68a1b2c3d4e5f6a7b8c9d0e3");
    WebhookId: id("68a1b2c3d4e5f6a7b8c9d0e4");
    OrderId: id("68a1b2c3d4e5f6a7b8c9d0e5");
    OptOutId: id("68a1b2c3d4e5f6a7b8c9d0e6");
    RuleId: id("68a1b2c3d4e5f6a7b8c9d0e5");
    PartnerId: ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .minimum(Some(1))
        .examples([353]);
    ShareId: id("61a1b2c3d4e5f6a7b8c9d0e1");
    ShareStatus: words(ShareStatus::WORDS);
    HoldingStatus: words(HoldingStatus::WORDS);
    SessionId: text().pattern(Some("^[A-Za-z0-9-]{1,64}$"));
    StreamId: text().pattern(Some("^[0-9a-f]{32}$"));
    CertificateId: text()
        .pattern(Some("^EC-[A-Za-z0-9-]{1,64}-[A-Za-z0-9_-]{43}$"))
        .examples(["EC-s1-Gg-VoeWa_DkQ6dI_qkGkEoKSr83sswF3oHFY6ixaDQM"]);
    Origin: text()
        .pattern(Some(r"^https?://[a-z0-9._-]+(:[0-9]{1,5})?$"))
        .examples(["https://forms.leadgen.com"]);
    OriginPattern: text()
        .min_length(Some(4))
        .max_length(Some(300))
        .description(Some("An exact origin, or `*.` and a domain for every https subdomain of it."))
        .examples(["https://forms.leadgen.com", "*.leadgen.com"]);
    Timestamp: text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .pattern(Some(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"))
        .examples(["2026-04-17T11:00:00.000Z"]);
    Label: text().max_length(Some(limits::LABEL_CHARS));
    ConsentType: words(&ConsentType::ALL.map(ConsentType::as_str));
    Attestation: words(Attestation::WORDS);
    Clock: words(Clock::WORDS);
    Reason: words(Reason::WORDS);
    Party: words(Party::WORDS);
    Standing: words(Standing::WORDS);
    Term: words(Term::WORDS);
    Role: words(Role::WORDS);
    Mode: words(Mode::WORDS);
    Level: words(Level::WORDS);
    Verdict: words(Verdict::WORDS);
    Doubt: words(Doubt::WORDS);
    State: text().pattern(Some("^[A-Z]{2}$")).examples(["FL"]);
    Score: ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .minimum(Some(0))
        .maximum(Some(100));
    Scope: words(Scope::WORDS);
    AccessLevel: words(AccessLevel::WORDS);
    PartnerStatus: words(PartnerStatus::WORDS);
    WebhookEvent: words(WebhookEvent::WORDS);
    Email: text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
        .max_length(Some(limits::EMAIL_BYTES))
        .examples(["maria.lopez@leadgen.com"]);
    Name: text().min_length(Some(1)).max_length(Some(name::LONGEST)).examples(["LeadGen Co"]);
    Password: text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .max_length(Some(password::LONGEST_BYTES))
        .description(Some(format!(
            "A new one has at least {} characters, several of them different, and is not the \
             e-mail address.",
            password::SHORTEST
        )));
    LinkToken: text()
        .pattern(Some("^[0-9a-f]{64}$"))
        .description(Some(String::from("What follows the # of a link in a mail.")));
    CallingCode: text().pattern(Some("^[1-9][0-9]{0,2}$")).examples(["1", "44"]);
    Selector: text()
        .min_length(Some(1))
        .max_length(Some(selector::LONGEST_BYTES))
        .examples(["#consent", "label.tcpa"]);
}

impl PartialSchema for Phrase {
    fn schema() -> RefOr<Schema> {
        let wording = || text().min_length(Some(1)).max_length(Some(limits::TEXT_CHARS));
        let wordings = ArrayBuilder::new().items(wording()).min_items(Some(1));
        OneOfBuilder::new()
            .item(wording())
            .item(wordings)
            .description(Some("A wording, or several of which any counts."))
            .into()
    }
}

impl ToSchema for Phrase {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Phrase")
    }
}
