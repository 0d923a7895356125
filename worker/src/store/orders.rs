//! Orders: what a company wants done with all of its certificates of one consumer, step by step.
//! A step that is lost is taken again by whoever looks next.

use econsent_core::certificate_id::CertificateId;
use econsent_core::consumer::Action;
use econsent_core::ids::{CompanyId, OrderId};
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError};

/// An order and how far it is.
#[derive(Deserialize)]
pub struct Order {
    /// Which.
    pub order_id: OrderId,
    /// Whose.
    pub company_id: CompanyId,
    /// What is done.
    pub action: Action,
    /// A JSON array of lookup keys that are still to be looked at; none when it is done.
    pub lookups: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Since when; certificates that came later are not meant.
    pub ordered_at: i64,
    /// The last certificate that was looked at.
    pub after: i64,
    /// How many it has changed.
    pub certificates: u32,
    /// How many it could not change.
    pub skipped: u32,
    /// When it was done.
    pub done_at: Option<i64>,
}

/// A new order. Its values are bound by [`Order::binds`].
pub(super) const INSERT: &str = "
    INSERT INTO contact_orders (order_id, company_id, action, lookups, reason, ordered_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

impl Order {
    pub(super) fn binds(&self) -> [Bind<'_>; 6] {
        [
            Bind::Text(self.order_id.as_str()),
            Bind::Text(self.company_id.as_str()),
            Bind::Text(self.action.as_str()),
            Bind::Maybe(self.lookups.as_deref()),
            Bind::Maybe(self.reason.as_deref()),
            Bind::Number(self.ordered_at),
        ]
    }
}

/// Writes a new order.
pub async fn create(db: &Db, order: &Order) -> Result<(), StoreError> {
    db.batch(&[(INSERT, &order.binds())]).await
}

/// An order of a company.
pub async fn find(db: &Db, company: &CompanyId, id: &OrderId) -> Result<Option<Order>, StoreError> {
    // By primary key.
    let sql = "
        SELECT o.order_id, o.company_id, o.action, o.lookups, o.reason, o.ordered_at, o.after,
            o.certificates, o.skipped, o.done_at
        FROM contact_orders o WHERE o.order_id = ?1 AND o.company_id = ?2";
    db.first(sql, &[Bind::Text(id.as_str()), Bind::Text(company.as_str())]).await
}

/// Orders that are not done, the oldest first.
pub async fn open(db: &Db, limit: u32) -> Result<Vec<Order>, StoreError> {
    // By contact_orders_open.
    let sql = "
        SELECT o.order_id, o.company_id, o.action, o.lookups, o.reason, o.ordered_at, o.after,
            o.certificates, o.skipped, o.done_at
        FROM contact_orders o WHERE o.done_at IS NULL ORDER BY o.ordered_at LIMIT ?1";
    db.all(sql, &[Bind::Number(limit.into())]).await
}

/// A certificate that an order means.
pub struct Meant {
    /// Which.
    pub id: Option<CertificateId>,
    /// Its place.
    pub certificate: i64,
}

/// The next certificates of an order under one lookup key.
pub async fn meant(
    db: &Db,
    order: &Order,
    lookup: &str,
    limit: u32,
) -> Result<Vec<Meant>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        session_id: String,
        hash: String,
        certificate: i64,
    }
    // By the primary key of contact_lookups, in its order.
    let sql = "
        SELECT c.session_id, lower(hex(c.hash)) AS hash, c.certificate
        FROM contact_lookups l CROSS JOIN certificates c ON c.certificate = l.certificate
        WHERE l.lookup = unhex(?1) AND l.certificate > ?2
            AND coalesce(l.holder, c.company_id) = ?3 AND c.received_at <= ?4
        ORDER BY l.certificate LIMIT ?5";
    let binds = [
        Bind::Text(lookup),
        Bind::Number(order.after),
        Bind::Text(order.company_id.as_str()),
        Bind::Number(order.ordered_at),
        Bind::Number(limit.into()),
    ];
    let rows: Vec<Row> = db.all(sql, &binds).await?;
    let meant = rows.into_iter().map(|row| {
        let id = row.session_id.parse().ok().zip(row.hash.parse().ok());
        Meant {
            id: id.map(|(session, hash)| CertificateId::new(session, hash)),
            certificate: row.certificate,
        }
    });
    Ok(meant.collect())
}

/// Notes how far an order came from where it was; somebody who came further first is not undone.
pub async fn went_on(
    db: &Db,
    before: &Order,
    (lookups, after): (Option<&str>, i64),
    (changed, skipped): (u32, u32),
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        UPDATE contact_orders SET lookups = ?4, after = ?5, certificates = certificates + ?6,
            skipped = skipped + ?7, done_at = iif(?4 IS NULL, ?8, NULL)
        WHERE order_id = ?1 AND after = ?2 AND lookups = ?3";
    let binds = [
        Bind::Text(before.order_id.as_str()),
        Bind::Number(before.after),
        Bind::Maybe(before.lookups.as_deref()),
        Bind::Maybe(lookups),
        Bind::Number(after),
        Bind::Number(changed.into()),
        Bind::Number(skipped.into()),
        Bind::Number(now.millis()),
    ];
    db.run(sql, &binds).await?;
    Ok(())
}
