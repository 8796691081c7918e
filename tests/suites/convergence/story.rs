//! The steps of a history: what people do with their phones, and what happens to both.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_core::ids::PersonId;
use saldo_mobile::{PhoneError, UtcMillis};
use saldo_tests::inside::{
    CLIENTS, Company, Handset, PEOPLE, REPS, SUPERVISOR, TERRITORIES, Weather, rep,
};

use super::picture::Album;
use super::tally::Tally;
use crate::truth::count;

const DAY_MILLIS: i64 = 24 * 3_600_000;

/// How many days before today a world begins; each history is another day.
const BEGINS_DAYS_AGO: i64 = 40;

/// The most phones that a world has.
const MOST_PHONES: usize = 6;

/// A phone of the world with what the story must remember about it.
pub(super) struct Kept {
    pub(super) handset: Handset,
    pub(super) album: Album,
    /// The clients that it saw when it last came to rest.
    pub(super) sees: Vec<String>,
    /// With how often rights had changed by then.
    backup: Option<(PathBuf, u64)>,
}

impl Kept {
    fn new(handset: Handset) -> Self {
        Self { handset, album: Album::default(), sees: Vec::new(), backup: None }
    }
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
    pub(super) random: ChaCha8Rng,
    now: i64,
    copies: u32,
    steps: Vec<String>,
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
                Kept::new(handset)
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
        story.sync_until_nothing_is_new();
        story.check();
        story
    }

    /// A day: ten to thirty steps, and the rest after them.
    pub(super) fn history(&mut self) {
        self.now += DAY_MILLIS;
        self.steps.clear();
        self.written.clear();
        (self.rights_changed, self.forked) = (false, false);
        let installations = self.installations();
        for _ in 0..self.below(21) + 10 {
            self.step();
            self.tally.steps += 1;
        }
        self.sync_until_nothing_is_new();
        // A copy of an earlier history may have met its original only now.
        self.forked |= self.installations() > installations;
        self.check();
        self.tally.histories += 1;
    }

    fn installations(&self) -> i64 {
        count(&self.company.sql(), "select count(*) from device_install")
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

    pub(super) fn below(&mut self, below: usize) -> usize {
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
        kept.backup = Some((copy, self.tally.changes_of_rights));
        self.tell(format_args!("phone {phone} is backed up"));
    }

    /// The phone is lost and comes back from its backup: what it had recorded since and not sent
    /// is gone for good, or has arrived without anybody knowing.
    fn restore(&mut self, phone: usize) {
        let Some((copy, changes)) = self.phones[phone].backup.take() else { return };
        // It shows clients again that its person does not see any more.
        self.rights_changed |= changes < self.tally.changes_of_rights;
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
        let sees = self.phones[phone].sees.clone();
        self.phones.push(Kept { sees, ..Kept::new(handset) });
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
