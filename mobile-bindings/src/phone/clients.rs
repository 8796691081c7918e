//! The clients on the phone.

use std::collections::BTreeMap;

use saldo_core::feed::{ClientRow, FeedRow};
use saldo_core::ids::ClientId;
use saldo_core::time::UtcMillis as Instant;
use saldo_core::{deferral, shipment, stop_list};

use rusqlite::Connection;

use super::{Phone, fees, loans, own_identity, views};
use crate::PhoneError;
use crate::records::{
    AccountView, AnnouncedPayment, ClientLine, ClientView, Language, MayDo, OutletView, UtcMillis,
    VerdictView,
};
use crate::rules::{Provisional, Rules};
use crate::store::{self, LoanInHand, StoredFact, StoredState};
use saldo_core::facts::{FactBody, ReceiptMethod};

/// Announced payments older than this are the ledger's business.
const ANNOUNCED_FOR_DAYS: i64 = 30;

#[uniffi::export]
impl Phone {
    /// The clients whose code, name or address contains `search` (all of them where it is empty),
    /// by name.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`], or when the storage fails.
    pub fn clients(&self, search: &str, now: UtcMillis) -> Result<Vec<ClientLine>, PhoneError> {
        let store = self.store();
        let own = own_identity(&store)?;
        let wanted = search.trim().to_lowercase();
        let rules = views::rules(store.read(), &own)?;
        let mut lines = Vec::new();
        for row in store::rows(store.read(), "client")? {
            let FeedRow::Client(row) = row else { continue };
            if matches(&row, &wanted) {
                lines.push(line(store.read(), rules.as_ref(), &row, now.into())?);
            }
        }
        lines.sort_by(|a, b| (&a.name, &a.code).cmp(&(&b.name, &b.code)));
        Ok(lines)
    }

    /// The client with this number in the ledger.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] when no client on this phone has it.
    pub fn client_by_code(&self, code: &str, now: UtcMillis) -> Result<ClientView, PhoneError> {
        let id = {
            let store = self.store();
            own_identity(&store)?;
            let rows = store::rows(store.read(), "client")?;
            rows.into_iter().find_map(|row| match row {
                FeedRow::Client(row) if row.code.eq_ignore_ascii_case(code.trim()) => Some(row.id),
                _ => None,
            })
        };
        let id = id.ok_or_else(|| PhoneError::not_found(format!("the client {code}")))?;
        self.client(&id.to_string(), now)
    }

    /// A client with its whole picture.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] when it is not on this phone.
    pub fn client(&self, client: &str, now: UtcMillis) -> Result<ClientView, PhoneError> {
        let store = self.store();
        let own = own_identity(&store)?;
        let row = views::client(store.read(), views::client_id(client)?)?;
        let mut facts = store::facts_of_client(store.read(), row.id)?;
        let account = match views::rules(store.read(), &own)? {
            Some(rules) => {
                account(store.read(), &rules, row.id, &facts, now.into(), self.language())?
            }
            None => None,
        };
        facts.reverse();
        let names = views::Names::read(store.read())?;
        let outlet = |outlet: saldo_core::feed::OutletRow| OutletView {
            outlet: outlet.id.to_string(),
            name: outlet.name,
            address: outlet.address,
        };
        Ok(ClientView {
            client: row.id.to_string(),
            code: row.code,
            name: row.name,
            outlets: row.outlets.into_iter().map(outlet).collect(),
            account,
            facts: facts.iter().map(|stored| names.fact(stored)).collect(),
        })
    }
}

fn matches(row: &ClientRow, wanted: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(wanted);
    has(&row.code)
        || has(&row.name)
        || row.outlets.iter().any(|outlet| has(&outlet.address) || has(&outlet.name))
}

/// A client as a line of a list.
pub(super) fn line(
    connection: &Connection,
    rules: Option<&Rules>,
    row: &ClientRow,
    now: Instant,
) -> Result<ClientLine, PhoneError> {
    let figures = match rules {
        Some(rules) => {
            let standing = views::standing(connection, row.id)?;
            views::account(connection, rules, row.id, now)?
                .map(|stands| views::figures(rules, &stands.account, standing.as_ref(), now))
        }
        None => None,
    };
    Ok(views::line(row, figures))
}

fn account(
    connection: &Connection,
    rules: &Rules,
    client: ClientId,
    facts: &[StoredFact],
    now: Instant,
    language: Language,
) -> Result<Option<AccountView>, PhoneError> {
    let Some(FeedRow::Account(snapshot)) = store::row(connection, "account", &client.to_string())?
    else {
        return Ok(None);
    };
    let Provisional { account, fees, .. } =
        views::as_it_stands(connection, rules, *snapshot, facts, now)?;
    let today = rules.day(now);
    let standing = views::standing(connection, client)?;
    let rung = views::rung(rules, &account, standing.as_ref(), today);
    let money = |minor| views::money(&account, minor);
    Ok(Some(AccountView {
        as_of: account.as_of.into(),
        stale: rules.too_old(&account, now).is_some(),
        currency: account.currency.to_string(),
        category: account.category.into(),
        category_since: account.category_since.into(),
        mark: account.mark.map(Into::into),
        risk: views::risk(connection, client, language)?,
        balance: money(account.receivable_minor()),
        overdue: money(account.overdue_minor(today)),
        stop: stop_list::level(rules.policy(), rules.calendar(), &account, today).into(),
        rung: rung.map(|(rung, _)| rung),
        rung_since: rung.and_then(|(_, since)| since).map(Into::into),
        depth: account.contract.depth_minor.map(money),
        depth_days: account.contract.depth_days,
        prepayment_percent: account.prepayment_percent,
        ordered_this_month: money(account.ordered_this_month.ordered_minor),
        reserved: money(account.reserved_minor),
        invoices: account
            .open_invoices
            .iter()
            .map(|invoice| views::invoice(rules, &account, invoice, today, language))
            .collect(),
        announced: announced(facts, now),
        fees: fees.and_then(|fees| fees::view(rules, &fees, today)),
        may_do: {
            let lent = loans::of_client(connection, client, now)?;
            may_do(rules, &account, lent.as_ref(), now, language)
        },
    }))
}

fn may_do(
    rules: &Rules,
    account: &saldo_core::account::Account,
    lent: Option<&LoanInHand>,
    now: Instant,
    language: Language,
) -> MayDo {
    let today = rules.day(now);
    // What is lent to this phone is free for it.
    let account = &account.without_reserved(lent.map_or(0, |held| held.left_minor), true);
    let free = shipment::free_limit_minor(rules.policy(), rules.calendar(), account, today);
    let known = rules.too_old(account, now).is_none();
    let shipment = rules.judge_smallest_order(account, now);
    MayDo {
        free_limit: known.then(|| views::money(account, free)),
        shipment: VerdictView::of_phone(&shipment, account.currency, account.as_of, language),
        rep_days: deferral::rep_days_of(rules.policy(), account, today),
        lent: lent.filter(|_| known).map(loans::view),
    }
}

fn announced(facts: &[StoredFact], now: Instant) -> Vec<AnnouncedPayment> {
    let since = now.0.saturating_sub(ANNOUNCED_FOR_DAYS * 24 * saldo_core::time::HOUR_MILLIS);
    let recent = facts.iter().filter(|stored| {
        stored.fact.recorded_at.0 >= since && stored.state != StoredState::Refused
    });
    let mut payments = BTreeMap::new();
    for stored in recent {
        if let FactBody::Receipt(receipt) = &stored.fact.body
            && let ReceiptMethod::PaymentOrder { order_number, ordered_on } = &receipt.method
        {
            // The same payment order told twice is one payment.
            payments.insert(
                (*ordered_on, order_number.clone()),
                AnnouncedPayment {
                    amount: receipt.amount.into(),
                    order_number: order_number.clone(),
                    ordered_on: (*ordered_on).into(),
                },
            );
        }
    }
    payments.into_values().collect()
}
