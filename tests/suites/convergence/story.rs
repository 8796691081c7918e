//! The steps of a history: what people do with their phones, and what happens to both.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::AddAssign;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Days};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::ids::PersonId;
use saldo_mobile::{
    CivilDate, Mark, Money, NewInstalment, NewOrder, NewPromise, NewReceipt, NewVisit, PaidBy,
    PhoneError, ReasonForDelay, Recorded, UtcMillis,
};
use saldo_tests::inside::{
    CLIENTS, Company, Handset, PEOPLE, REPS, SUPERVISOR, TERRITORIES, Weather, client, rep,
};

use super::picture::Album;

const DAY_MILLIS: i64 = 24 * 3_600_000;

/// How many days before today a world begins; each history is another day.
const BEGINS_DAYS_AGO: i64 = 40;

/// Where a note is begun anew: the most is 2,500.
const LONG_NOTE: usize = 1_500;

/// The most phones that a world has.
const MOST_PHONES: usize = 6;

/// A phone of the world with what the story must remember about it.
pub(super) struct Kept {
    pub(super) handset: Handset,
    pub(super) album: Album,
    backup: Option<PathBuf>,
}

/// A world and what is true in it.
pub(super) struct Story {
    pub(super) company: Arc<Company>,
    pub(super) phones: Vec<Kept>,
    pub(super) album: Album,
    /// The facts that were recorded and not thrown away with a phone: each must arrive.
    pub(super) recorded: BTreeSet<String>,
    /// Those that went away with a phone's file before it was known that they had arrived.
    pub(super) perhaps: BTreeSet<String>,
    /// What was written into notes, by document: none of it may be lost.
    pub(super) written: BTreeMap<String, Vec<String>>,
    /// Rights changed in this history: what phones wrote meanwhile may be refused.
    pub(super) rights_changed: bool,
    /// A phone was copied or restored in this history: unsent notes are written anew.
    pub(super) forked: bool,
    pub(super) tally: Tally,
    random: ChaCha8Rng,
    now: i64,
    copies: u32,
    steps: Vec<String>,
}

/// How much was lived through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) histories: u64,
    pub(super) steps: u64,
    pub(super) syncs: u64,
    pub(super) cut_syncs: u64,
    pub(super) facts: u64,
    pub(super) refused: u64,
    pub(super) forks: u64,
    pub(super) changes_of_rights: u64,
}

impl Story {
    /// A company with two to six phones of some of its people.
    pub(super) fn begin(seed: u64) -> Self {
        let company = Company::new();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let phones = (0..random.random_range(2..=MOST_PHONES - 1))
            .map(|number| {
                let person = match random.random_range(0..PEOPLE) {
                    REPS => SUPERVISOR,
                    number => rep(number),
                };
                let handset = Handset::enrolled(&company, &format!("phone-{number}"), person);
                Kept { handset, album: Album::default(), backup: None }
            })
            .collect();
        let now = company.now().0 - BEGINS_DAYS_AGO * DAY_MILLIS;
        let mut story = Self {
            company,
            phones,
            album: Album::default(),
            recorded: BTreeSet::new(),
            perhaps: BTreeSet::new(),
            written: BTreeMap::new(),
            rights_changed: false,
            forked: false,
            tally: Tally::default(),
            random,
            now,
            copies: 0,
            steps: Vec::new(),
        };
        story.come_to_rest();
        story
    }

    /// A day: ten to thirty steps, and the rest after them.
    pub(super) fn history(&mut self) {
        self.now += DAY_MILLIS;
        self.steps.clear();
        self.written.clear();
        (self.rights_changed, self.forked) = (false, false);
        for _ in 0..self.below(21) + 10 {
            self.step();
            self.tally.steps += 1;
        }
        self.come_to_rest();
        self.tally.histories += 1;
    }

    /// The end of a world: the doctor looks at it.
    pub(super) fn end(&mut self) -> Tally {
        let ill: Vec<_> = self.company.examine().into_iter().filter(|one| one.is_ill()).collect();
        assert!(ill.is_empty(), "{ill:?}");
        self.tally
    }

    /// The steps of the last history.
    pub(super) fn told(&self) -> String {
        self.steps.join("\n")
    }

    pub(super) fn clock(&self) -> UtcMillis {
        UtcMillis(self.now)
    }

    pub(super) fn tell(&mut self, step: impl fmt::Display) {
        self.steps.push(format!("  {step}"));
    }

    fn below(&mut self, below: usize) -> usize {
        self.random.random_range(0..below)
    }

    fn step(&mut self) {
        // Some things happen within the same millisecond.
        self.now += i64::from(self.random.random_range(0..3_u8)) * 20_000;
        let phone = self.below(self.phones.len());
        match self.below(100) {
            0..38 => self.record(phone),
            38..46 => self.note_of_sheet(phone),
            46..54 => self.note_of_card(phone),
            54..62 => self.field_of_card(phone),
            62..82 => self.sync(phone),
            82..86 => self.late_arrives(phone),
            86..88 => self.echo(phone),
            88..92 => self.reopen(phone),
            92..94 => self.back_up(phone),
            94 => self.restore(phone),
            95 => self.twin(phone),
            96..98 => self.assign(),
            98 => self.move_client(),
            _ => self.restart_the_server(),
        }
    }

    fn record(&mut self, phone: usize) {
        let (number, kind) = (self.below(CLIENTS), self.below(5));
        let about = client(number).to_string();
        let (now, cents) = (self.clock(), 100 + i64::from(self.random.random_range(0..20_000_u16)));
        let amount = Money { minor: cents, currency: "EUR".to_owned() };
        let it = self.phones[phone].handset.phone();
        let recorded = match kind {
            0 => it.record_visit(&about, visit(cents), now),
            1 => it.record_note(&about, &format!("heard {cents}"), now),
            2 => it.record_order(&about, order(amount), None, now),
            3 => it.record_receipt(&about, receipt(amount), now),
            _ => match open_invoice(it, &about, now) {
                Some(invoice) => {
                    it.record_promise(&about, promise(invoice, amount, now), None, now)
                }
                None => it.record_note(&about, "owes nothing", now),
            },
        };
        match recorded {
            Ok(Recorded { fact, .. }) => {
                self.tell(format_args!("phone {phone} records {fact} (kind {kind}) of {number}"));
                assert!(self.recorded.insert(fact.clone()), "{fact} is there twice");
                self.tally.facts += 1;
            }
            // It does not see the client.
            Err(PhoneError::NotFound { .. }) => {}
            Err(error) => panic!("phone {phone}: {error}"),
        }
    }

    fn note_of_sheet(&mut self, phone: usize) {
        let (now, place) = (self.clock(), self.random.random::<u32>());
        let Kept { handset, .. } = &self.phones[phone];
        let it = handset.phone();
        let sheet = it.route_sheet(None, now).unwrap();
        let word = format!("<{place:x}>");
        let note = with_word(&sheet.note, &word, place as usize);
        it.edit_note(None, &note, now).unwrap();
        let day = format!("{} {}", handset.person(), sheet.day.0);
        self.tell(format_args!("phone {phone} writes {word} into its sheet's note"));
        self.written.entry(day).or_default().push(word);
    }

    fn note_of_card(&mut self, phone: usize) {
        let (now, place, number) = (self.clock(), self.random.random::<u32>(), self.below(CLIENTS));
        let about = client(number).to_string();
        let it = self.phones[phone].handset.phone();
        let Ok(card) = it.card(&about) else { return };
        let word = format!("<{place:x}>");
        let mut note = card.note;
        if note.len() > LONG_NOTE {
            note.clear();
            // Whoever writes at the same time writes into what is being deleted.
            self.forked = true;
        }
        it.edit_card_note(&about, &with_word(&note, &word, place as usize), now).unwrap();
        self.tell(format_args!("phone {phone} writes {word} into the note of card {number}"));
        self.written.entry(about).or_default().push(word);
    }

    fn field_of_card(&mut self, phone: usize) {
        let (now, number, field) = (self.clock(), self.below(CLIENTS), self.below(2));
        let name = saldo_core::documents::CARD_FIELDS[field].name;
        let text = format!("{}", self.below(1_000));
        let about = client(number).to_string();
        match self.phones[phone].handset.phone().edit_card_field(&about, name, &text, now) {
            Ok(()) => self.tell(format_args!("phone {phone} sets {name} of card {number}: {text}")),
            Err(PhoneError::NotFound { .. }) => {}
            Err(error) => panic!("phone {phone}: {error}"),
        }
    }

    /// A sync in bad weather: often it does not come to its end.
    fn sync(&mut self, phone: usize) {
        const SORTS: [Weather; 9] = [
            Weather::Fine,
            Weather::Fine,
            Weather::Fine,
            Weather::Fine,
            Weather::Cut,
            Weather::LostReply,
            Weather::Twice,
            Weather::TwiceLastHeard,
            Weather::Late,
        ];
        let weather: Vec<Weather> = (0..3).map(|_| SORTS[self.below(SORTS.len())]).collect();
        let now = self.clock();
        let Kept { handset, .. } = &self.phones[phone];
        handset.line().forecast(weather.iter().copied());
        let synced = handset.sync(now);
        handset.line().forecast([]);
        self.tally.syncs += 1;
        match synced {
            Ok(report) => self.tell(format_args!("phone {phone} syncs in {weather:?}: {report:?}")),
            Err(PhoneError::Offline { .. }) => {
                self.tally.cut_syncs += 1;
                self.tell(format_args!("phone {phone} syncs in {weather:?}: no answer"));
            }
            Err(error) => panic!("phone {phone} in {weather:?}: {error}"),
        }
    }

    fn late_arrives(&mut self, phone: usize) {
        let number = self.below(8);
        let line = self.phones[phone].handset.line();
        if line.under_way() > 0 {
            line.arrive(number);
            self.tell(format_args!("a late request of phone {phone} arrives"));
        }
    }

    fn echo(&mut self, phone: usize) {
        let number = self.below(8);
        self.phones[phone].handset.line().echo(number);
        self.tell(format_args!("an old request of phone {phone} arrives once more"));
    }

    fn reopen(&mut self, phone: usize) {
        self.phones[phone].handset.reopen();
        self.tell(format_args!("phone {phone} is closed and opened"));
    }

    fn back_up(&mut self, phone: usize) {
        let copy = self.company.folder().join(format!("backup-of-{phone}.db"));
        let kept = &mut self.phones[phone];
        kept.handset.back_up(&copy);
        kept.backup = Some(copy);
        self.tell(format_args!("phone {phone} is backed up"));
    }

    /// The phone is lost and comes back from its backup: what it had recorded since and not sent
    /// is gone for good, or has arrived without anybody knowing.
    fn restore(&mut self, phone: usize) {
        let Some(copy) = self.phones[phone].backup.take() else { return };
        let unsent = self.unsent(phone);
        self.phones[phone].handset.restore(Some(&copy));
        self.forked = true;
        self.tally.forks += 1;
        self.tell(format_args!("phone {phone} comes back from its backup"));
        let kept: BTreeSet<String> =
            (0..self.phones.len()).flat_map(|phone| self.unsent(phone)).collect();
        for fact in unsent.difference(&kept) {
            self.recorded.remove(fact);
            self.perhaps.insert(fact.clone());
        }
    }

    fn unsent(&self, phone: usize) -> BTreeSet<String> {
        let sql = self.phones[phone].handset.sql();
        let mut statement = sql.prepare("select id from fact where state = 'unsent'").unwrap();
        let ids = statement.query_map([], |row| row.get(0)).unwrap();
        ids.map(Result::unwrap).collect()
    }

    fn twin(&mut self, phone: usize) {
        if self.phones.len() >= MOST_PHONES {
            return;
        }
        self.copies += 1;
        let name = format!("copy-{}", self.copies);
        let company = Arc::clone(&self.company);
        let handset = self.phones[phone].handset.twin(&company, &name);
        self.phones.push(Kept { handset, album: Album::default(), backup: None });
        self.forked = true;
        self.tally.forks += 1;
        self.tell(format_args!("phone {phone} is copied to phone {}", self.phones.len() - 1));
    }

    fn assign(&mut self) {
        let (territory, to) = (self.below(TERRITORIES), self.below(REPS + 1));
        let rep: Option<PersonId> = (to < REPS).then(|| rep(to));
        self.company.assign(territory, rep);
        self.rights_changed = true;
        self.tally.changes_of_rights += 1;
        self.tell(format_args!("territory {territory} goes to {rep:?}"));
    }

    fn move_client(&mut self) {
        let (number, to) = (self.below(CLIENTS), self.below(TERRITORIES));
        self.company.move_client(number, to);
        self.rights_changed = true;
        self.tally.changes_of_rights += 1;
        self.tell(format_args!("client {number} goes to territory {to}"));
    }

    fn restart_the_server(&mut self) {
        self.company.restart();
        self.tell("the server is restarted");
    }
}

/// The note with a word more, somewhere between its words.
fn with_word(note: &str, word: &str, place: usize) -> String {
    let ends: Vec<usize> = note.match_indices('>').map(|(at, _)| at + 1).collect();
    let at = match ends.get(place % (ends.len() + 1)) {
        Some(at) => *at,
        None => note.len(),
    };
    let (before, after) = note.split_at(at);
    format!("{before}{word}{after}")
}

fn visit(number: i64) -> NewVisit {
    NewVisit {
        outlet: None,
        mark: [Mark::A, Mark::B, Mark::C][usize::try_from(number % 3).unwrap()],
        outlet_state: String::new(),
        next_contact_at: None,
        help_wanted: number % 7 == 0,
        note: format!("seen {number}"),
    }
}

fn order(amount: Money) -> NewOrder {
    let note = String::new();
    NewOrder { amount, deferral_days: 14, prepaid: false, wanted_on: None, note }
}

fn receipt(amount: Money) -> NewReceipt {
    NewReceipt { amount, paid_by: PaidBy::Cash, invoices: Vec::new(), note: String::new() }
}

fn open_invoice(phone: &saldo_mobile::Phone, about: &str, now: UtcMillis) -> Option<String> {
    let account = phone.client(about, now).ok()?.account?;
    account.invoices.first().map(|invoice| invoice.invoice.clone())
}

fn promise(invoice: String, amount: Money, now: UtcMillis) -> NewPromise {
    let day = DateTime::from_timestamp_millis(now.0).unwrap().date_naive() + Days::new(5);
    NewPromise {
        invoices: vec![invoice],
        reason: ReasonForDelay::NoFunds,
        reason_text: String::new(),
        instalments: vec![NewInstalment { pay_on: CivilDate(day.to_string()), amount }],
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.syncs += other.syncs;
        self.cut_syncs += other.cut_syncs;
        self.facts += other.facts;
        self.refused += other.refused;
        self.forks += other.forks;
        self.changes_of_rights += other.changes_of_rights;
    }
}

impl Tally {
    /// A run in which one of these never happened would prove nothing about it.
    pub(super) fn saw_everything(&self) {
        let seen = [self.cut_syncs, self.facts, self.refused, self.forks, self.changes_of_rights];
        assert!(self.histories < 100 || seen.iter().all(|times| *times > 0), "{self}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} histories, {} steps, {} syncs of which {} were cut, {} facts of which {} were \
             refused, {} copied or restored phones, {} changes of rights",
            self.histories,
            self.steps,
            self.syncs,
            self.cut_syncs,
            self.facts,
            self.refused,
            self.forks,
            self.changes_of_rights
        )
    }
}
