//! What a phone may not see any more is gone from it, even where it had something unsent about it.

use saldo_core::documents::{CARD_FIELDS, Subject};
use saldo_mobile::UtcMillis;
use saldo_tests::inside::{Company, Handset, client, rep};

use crate::truth::count;

/// A client moves away while a rep has written into its card and about it: the server refuses both,
/// the phone shows what was refused, and nothing else of the client stays.
#[test]
fn the_card_of_a_client_who_moved_away_goes_though_something_was_unsent() {
    let company = Company::new();
    let now = UtcMillis(company.now().0);
    let (about, card) = (client(0), Subject::ClientCard { client: client(0) }.document());
    let phone = Handset::enrolled(&company, "phone", rep(0));
    phone.sync(now).unwrap();
    let field = CARD_FIELDS[0].name;
    phone.phone().edit_card_field(&about.to_string(), field, "at the server", now).unwrap();
    phone.phone().record_note(&about.to_string(), "at the server", now).unwrap();
    phone.sync(now).unwrap();
    phone.phone().edit_card_field(&about.to_string(), field, "too late", now).unwrap();
    phone.phone().record_note(&about.to_string(), "too late", now).unwrap();
    company.move_client(0, 1);

    // First it only hears of it: what is unsent stays, until the server has said no.
    for _ in 0..2 {
        phone.sync(now).unwrap();
    }
    let status = phone.phone().status().unwrap();
    assert_eq!((status.unsent, status.refused.len()), (0, 2), "{status:?}");
    let sql = phone.sql();
    let left = format!("select count(*) from document where id = '{card}'");
    assert_eq!(count(&sql, &left), 0, "the card of a client out of sight");
    let rows = format!("select count(*) from feed_row where id = '{about}'");
    assert_eq!(count(&sql, &rows), 0, "rows of a client out of sight");
}
