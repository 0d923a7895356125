//! What development looks into: the mail that would have been sent, where no provider takes it, and
//! the SQL that was made. Nothing of it answers elsewhere.

use econsent_core::contact::Email;
use econsent_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use worker::Response;

use super::moment;
use crate::app::App;
use crate::mail;
use crate::problem::Problem;
use crate::store::{mails, statements};

/// A mail as it would be read.
#[derive(Serialize, ToSchema)]
pub struct MailView {
    to: Email,
    kind: String,
    subject: String,
    text: String,
    /// The link in it.
    link: Option<String>,
    created_at: Timestamp,
}

/// The newest mails.
#[utoipa::path(get, path = "/api/dev/outbox", tag = "development", security(()),
    responses((status = 200, description = "The newest first.", body = [MailView])))]
pub async fn outbox(app: &App) -> Result<Response, Problem> {
    if !app.demo || app.mailer().is_some() {
        return Err(nothing());
    }
    let rows = mails::newest(&app.db).await?;
    let views: Result<Vec<_>, Problem> = rows
        .into_iter()
        .map(|row| {
            let letter = mail::write(app, &row)?;
            Ok(MailView {
                to: row.recipient,
                kind: row.kind,
                subject: letter.subject,
                text: letter.text,
                link: letter.link,
                created_at: moment(row.created_at),
            })
        })
        .collect();
    Ok(Response::from_json(&views?)?)
}

/// The SQL statements that were made so far, each once.
#[utoipa::path(get, path = "/api/dev/statements", tag = "development", security(()),
    responses((status = 200, description = "In no particular order.", body = [String])))]
pub async fn made(app: &App) -> Result<Response, Problem> {
    if !app.faults {
        return Err(nothing());
    }
    Ok(Response::from_json(&statements::made())?)
}

fn nothing() -> Problem {
    Problem::new(404, "not_found", "There is nothing at this address.")
}
