//! What made a risk class (R12.1), in every language: the parts of the internal score, what a
//! provider said, and how likely an invoice is to be paid. The classes themselves are words like
//! any other and stand with them.

use rust_decimal::Decimal;

use super::Language;
use crate::risk::{
    Assessment, Contribution, ExternalStanding, Likelihood, LikelyTo, SOON_DAYS, Score, ScoreSource,
};

/// The words of one language. `up_to` stands before days, the others before a colon or alone.
struct Phrases {
    score: &'static str,
    by_own: &'static str,
    by_provider: &'static str,
    beginning: &'static str,
    overdue: &'static str,
    paid_late: &'static str,
    paid_in_time: &'static str,
    up_to: &'static str,
    early: &'static str,
    against: &'static str,
    in_favour: &'static str,
    provider: &'static str,
    not_used: &'static str,
    unknown: &'static str,
    too_old: &'static str,
    in_time: &'static str,
    within: &'static str,
}

const ENGLISH: Phrases = Phrases {
    score: "internal score",
    by_own: "decided by the client's own payments",
    by_provider: "decided by the provider's credit score",
    beginning: "before anything is known",
    overdue: "invoices overdue now",
    paid_late: "invoices paid late",
    paid_in_time: "invoices paid in time",
    up_to: "up to",
    early: "early on average",
    against: "points against",
    in_favour: "points for",
    provider: "the provider's credit score",
    not_used: "no provider of credit scores is asked",
    unknown: "the provider's credit score is unknown: never counted as good",
    too_old: "too old to count as good",
    in_time: "of 100 such invoices are paid in time",
    within: "of 100 such invoices are paid within",
};

const ESTONIAN: Phrases = Phrases {
    score: "sisemine skoor",
    by_own: "otsustasid kliendi enda maksed",
    by_provider: "otsustas teenusepakkuja krediidiskoor",
    beginning: "enne kui midagi on teada",
    overdue: "praegu tähtaja ületanud arveid",
    paid_late: "hilinenult tasutud arveid",
    paid_in_time: "õigel ajal tasutud arveid",
    up_to: "kuni",
    early: "keskmiselt varem",
    against: "punkte vastu",
    in_favour: "punkte poolt",
    provider: "teenusepakkuja krediidiskoor",
    not_used: "krediidiskoori ei küsita üheltki teenusepakkujalt",
    unknown: "teenusepakkuja krediidiskoor on teadmata: heaks seda ei loeta",
    too_old: "heaks lugemiseks liiga vana",
    in_time: "sajast sellisest arvest tasutakse õigel ajal",
    within: "sajast sellisest arvest tasutakse järgmise aja jooksul:",
};

const LATVIAN: Phrases = Phrases {
    score: "iekšējais vērtējums",
    by_own: "noteica klienta paša maksājumi",
    by_provider: "noteica pakalpojuma sniedzēja kredītreitings",
    beginning: "pirms kaut kas ir zināms",
    overdue: "šobrīd kavēti rēķini",
    paid_late: "ar kavēšanos apmaksāti rēķini",
    paid_in_time: "laikā apmaksāti rēķini",
    up_to: "līdz",
    early: "agrāk vidēji",
    against: "punkti pret",
    in_favour: "punkti par",
    provider: "pakalpojuma sniedzēja kredītreitings",
    not_used: "kredītreitings netiek prasīts nevienam pakalpojuma sniedzējam",
    unknown: "pakalpojuma sniedzēja kredītreitings nav zināms: par labu to neuzskata",
    too_old: "par vecu, lai to uzskatītu par labu",
    in_time: "no 100 šādiem rēķiniem apmaksā laikā",
    within: "no 100 šādiem rēķiniem apmaksā šādā laikā:",
};

const LITHUANIAN: Phrases = Phrases {
    score: "vidinis balas",
    by_own: "lėmė paties kliento mokėjimai",
    by_provider: "lėmė paslaugos teikėjo kredito balas",
    beginning: "kol nieko nežinoma",
    overdue: "dabar pradelstos sąskaitos",
    paid_late: "pavėluotai apmokėtos sąskaitos",
    paid_in_time: "laiku apmokėtos sąskaitos",
    up_to: "iki",
    early: "anksčiau vidutiniškai",
    against: "taškai prieš",
    in_favour: "taškai už",
    provider: "paslaugos teikėjo kredito balas",
    not_used: "kredito balo neprašoma nė vieno paslaugos teikėjo",
    unknown: "paslaugos teikėjo kredito balas nežinomas: geru nelaikomas",
    too_old: "per senas, kad būtų laikomas geru",
    in_time: "iš 100 tokių sąskaitų apmokama laiku",
    within: "iš 100 tokių sąskaitų apmokama per:",
};

const RUSSIAN: Phrases = Phrases {
    score: "внутренняя оценка",
    by_own: "решили собственные платежи клиента",
    by_provider: "решила кредитная оценка поставщика данных",
    beginning: "пока ничего не известно",
    overdue: "счета, просроченные сейчас",
    paid_late: "счета, оплаченные с опозданием",
    paid_in_time: "счета, оплаченные вовремя",
    up_to: "до",
    early: "раньше в среднем",
    against: "баллы против",
    in_favour: "баллы за",
    provider: "кредитная оценка поставщика данных",
    not_used: "кредитная оценка ни у кого не запрашивается",
    unknown: "кредитная оценка поставщика данных неизвестна: хорошей она не считается",
    too_old: "слишком старая, чтобы считаться хорошей",
    in_time: "из 100 таких счетов оплачиваются вовремя",
    within: "из 100 таких счетов оплачиваются за:",
};

impl Language {
    const fn phrases(self) -> &'static Phrases {
        match self {
            Self::English => &ENGLISH,
            Self::Estonian => &ESTONIAN,
            Self::Latvian => &LATVIAN,
            Self::Lithuanian => &LITHUANIAN,
            Self::Russian => &RUSSIAN,
        }
    }

    /// With the language's decimal sign.
    fn decimal(self, number: Decimal) -> String {
        let text = number.to_string();
        if self == Self::English { text } else { text.replace('.', ",") }
    }

    /// A score to the hundredth, as precise as it is news.
    #[must_use]
    pub fn score(self, score: Score) -> String {
        self.decimal(Decimal::new(i64::from(score.hundredths()), 2))
    }

    /// Which of the two scores made the class.
    #[must_use]
    pub const fn decided_by(self, source: ScoreSource) -> &'static str {
        match source {
            ScoreSource::Internal => self.phrases().by_own,
            ScoreSource::External => self.phrases().by_provider,
        }
    }

    /// A part of the internal score, with the points it gave.
    #[must_use]
    pub fn contribution(self, part: &Contribution) -> String {
        let words = self.phrases();
        let points = |parts: i64| self.decimal(Decimal::new(parts, 5).round_dp(2));
        let (what, invoices, longest, against) = match part {
            Contribution::Beginning { against, in_favour } => {
                return format!(
                    "{}: {} {}, {} {}",
                    words.beginning,
                    words.against,
                    points(*against),
                    words.in_favour,
                    points(*in_favour)
                );
            }
            Contribution::PaidInTime { invoices, days_early, in_favour } => {
                let mean = days_early / i64::from(*invoices).max(1);
                return format!(
                    "{}: {invoices} ({} {}); {} {}",
                    words.paid_in_time,
                    self.days(mean),
                    words.early,
                    words.in_favour,
                    points(*in_favour)
                );
            }
            Contribution::Overdue { invoices, longest_days, against } => {
                (words.overdue, invoices, longest_days, against)
            }
            Contribution::PaidLate { invoices, longest_days, against } => {
                (words.paid_late, invoices, longest_days, against)
            }
        };
        let (longest, against) = (self.days(*longest), points(*against));
        format!("{what}: {invoices} ({} {longest}); {} {against}", words.up_to, words.against)
    }

    /// What the provider said, always with its date (R12.3).
    #[must_use]
    pub fn external_standing(self, standing: &ExternalStanding) -> String {
        let words = self.phrases();
        match standing {
            ExternalStanding::NotUsed => words.not_used.to_owned(),
            ExternalStanding::Unknown => words.unknown.to_owned(),
            ExternalStanding::Old { score, rated_on, .. } => {
                let (score, on) = (self.score(*score), self.date(*rated_on));
                format!("{}: {score} ({on}), {}", words.provider, words.too_old)
            }
            ExternalStanding::Fresh { score, rated_on, .. } => {
                let (score, on) = (self.score(*score), self.date(*rated_on));
                format!("{}: {score} ({on})", words.provider)
            }
        }
    }

    /// Everything that made a class, a line each: what decided, the internal score with its parts,
    /// the provider's.
    #[must_use]
    pub fn assessment(self, assessment: &Assessment) -> Vec<String> {
        let Assessment { internal, external, decided_by, .. } = assessment;
        let mut lines = vec![
            self.decided_by(*decided_by).to_owned(),
            format!("{}: {}", self.phrases().score, self.score(internal.score)),
        ];
        lines.extend(internal.contributions.iter().map(|part| self.contribution(part)));
        lines.push(self.external_standing(external));
        lines
    }

    /// How likely an invoice is to be paid, said as the plain share that it is.
    #[must_use]
    pub fn likelihood(self, likelihood: Likelihood) -> String {
        let (words, percent) = (self.phrases(), likelihood.percent);
        match likelihood.likely_to {
            LikelyTo::BePaidInTime => format!("{percent} {}", words.in_time),
            LikelyTo::BePaidSoon => format!("{percent} {} {}", words.within, self.days(SOON_DAYS)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::day;

    fn everything() -> Vec<Contribution> {
        vec![
            Contribution::Beginning { against: 70_000, in_favour: 80_000 },
            Contribution::Overdue { invoices: 31, longest_days: 12, against: 115_000 },
            Contribution::PaidLate { invoices: 32, longest_days: 13, against: 125_000 },
            Contribution::PaidInTime { invoices: 33, days_early: 99, in_favour: 635_000 },
        ]
    }

    fn standings() -> Vec<ExternalStanding> {
        let score = Score::from_parts(3_549).unwrap();
        let (rated_on, age_days) = (day("2026-01-09"), 100);
        vec![
            ExternalStanding::NotUsed,
            ExternalStanding::Unknown,
            ExternalStanding::Old { score, rated_on, age_days },
            ExternalStanding::Fresh { score, rated_on, age_days },
        ]
    }

    #[test]
    fn every_part_says_its_numbers_in_every_language() {
        for language in Language::ALL {
            let sign = if language == Language::English { '.' } else { ',' };
            let parts = [&["0.70", "0.80"][..], &["31", "12", "1.15"], &["32", "13", "1.25"]];
            let parts = parts.into_iter().chain([&["33", "3", "6.35"][..]]);
            for (part, numbers) in everything().iter().zip(parts) {
                let said = language.contribution(part);
                for number in numbers {
                    assert!(said.contains(&number.replace('.', &sign.to_string())), "{said}");
                }
            }
            for standing in &standings()[2..] {
                let said = language.external_standing(standing);
                let score = format!("0{sign}35");
                assert!(said.contains(&score), "{said}");
                assert!(said.contains(&language.date(day("2026-01-09"))), "{said}");
            }
        }
    }

    /// Whoever translates by copying forgets one.
    #[test]
    fn no_part_is_left_untranslated() {
        let apart = |say: &dyn Fn(Language) -> String| {
            let mut said = Language::ALL.map(say).to_vec();
            said.sort();
            said.dedup();
            assert_eq!(said.len(), Language::ALL.len(), "{said:?}");
        };
        for part in everything() {
            apart(&|language| language.contribution(&part));
        }
        for standing in standings() {
            apart(&|language| language.external_standing(&standing));
        }
        for likely_to in [LikelyTo::BePaidInTime, LikelyTo::BePaidSoon] {
            apart(&|language| language.likelihood(Likelihood { likely_to, percent: 85 }));
        }
        for source in [ScoreSource::Internal, ScoreSource::External] {
            apart(&|language| language.decided_by(source).to_owned());
        }
    }

    #[test]
    fn a_likelihood_is_said_as_the_share_it_is() {
        for (likely_to, expected) in [
            (LikelyTo::BePaidInTime, "52 of 100 such invoices are paid in time"),
            (LikelyTo::BePaidSoon, "52 of 100 such invoices are paid within 14 days"),
        ] {
            let said = Language::English.likelihood(Likelihood { likely_to, percent: 52 });
            assert_eq!(said, expected);
        }
    }
}
