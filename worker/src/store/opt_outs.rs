//! Consumers' requests to opt out: as they came, and as each company that they concern has to
//! decide about them.

use econsent_core::business_days::{self, OPT_OUT_DAYS};
use econsent_core::ids::{CompanyId, KeyId, OptOutId, OrderId};
use econsent_core::json::Object;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::orders::{self, Order};
use super::{Bind, Db, StoreError, json_rows};

/// Companies that one step of a request looks at.
const COMPANIES: u32 = 200;

/// A request as it waits: whom it is about is sealed.
#[derive(Deserialize)]
pub struct Request {
    /// Which.
    pub request_id: String,
    /// When it came.
    pub received_at: i64,
    /// The key that it is sealed under.
    pub kid: KeyId,
    /// Hex.
    pub sealed: String,
    /// The last company that was looked at.
    pub after: String,
}

/// Keeps a request until its companies are found.
pub async fn receive(
    db: &Db,
    id: &str,
    (kid, sealed): (&KeyId, &[u8]),
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        INSERT INTO opt_out_requests (request_id, received_at, kid, sealed)
        VALUES (?1, ?2, ?3, unhex(?4))";
    let sealed = base16ct::lower::encode_string(sealed);
    let binds =
        [Bind::Text(id), Bind::Number(now.millis()), Bind::Text(kid.as_str()), Bind::Text(&sealed)];
    db.batch(&[(sql, &binds)]).await
}

/// The oldest requests.
pub async fn waiting(db: &Db, limit: u32) -> Result<Vec<Request>, StoreError> {
    // By opt_out_requests_by_age.
    let sql = "
        SELECT q.request_id, q.received_at, q.kid, lower(hex(q.sealed)) AS sealed, q.after
        FROM opt_out_requests q WHERE q.received_at >= 0 ORDER BY q.received_at LIMIT ?1";
    db.all(sql, &[Bind::Number(limit.into())]).await
}

/// The next companies that a request may concern; none when all were looked at.
pub async fn companies(db: &Db, after: &str) -> Result<Vec<CompanyId>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        company_id: CompanyId,
    }
    // By primary key.
    let sql = "
        SELECT c.company_id FROM companies c WHERE c.company_id > ?1
        ORDER BY c.company_id LIMIT ?2";
    let rows: Vec<Row> = db.all(sql, &[Bind::Text(after), Bind::Number(COMPANIES.into())]).await?;
    Ok(rows.into_iter().map(|row| row.company_id).collect())
}

/// Puts a request before the companies that have a certificate under one of these lookup keys, and
/// notes how far it came. While one waits, asking again changes nothing.
pub async fn put(
    db: &Db,
    request: &Request,
    lookups: &[(&CompanyId, String)],
    last: &CompanyId,
) -> Result<(), StoreError> {
    let received_at = Timestamp::from_millis(request.received_at).unwrap_or(Timestamp::MAX);
    let due_at = business_days::after(received_at, OPT_OUT_DAYS);
    let list = json_rows(lookups.iter().map(|(company, lookup)| {
        Object::new().with("company", company.as_str()).with("lookup", lookup.as_str())
    }));
    let found =
        [Bind::Text(&list), Bind::Number(request.received_at), Bind::Number(due_at.millis())];
    let place =
        [Bind::Text(&request.request_id), Bind::Text(&request.after), Bind::Text(last.as_str())];
    db.batch(&[(INSERT, &found), (GO_ON, &place)]).await
}

/// By the primary key of contact_lookups.
const INSERT: &str = "
    INSERT INTO opt_outs (opt_out_id, company_id, received_at, due_at, lookup)
    SELECT lower(hex(randomblob(12))), q.value ->> 'company', ?2, ?3, unhex(q.value ->> 'lookup')
    FROM json_each(?1) q
    WHERE EXISTS (SELECT 1 FROM contact_lookups l WHERE l.lookup = unhex(q.value ->> 'lookup'))
    ON CONFLICT DO NOTHING";

const GO_ON: &str = "
    UPDATE opt_out_requests SET after = ?3 WHERE request_id = ?1 AND after = ?2";

/// Lets a request go when all companies were looked at, and with it whom it was about.
pub async fn done(db: &Db, request: &Request) -> Result<(), StoreError> {
    let sql = "DELETE FROM opt_out_requests WHERE request_id = ?1";
    db.run(sql, &[Bind::Text(&request.request_id)]).await?;
    Ok(())
}

/// What a company has to decide, or has decided.
#[derive(Deserialize)]
pub struct OptOut {
    /// Which.
    pub opt_out_id: OptOutId,
    /// When the consumer asked.
    pub received_at: i64,
    /// Until when it has to be honoured.
    pub due_at: i64,
    /// `pending`, `confirmed` or `declined`.
    pub status: String,
    /// Hex; none once it is decided.
    pub lookup: Option<String>,
    /// When.
    pub decided_at: Option<i64>,
    /// Why, as the company says.
    pub reason: Option<String>,
    /// What a confirmed one has set going.
    pub order_id: Option<OrderId>,
    /// Up to 20 of the consumer's certificates, the newest first, as a JSON array of session and
    /// hash in hex.
    pub certificates: String,
}

/// The columns of an opt-out `o` of the company ?1.
macro_rules! select_opt_out {
    ($where:literal) => {
        concat!(
            "
        SELECT o.opt_out_id, o.received_at, o.due_at, o.status, lower(hex(o.lookup)) AS lookup,
            o.decided_at, o.reason, o.order_id,
            (SELECT json_group_array(json_array(c.session_id, lower(hex(c.hash)))) FROM (
                SELECT l.certificate FROM contact_lookups l
                WHERE l.lookup = o.lookup ORDER BY l.certificate DESC LIMIT 20
            ) l JOIN certificates c ON c.certificate = l.certificate) AS certificates
        FROM opt_outs o WHERE ",
            $where
        )
    };
}

/// Opt-outs of a company in one status, the oldest first, after another one.
pub async fn list(
    db: &Db,
    company: &CompanyId,
    status: &str,
    after: Option<&OptOutId>,
    limit: u32,
) -> Result<Vec<OptOut>, StoreError> {
    // By opt_outs_by_company; the place by primary key.
    const SQL: &str = select_opt_out!(
        "o.company_id = ?1 AND o.status = ?2
            AND (o.received_at, o.opt_out_id) > (
                coalesce((SELECT p.received_at FROM opt_outs p
                    WHERE p.opt_out_id = ?3 AND p.company_id = ?1), 0), coalesce(?3, ''))
        ORDER BY o.received_at, o.opt_out_id LIMIT ?4"
    );
    let binds = [
        Bind::Text(company.as_str()),
        Bind::Text(status),
        Bind::Maybe(after.map(OptOutId::as_str)),
        Bind::Number(limit.into()),
    ];
    db.all(SQL, &binds).await
}

/// An opt-out of a company.
pub async fn find(
    db: &Db,
    company: &CompanyId,
    id: &OptOutId,
) -> Result<Option<OptOut>, StoreError> {
    // By primary key.
    const SQL: &str = select_opt_out!("o.company_id = ?1 AND o.opt_out_id = ?2");
    db.first(SQL, &[Bind::Text(company.as_str()), Bind::Text(id.as_str())]).await
}

/// The company honours it: what revokes the consumer's certificates is ordered in the same batch.
///
/// # Errors
/// [`StoreError::Conflict`] when it was decided meanwhile.
pub async fn confirm(
    db: &Db,
    company: &CompanyId,
    id: &OptOutId,
    order: &Order,
    now: Timestamp,
) -> Result<(), StoreError> {
    let decided = [
        Bind::Text(id.as_str()),
        Bind::Text(company.as_str()),
        Bind::Text("confirmed"),
        Bind::Number(now.millis()),
        Bind::Maybe(order.reason.as_deref()),
        Bind::Text(order.order_id.as_str()),
    ];
    db.batch(&[
        (GUARD, &[Bind::Text(id.as_str()), Bind::Text(company.as_str())]),
        (orders::INSERT, &order.binds()),
        (DECIDE, &decided),
    ])
    .await
}

/// The company does not honour it, and says why.
///
/// # Errors
/// Those of [`confirm`].
pub async fn decline(
    db: &Db,
    company: &CompanyId,
    id: &OptOutId,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let decided = [
        Bind::Text(id.as_str()),
        Bind::Text(company.as_str()),
        Bind::Text("declined"),
        Bind::Number(now.millis()),
        Bind::Text(reason),
        Bind::Maybe(None),
    ];
    let which = [Bind::Text(id.as_str()), Bind::Text(company.as_str())];
    db.batch(&[(GUARD, &which), (DECIDE, &decided)]).await
}

const GUARD: &str = "
    INSERT INTO guard SELECT count(*) FROM opt_outs
    WHERE opt_out_id = ?1 AND company_id = ?2 AND status = 'pending'";

const DECIDE: &str = "
    UPDATE opt_outs SET status = ?3, decided_at = ?4, reason = ?5, order_id = ?6, lookup = NULL
    WHERE opt_out_id = ?1 AND company_id = ?2";
