//! Personal cards (R13.1): every reading is logged before it is shown, and what was erased goes.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use saldo_core::documents::Subject;
use saldo_core::feed::{ClientRow, FeedRow, PolicyRow};
use saldo_core::ids::TerritoryId;
use saldo_core::wire::MOST_READINGS;
use uuid::Uuid;

use super::{NOW, client, folder, id, world};
use crate::testing::{Office, Trouble, open};
use crate::{PersonDetail, Phone, PhoneError, Post, UtcMillis};

const NAME: &str = "Mall Sinilind";

fn subject(generation: u32) -> Subject {
    Subject::PersonalCard { client: client(), generation }
}

fn tell_generation(office: &Office, personal_card: Option<u32>) {
    office.tell(
        1,
        &FeedRow::Client(ClientRow {
            id: client(),
            code: "C-1".to_owned(),
            name: "Õunapuu OÜ".to_owned(),
            territory: TerritoryId(Uuid::from_u128(1)),
            outlets: Vec::new(),
            personal_card,
        }),
    );
}

fn write(phone: &Phone, text: &str) {
    phone.edit_person(&id(), Post::Owner, PersonDetail::Name, text, NOW).expect("is kept");
}

fn owners(phone: &Phone) -> Vec<String> {
    let card = phone.personal_card(&id(), NOW).expect("shows");
    let owner = card.persons.into_iter().find(|person| person.post == Post::Owner);
    let details = owner.map(|owner| owner.details).unwrap_or_default();
    details
        .into_iter()
        .find(|detail| detail.detail == PersonDetail::Name)
        .map(|detail| detail.values)
        .unwrap_or_default()
}

fn readings_told(office: &Office) -> usize {
    office.books().requests.iter().map(|request| request.readings.len()).sum()
}

/// Whether the words lie anywhere in the files of a closed phone.
fn lies_in(folder: &std::path::Path, words: &str) -> bool {
    std::fs::read_dir(folder).expect("a folder").any(|file| {
        let bytes = std::fs::read(file.expect("a file").path()).unwrap_or_default();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    })
}

#[test]
fn persons_are_written_offline_and_kept_apart_from_the_card() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    write(&phone, NAME);
    let edit = |detail, text| phone.edit_person(&id(), Post::Owner, detail, text, NOW);
    edit(PersonDetail::Telephone, "+372 0000 1111").expect("is kept");
    for (detail, text) in [
        (PersonDetail::HomeTelephone, "+372 0000 2222"),
        (PersonDetail::Email, "nowhere"),
        (PersonDetail::MarketingConsent, "yes"),
    ] {
        let refused = edit(detail, text).expect_err("cannot stand there");
        assert!(!refused.to_string().contains(text), "{refused}");
    }
    edit(PersonDetail::MarketingConsent, "given 2026-11-20 by letter").expect("is kept");
    let card = phone.personal_card(&id(), NOW).expect("shows");
    assert!(!card.home_phones);
    let details: Vec<_> = card.persons[0]
        .details
        .iter()
        .map(|detail| (detail.detail, detail.values.join(" | ")))
        .collect();
    assert_eq!(
        details,
        [
            (PersonDetail::Name, NAME.to_owned()),
            (PersonDetail::Telephone, "+372 0000 1111".to_owned()),
            (PersonDetail::Purpose, "credit and deliveries".to_owned()),
            (PersonDetail::MarketingConsent, "given 2026-11-20 by letter".to_owned()),
        ]
    );
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!((report.sent, report.refused, report.unsent), (3, 0, 0));
    assert_eq!(office.document(subject(1)).fields().len(), 3);
    assert!(phone.card(&id()).expect("shows").fields.iter().all(|field| field.values.is_empty()));
}

#[test]
fn home_telephones_are_written_where_the_policy_says_so() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    let toml = "version = 2\n[personal_data]\nhome_phones = true".to_owned();
    office.tell(1, &FeedRow::Policy(PolicyRow { version: 2, toml }));
    phone.sync(office.transport(), NOW).expect("syncs");
    phone
        .edit_person(&id(), Post::Buyer, PersonDetail::HomeTelephone, "+372 0000 2222", NOW)
        .expect("is kept");
    assert!(phone.personal_card(&id(), NOW).expect("shows").home_phones);
}

/// A reading leaves the phone when it is durable, however often the answer is lost; a server that
/// knows nothing of readings is not asked for ever.
#[test]
fn readings_leave_when_they_are_durable() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    phone.personal_card(&id(), NOW).expect("shows");
    phone.personal_card(&id(), UtcMillis(NOW.0 + 1)).expect("shows");
    office.books().trouble.push_back(Trouble::LostReply);
    assert!(phone.sync(office.transport(), NOW).is_err());
    phone.sync(office.transport(), NOW).expect("syncs");
    let told = readings_told(&office);
    assert_eq!(told, 4, "two of them, told twice because the answer was lost");
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(readings_told(&office), told, "the phone forgot them");

    // More than one request takes.
    for at in 0..=MOST_READINGS {
        let at = i64::try_from(at).expect("small");
        phone.personal_card(&id(), UtcMillis(NOW.0 + at)).expect("shows");
    }
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(readings_told(&office) - told, MOST_READINGS + 1);

    office.books().deaf_to_readings = true;
    phone.personal_card(&id(), NOW).expect("shows");
    let report = phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(report.round_trips, 1);
    // Nobody else's phone takes them over.
    let other = phone.enrol(office.transport(), "http://office", "berta", "test");
    assert!(matches!(other, Err(PhoneError::Invalid { .. })), "{other:?}");
}

#[test]
fn an_erased_card_leaves_the_phone_and_its_file() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    write(&phone, NAME);
    phone.sync(office.transport(), NOW).expect("syncs");
    office.spread(subject(1));
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(owners(&phone), [NAME]);
    office.erase(subject(1));
    tell_generation(&office, Some(2));
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(owners(&phone), [""; 0]);
    // The next generation is another card.
    write(&phone, "Somebody Else");
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(office.document(subject(2)).fields().len(), 1);
    drop(phone);
    assert!(lies_in(folder.path(), "Somebody Else"), "the search finds what is there");
    assert!(!lies_in(folder.path(), NAME));
}

/// A phone that was offline while the card was erased still has edits for it: they are refused and
/// gone, nothing wedges, and what else it recorded goes through.
#[test]
fn edits_of_an_erased_card_do_not_wedge_the_phone() {
    for is_told_first in [false, true] {
        let folder = folder();
        let (office, phone) = world(&folder, Vec::new());
        write(&phone, "Somebody");
        phone.sync(office.transport(), NOW).expect("syncs");
        office.spread(subject(1));
        phone.sync(office.transport(), NOW).expect("syncs");
        write(&phone, NAME);
        phone.record_note(&id(), "offline", NOW).expect("is kept");
        office.erase(subject(1));
        if is_told_first {
            // The news comes while the edits still wait.
            office.books().trouble.push_back(Trouble::Busy);
        } else {
            tell_generation(&office, Some(2));
        }
        let report = phone.sync(office.transport(), NOW).expect("syncs");
        tell_generation(&office, Some(2));
        let again = phone.sync(office.transport(), NOW).expect("syncs");
        assert_eq!((report.refused + again.refused, again.unsent), (1, 0), "{is_told_first}");
        assert_eq!(office.notes(), ["offline"]);
        let refused = phone.status().expect("tells").refused;
        assert_eq!((refused[0].code.as_str(), refused[0].kept), ("erased", false));
        assert_eq!(refused[0].words, "the field owner.name of C-1 Õunapuu OÜ");
        assert_eq!(owners(&phone), [""; 0]);
        write(&phone, "Somebody New");
        phone.sync(office.transport(), NOW).expect("syncs");
        assert_eq!(office.document(subject(2)).fields().len(), 1);
        drop(phone);
        assert!(!lies_in(folder.path(), NAME), "{is_told_first}");
    }
}

#[test]
fn a_server_without_personal_cards_is_told_nothing_of_them() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    tell_generation(&office, None);
    phone.sync(office.transport(), NOW).expect("syncs");
    let refused = phone.edit_person(&id(), Post::Owner, PersonDetail::Name, NAME, NOW);
    assert!(matches!(refused, Err(PhoneError::Invalid { .. })), "{refused:?}");
    assert!(matches!(phone.personal_card(&id(), NOW), Err(PhoneError::Invalid { .. })));
    phone.sync(office.transport(), NOW).expect("syncs");
    assert_eq!(readings_told(&office), 0, "nothing was shown");
}

/// The folder of the phone that [`a_reading_is_logged_though_the_app_is_killed`] kills.
const READER: &str = "SALDO_TEST_READER";

/// Not a test by itself: the process that gets killed, right after it was shown a card.
#[test]
fn reader() {
    let Ok(folder) = std::env::var(READER) else { return };
    let phone = open(std::path::Path::new(&folder));
    for number in 0.. {
        phone.personal_card(&id(), UtcMillis(NOW.0 + number)).expect("shows");
        println!("read {number}");
    }
}

#[test]
fn a_reading_is_logged_though_the_app_is_killed() {
    let folder = folder();
    let (office, phone) = world(&folder, Vec::new());
    drop(phone);
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "phone::tests::persons::reader", "--nocapture"])
        .env(READER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let said = BufReader::new(child.stdout.take().expect("piped"))
        .lines()
        .map_while(Result::ok)
        .find_map(|line| {
            line.strip_prefix("read ").and_then(|n| n.parse::<usize>().ok()).filter(|n| *n >= 5)
        })
        .expect("reads");
    child.kill().expect("SIGKILL");
    child.wait().expect("is gone");
    let phone = open(folder.path());
    phone.sync(office.transport(), NOW).expect("syncs");
    assert!(readings_told(&office) > said, "said {said}");
}
