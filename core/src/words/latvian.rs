//! Latvian.

use chrono::NaiveDate;

use super::numbers::Amounts;
use super::plural::latvian;
use super::{Language, Tongue};
use crate::category::Category;
use crate::escalation::Rung;
use crate::facts::Mark;
use crate::money::Currency;
use crate::risk::RiskClass;
use crate::roles::Role;
use crate::stop_list::StopLevel;
use crate::verdict::{Effect, LimitSource, Outcome, Paper, What};

pub(super) struct Latvian;

impl Tongue for Latvian {
    fn outcome(&self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Released => "atļauts",
            Outcome::Held => "aizturēts",
            Outcome::Refused => "aizliegts",
            Outcome::Accepted => "pieņemts",
            Outcome::Pending => "gaida lēmumu",
            Outcome::Rejected => "noraidīts",
            Outcome::Unknown => "nav zināms",
        }
    }

    fn effect(&self, effect: Effect) -> &'static str {
        match effect {
            Effect::Allows => "runā par labu",
            Effect::Holds => "vajadzīgs apstiprinājums",
            Effect::Refuses => "ar apstiprinājumu nav novēršams",
        }
    }

    fn role(&self, role: Role) -> &'static str {
        match role {
            Role::Rep => "tirdzniecības pārstāvis",
            Role::Supervisor => "tiešais vadītājs",
            Role::HeadOfSales => "pārdošanas daļas vadītājs",
            Role::FinanceControl => "finanšu kontroles vadītājs",
            Role::CommercialDirector => "komercdirektors",
            Role::Director => "direktors",
            Role::Security => "drošības dienesta vadītājs",
            Role::Legal => "juridiskā nodaļa",
            Role::Operator => "sistēmas operators",
        }
    }

    fn category(&self, category: Category) -> &'static str {
        match category {
            Category::Reliable => "uzticams",
            Category::Uncertain => "nenoteikts",
            Category::Threatened => "riskants",
            Category::NonPayer => "nemaksātājs",
        }
    }

    fn rung(&self, rung: Rung) -> &'static str {
        match rung {
            Rung::Rep => "tirdzniecības pārstāvis",
            Rung::Supervisor => "tiešais vadītājs",
            Rung::HeadOfSales => "pārdošanas daļas vadītājs",
            Rung::FinanceControl => "finanšu kontrole",
            Rung::Security => "drošības dienests",
            Rung::Director => "direktors",
            Rung::Legal => "juridiskā nodaļa",
            Rung::WriteOff => "norakstīšana",
        }
    }

    fn paper(&self, paper: Paper) -> &'static str {
        match paper {
            Paper::GuaranteeLetter => "garantijas vēstule",
            Paper::PaymentSchedule => "maksājumu grafiks",
        }
    }

    fn stop_level(&self, level: StopLevel) -> &'static str {
        match level {
            StopLevel::Free => "brīvs",
            StopLevel::StopList => "stopsarakstā",
            StopLevel::Stopped => "piegādes apturētas",
        }
    }

    fn risk_class(&self, class: RiskClass) -> &'static str {
        match class {
            RiskClass::VeryLow => "ļoti zems risks",
            RiskClass::Low => "zems risks",
            RiskClass::Medium => "vidējs risks",
            RiskClass::High => "augsts risks",
            RiskClass::VeryHigh => "ļoti augsts risks",
        }
    }

    fn mark(&self, mark: Mark) -> &'static str {
        match mark {
            Mark::A => "par samaksu nav šaubu",
            Mark::B => "samaksa ir šaubīga",
            Mark::C => "liels risks zaudēt naudu",
        }
    }

    fn date(&self, date: NaiveDate) -> String {
        date.format("%d.%m.%Y.").to_string()
    }

    fn days(&self, n: i64) -> String {
        format!("{n} {}", latvian(n, ["dienu", "diena", "dienas"]))
    }

    fn working_days(&self, n: i64) -> String {
        format!("{n} {}", latvian(n, ["darba dienu", "darba diena", "darba dienas"]))
    }

    fn hours(&self, n: i64) -> String {
        format!("{n} {}", latvian(n, ["stundu", "stunda", "stundas"]))
    }

    fn reason(&self, what: &What, currency: Currency) -> String {
        let money = Amounts(Language::Latvian, currency);
        match what {
            What::Exempted { lifted, until, why } => {
                format!("atbrīvots no {lifted} līdz {}: {why}", self.date(*until))
            }
            What::WithinShipmentLimit {
                limit_minor,
                used_minor,
                request_minor,
                months,
                source,
            } => {
                format!(
                    "iekļaujas šī mēneša piegādes limitā {} ({}): izmantots {}, pieprasīts {}",
                    money.of(*limit_minor),
                    limit_from(*source, *months),
                    money.of(*used_minor),
                    money.of(*request_minor)
                )
            }
            What::AboveShipmentLimit { limit_minor, used_minor, request_minor, months, source } => {
                format!(
                    "pārsniedz šī mēneša piegādes limitu {} ({}): izmantots {}, pieprasīts {}",
                    money.of(*limit_minor),
                    limit_from(*source, *months),
                    money.of(*used_minor),
                    money.of(*request_minor)
                )
            }
            What::WithinCreditDepth {
                depth_minor,
                receivable_minor,
                reserved_minor,
                request_minor,
            } => format!(
                "iekļaujas līguma kredītlimitā {}: parāds {}, rezervēts {}, pieprasīts {}",
                money.of(*depth_minor),
                money.of(*receivable_minor),
                money.of(*reserved_minor),
                money.of(*request_minor)
            ),
            What::AboveCreditDepth {
                depth_minor,
                receivable_minor,
                reserved_minor,
                request_minor,
            } => format!(
                "pārsniedz līguma kredītlimitu {}: parāds {}, rezervēts {}, pieprasīts {}",
                money.of(*depth_minor),
                money.of(*receivable_minor),
                money.of(*reserved_minor),
                money.of(*request_minor)
            ),
            What::DeferralTooLong { asked_days, allowed_days } => format!(
                "pieprasītais apmaksas termiņš: {}, atļautais: {}",
                self.days(i64::from(*asked_days)),
                self.days(i64::from(*allowed_days))
            ),
            What::OnStopList { number, overdue_minor, working_days_overdue, .. } => format!(
                "stopsarakstā: kavētais parāds {}, rēķina {number} kavējums: {}",
                money.of(*overdue_minor),
                self.working_days(*working_days_overdue)
            ),
            What::ShipmentStopped { number, overdue_minor, days_overdue, .. } => format!(
                "piegādes apturētas, līdz nauda būs saņemta: kavētais parāds {}, rēķina {number} kavējums: {}",
                money.of(*overdue_minor),
                self.days(*days_overdue)
            ),
            What::PrepaymentRequired { percent } => format!("tikai ar {percent} % priekšapmaksu"),
            What::Prepaid => "apmaksāts iepriekš: limiti nav saistoši".to_owned(),
            What::OtherCurrency { asked, account } => {
                format!("pasūtījuma valūta ir {asked}, klienta konta valūta ir {account}")
            }
            What::SnapshotTooOld { lease_hours, .. } => format!(
                "telefona dati ir vecāki par {lease_hours} {}: sinhronizējiet, pirms kaut ko apsolāt",
                latvian(i64::from(*lease_hours), ["stundām", "stundu", "stundām"])
            ),
            What::OnLoan { left_minor, request_minor, .. } => format!(
                "šim tālrunim piešķirtās limita daļas robežās: atlicis {}, prasīts {}",
                money.of(*left_minor),
                money.of(*request_minor)
            ),
            What::PartlyOnLoan { drawn_minor, .. } => {
                format!("{} no tā ir piešķirts šim tālrunim un ir brīvs", money.of(*drawn_minor))
            }
            What::LoanOver { .. } => {
                "šim tālrunim piešķirtā limita daļa izmantota pēc termiņa".to_owned()
            }
            What::LoanGone => {
                "šim tālrunim piešķirtā limita daļa ir atdota vai iztērēta".to_owned()
            }
            What::WithinRepAuthority { days, granted_before, most, category, mark } => format!(
                "tirdzniecības pārstāvja pilnvaru robežās: {}, iepriekš piešķirts: {}, atļauts: {} ({}{})",
                self.days(*days),
                self.days(*granted_before),
                self.days(i64::from(*most)),
                self.category(*category),
                marked(*mark)
            ),
            What::BeyondRepAuthority { days, granted_before, most, category, mark } => format!(
                "pārsniedz tirdzniecības pārstāvja pilnvaras: {}, iepriekš piešķirts: {}, atļauts: {} ({}{})",
                self.days(*days),
                self.days(*granted_before),
                self.days(i64::from(*most)),
                self.category(*category),
                marked(*mark)
            ),
            What::NonPayer => "klients ir nemaksātājs: kredīts tam netiek piešķirts".to_owned(),
            What::HighRiskMark => "atzīme (c), augsts risks: lemj tiešais vadītājs".to_owned(),
            What::CategoryChanged { category, .. } => format!(
                "pēc telefona pēdējās sinhronizācijas mainījās klienta kategorija: {}",
                self.category(*category)
            ),
            What::RepeatedDeferral { times } => format!(
                "maksājums iepriekš jau atlikts {times} {}",
                latvian(i64::from(*times), ["reizes", "reizi", "reizes"])
            ),
            What::BeyondSupervisor { until, working_days, most } => format!(
                "{} ir {} pēc apmaksas termiņa; tiešais vadītājs drīkst piešķirt: {}",
                self.date(*until),
                self.working_days(*working_days),
                self.working_days(i64::from(*most))
            ),
            What::BeyondHeadOfSales { until, last } => format!(
                "{} ir vēlāk nekā {} – pēdējā diena, ko drīkst piešķirt pārdošanas daļas vadītājs",
                self.date(*until),
                self.date(*last)
            ),
            What::NothingDeferred { until } => {
                format!(
                    "{} nav vēlāk par apmaksas termiņu: nekas netiek atlikts",
                    self.date(*until)
                )
            }
            What::InvoiceNotOpen { number, .. } => {
                format!("rēķinam {number} nav neapmaksātas summas")
            }
            What::RiskClassStricter { class, category, terms } => format!(
                "riska klase ({}) ir stingrāka nekā kategorija ({}): spēkā ir kategorijas „{}” nosacījumi",
                self.risk_class(*class),
                self.category(*category),
                self.category(*terms)
            ),
            What::LetterDemanded { role, .. } => {
                format!("{} pieprasa klienta garantijas vēstuli", self.role(*role))
            }
            What::GuaranteedBy { dated_on, pay_by, amount_minor } => format!(
                "garantijas vēstule, datēta {}: {}, apmaksa līdz {}",
                self.date(*dated_on),
                money.of(*amount_minor),
                self.date(*pay_by)
            ),
            What::FeePaidInWeek { number, paid_on, week, fee_minor, role } => format!(
                "rēķins {number} pilnībā apmaksāts {} kavējuma {week}. nedēļā: no kavējuma maksas \
                 {} drīkst atteikties {}",
                self.date(*paid_on),
                money.of(*fee_minor),
                self.role(*role)
            ),
            What::FeeNotPaidInFull { number, open_minor, fee_minor } => format!(
                "rēķins {number} nav pilnībā apmaksāts, neapmaksāti {}: no kavējuma maksas {} \
                 drīkst atteikties tikai direktors",
                money.of(*open_minor),
                money.of(*fee_minor)
            ),
            What::FeeOfAgreement { number, signed_on, fee_minor } => format!(
                "par rēķina {number} kavējuma maksu {} panākta vienošanās restrukturizācijā {} no \
                 tās drīkst atteikties tikai direktors",
                money.of(*fee_minor),
                self.date(*signed_on)
            ),
            What::NoFeeOpen { number } => {
                format!("rēķinam {number} nav neapmaksātas kavējuma maksas")
            }
            What::Approved { role, .. } => format!("apstiprināja {}", self.role(*role)),
            What::Turned { role, why, .. } => {
                format!("noraidīja {}: {why}", self.role(*role))
            }
            What::SentUp { from, to, .. } => {
                format!("{} nodeva tālāk; lemj {}", self.role(*from), self.role(*to))
            }
        }
    }
}

fn limit_from(source: LimitSource, months: u8) -> String {
    match source {
        LimitSource::Months => {
            let word = latvian(i64::from(months), ["mēnešu", "mēneša", "mēnešu"]);
            format!("{months} {word} vidējais")
        }
        LimitSource::SafeShipment => "klienta kartītes drošais limits".to_owned(),
        LimitSource::CategoryDefault => "kategorijas noklusējuma limits".to_owned(),
    }
}

fn marked(mark: Option<Mark>) -> String {
    mark.map(|mark| format!(", atzīme ({})", mark.letter())).unwrap_or_default()
}
