//! After the healing all is as if nothing had happened: the next sync is one round trip in which
//! nothing moves and nothing is put right.

use std::sync::Arc;

use saldo_core::documents::CARD_FIELDS;
use saldo_mobile::{SyncReport, UtcMillis};
use saldo_tests::inside::{Company, Handset, SUPERVISOR, client, rep};

use crate::truth::{count, same_rows};

const QUIET: SyncReport = SyncReport {
    round_trips: 1,
    sent: 0,
    refused: 0,
    unsent: 0,
    rows: 0,
    documents: 0,
    verdicts: 0,
    repaired: 0,
};

fn now(company: &Company) -> UtcMillis {
    UtcMillis(company.now().0)
}

fn about(number: usize) -> String {
    client(number).to_string()
}

/// Nothing is left to do for anybody.
fn all_is_quiet(company: &Company, phones: &[&Handset]) {
    for phone in phones {
        assert_eq!(phone.sync(now(company)).unwrap(), QUIET);
        assert!(phone.phone().status().unwrap().refused.is_empty());
        same_rows("a phone", &phone.sql(), &company.sql(), phone.person());
    }
    let ill: Vec<_> = company.examine().into_iter().filter(|one| one.is_ill()).collect();
    assert!(ill.is_empty(), "{ill:?}");
}

fn note(company: &Company, phone: &Handset, text: &str) {
    phone.phone().record_note(&about(0), text, now(company)).unwrap();
}

/// How often the phone shows this note.
fn shows(company: &Company, phone: &Handset, text: &str) -> usize {
    let facts = phone.phone().client(&about(0), now(company)).unwrap().facts;
    facts.iter().filter(|fact| fact.words.contains(text)).count()
}

#[test]
fn a_copy_and_its_original_are_quiet_after_one_sync_each() {
    let company = Company::new();
    let mut original = Handset::enrolled(&company, "original", rep(0));
    original.sync(now(&company)).unwrap();
    note(&company, &original, "before the copy");
    original.sync(now(&company)).unwrap();
    note(&company, &original, "unsent on both");
    let copy = original.twin(&company, "copy");
    note(&company, &original, "by the original");
    note(&company, &copy, "by the copy");

    original.sync(now(&company)).unwrap();
    let healing = copy.sync(now(&company)).unwrap();
    assert_eq!((healing.repaired, healing.refused, healing.unsent), (0, 0, 0), "{healing:?}");
    assert_eq!(copy.sync(now(&company)).unwrap(), QUIET, "one sync heals");
    original.sync(now(&company)).unwrap();
    all_is_quiet(&company, &[&original, &copy]);
    for text in ["before the copy", "unsent on both", "by the original", "by the copy"] {
        assert_eq!(shows(&company, &original, text), 1, "{text}");
        assert_eq!(shows(&company, &copy, text), 1, "{text}");
    }
    assert_eq!(count(&company.sql(), "select count(*) from fact"), 4);
}

#[test]
fn a_phone_from_an_older_backup_is_quiet_after_one_sync() {
    let company = Company::new();
    let mut phone = Handset::enrolled(&company, "phone", rep(0));
    phone.sync(now(&company)).unwrap();
    note(&company, &phone, "before the backup");
    let backup = company.folder().join("backup.db");
    phone.back_up(&backup);
    phone.sync(now(&company)).unwrap();
    note(&company, &phone, "after the backup");
    phone.sync(now(&company)).unwrap();
    phone.restore(Some(&backup));
    note(&company, &phone, "after it came back");

    phone.sync(now(&company)).unwrap();
    all_is_quiet(&company, &[&phone]);
    for text in ["before the backup", "after the backup", "after it came back"] {
        assert_eq!(shows(&company, &phone, text), 1, "{text}");
    }
}

/// The server loses what a colleague wrote; the colleague's phone is lost too. Who had heard of it
/// brings it back, as the colleague's.
#[test]
fn a_colleague_s_changes_come_back_from_the_phone_that_had_them() {
    let company = Company::new();
    let mari = Handset::enrolled(&company, "mari", rep(0));
    let boss = Handset::enrolled(&company, "boss", SUPERVISOR);
    for phone in [&mari, &boss] {
        phone.sync(now(&company)).unwrap();
    }
    let field = CARD_FIELDS[0].name;
    mari.phone().edit_card_field(&about(0), field, "before", now(&company)).unwrap();
    mari.sync(now(&company)).unwrap();
    boss.sync(now(&company)).unwrap();
    let backup = company.back_up();

    mari.phone().edit_card_field(&about(0), field, "by Mari", now(&company)).unwrap();
    mari.phone().edit_card_note(&about(4), "opened by Mari", now(&company)).unwrap();
    mari.sync(now(&company)).unwrap();
    boss.sync(now(&company)).unwrap();
    let of_mari = "select count(*) from document_change
        join device on device.id = document_change.device_id where device.person_id <> ''";
    let changes_before = count(&company.sql(), of_mari);
    company.restore(&backup);
    assert!(count(&company.sql(), of_mari) < changes_before, "the server lost something");
    drop(mari);

    let healing = boss.sync(now(&company)).unwrap();
    assert_eq!((healing.repaired, healing.refused, healing.unsent), (0, 0, 0), "{healing:?}");
    all_is_quiet(&company, &[&boss]);
    let anew = Handset::enrolled(&company, "mari anew", rep(0));
    anew.sync(now(&company)).unwrap();
    all_is_quiet(&company, &[&anew, &boss]);
    for phone in [&anew, &boss] {
        let card = phone.phone().card(&about(0)).unwrap();
        let values = card.fields.into_iter().find(|one| one.name == field).unwrap().values;
        assert_eq!(values, ["by Mari"]);
        assert_eq!(phone.phone().card(&about(4)).unwrap().note, "opened by Mari");
    }
    assert_eq!(count(&company.sql(), "select count(*) from quarantine"), 0);
}

/// The backup is from before the first thing that was ever written for this person, so the restored
/// server does not even have its scope: what it had acknowledged comes back all the same.
#[test]
fn a_first_day_comes_back_to_a_server_restored_from_the_day_before() {
    let company = Company::new();
    let phone = Handset::enrolled(&company, "phone", rep(0));
    phone.sync(now(&company)).unwrap();
    let backup = company.back_up();
    note(&company, &phone, "acknowledged and lost");
    phone.sync(now(&company)).unwrap();
    company.restore(&backup);
    phone.sync(now(&company)).unwrap();
    all_is_quiet(&company, &[&phone]);
    assert_eq!(shows(&company, &phone, "acknowledged and lost"), 1);
    assert_eq!(count(&company.sql(), "select count(*) from fact"), 1);
}

/// Everybody gives back what the server lost, in whatever order they come, and it is there once.
#[test]
fn a_restored_server_is_whole_again_when_everybody_has_come() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let company = Company::new();
        let phones: Vec<Handset> = [rep(0), rep(0), SUPERVISOR]
            .into_iter()
            .enumerate()
            .map(|(number, who)| Handset::enrolled(&company, &format!("phone-{number}"), who))
            .collect();
        for phone in &phones {
            phone.sync(now(&company)).unwrap();
        }
        let backup = company.back_up();
        for (number, phone) in phones.iter().enumerate() {
            note(&company, phone, &format!("lost {number}"));
            let text = format!("card {number}");
            phone.phone().edit_card_note(&about(0), &text, now(&company)).unwrap();
            phone.sync(now(&company)).unwrap();
        }
        for phone in &phones {
            phone.sync(now(&company)).unwrap();
        }
        note(&company, &phones[0], "never sent");
        let card = phones[0].phone().card(&about(0)).unwrap().note;
        company.restore(&backup);
        for number in order.into_iter().chain(order) {
            let report = phones[number].sync(now(&company)).unwrap();
            let refused = phones[number].phone().status().unwrap().refused;
            assert_eq!((refused, report.unsent), (Vec::new(), 0), "{order:?}: {report:?}");
        }
        all_is_quiet(&company, &phones.iter().collect::<Vec<_>>());
        let everybody: [Arc<str>; 2] = ["lost 0".into(), "never sent".into()];
        for text in everybody {
            assert_eq!(shows(&company, &phones[1], &text), 1, "{order:?}: {text}");
        }
        assert_eq!(count(&company.sql(), "select count(*) from fact"), 4, "{order:?}");
        assert_eq!(phones[2].phone().card(&about(0)).unwrap().note, card, "{order:?}");
    }
}

/// After forty nights the log has forgotten what the phone missed: it is filled anew, and what it had
/// written before it went away and in the tunnel back is at the server.
#[test]
fn a_phone_that_was_away_for_more_than_a_month_misses_nothing() {
    let company = Company::new();
    let (away, here) =
        (Handset::enrolled(&company, "away", rep(0)), Handset::enrolled(&company, "here", rep(0)));
    for phone in [&away, &here] {
        phone.sync(now(&company)).unwrap();
    }
    note(&company, &away, "before the journey");
    away.sync(now(&company)).unwrap();
    note(&company, &away, "unsent on the journey");
    let newest = "select coalesce(max(since), 0) from scope";
    let held = count(&away.sql(), newest);
    for night in 1..=40 {
        note(&company, &here, &format!("on day {night}"));
        here.sync(now(&company)).unwrap();
        company.night(night);
    }
    let forgotten = count(&company.sql(), "select pruned_seq from log_state");
    assert!(forgotten > held, "{forgotten} of the log is gone, the phone had {held}");

    let back = away.sync(now(&company)).unwrap();
    assert_eq!((back.sent, back.refused, back.unsent), (1, 0, 0), "{back:?}");
    here.sync(now(&company)).unwrap();
    for phone in [&away, &here] {
        for text in ["before the journey", "unsent on the journey", "on day 1", "on day 40"] {
            // "on day 1" is also the beginning of others.
            assert!(shows(&company, phone, text) >= 1, "{text}");
        }
    }
    all_is_quiet(&company, &[&away, &here]);
}
