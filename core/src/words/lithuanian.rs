//! Lithuanian.

use chrono::NaiveDate;

use super::numbers::Amounts;
use super::plural::lithuanian;
use super::{Language, Tongue};
use crate::category::Category;
use crate::escalation::Rung;
use crate::facts::Mark;
use crate::money::Currency;
use crate::risk::RiskClass;
use crate::roles::Role;
use crate::stop_list::StopLevel;
use crate::verdict::{Effect, LimitSource, Outcome, Paper, What};

pub(super) struct Lithuanian;

impl Tongue for Lithuanian {
    fn outcome(&self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Released => "leista",
            Outcome::Held => "sulaikyta",
            Outcome::Refused => "uždrausta",
            Outcome::Accepted => "priimta",
            Outcome::Pending => "laukia sprendimo",
            Outcome::Rejected => "atmesta",
            Outcome::Unknown => "nežinoma",
        }
    }

    fn effect(&self, effect: Effect) -> &'static str {
        match effect {
            Effect::Allows => "kalba už",
            Effect::Holds => "reikia patvirtinimo",
            Effect::Refuses => "patvirtinimu nepašalinama",
        }
    }

    fn role(&self, role: Role) -> &'static str {
        match role {
            Role::Rep => "prekybos atstovas",
            Role::Supervisor => "tiesioginis vadovas",
            Role::HeadOfSales => "pardavimų skyriaus vadovas",
            Role::FinanceControl => "finansų kontrolės vadovas",
            Role::CommercialDirector => "komercijos direktorius",
            Role::Director => "direktorius",
            Role::Security => "saugos tarnybos vadovas",
            Role::Legal => "teisės skyrius",
            Role::Operator => "sistemos operatorius",
        }
    }

    fn category(&self, category: Category) -> &'static str {
        match category {
            Category::Reliable => "patikimas",
            Category::Uncertain => "neapibrėžtas",
            Category::Threatened => "rizikingas",
            Category::NonPayer => "nemokėtojas",
        }
    }

    fn rung(&self, rung: Rung) -> &'static str {
        match rung {
            Rung::Rep => "prekybos atstovas",
            Rung::Supervisor => "tiesioginis vadovas",
            Rung::HeadOfSales => "pardavimų skyriaus vadovas",
            Rung::FinanceControl => "finansų kontrolė",
            Rung::Security => "saugos tarnyba",
            Rung::Director => "direktorius",
            Rung::Legal => "teisės skyrius",
            Rung::WriteOff => "nurašymas",
        }
    }

    fn paper(&self, paper: Paper) -> &'static str {
        match paper {
            Paper::GuaranteeLetter => "garantinis raštas",
            Paper::PaymentSchedule => "mokėjimų grafikas",
        }
    }

    fn stop_level(&self, level: StopLevel) -> &'static str {
        match level {
            StopLevel::Free => "laisvas",
            StopLevel::StopList => "stabdymo sąraše",
            StopLevel::Stopped => "tiekimas sustabdytas",
        }
    }

    fn risk_class(&self, class: RiskClass) -> &'static str {
        match class {
            RiskClass::VeryLow => "labai maža rizika",
            RiskClass::Low => "maža rizika",
            RiskClass::Medium => "vidutinė rizika",
            RiskClass::High => "didelė rizika",
            RiskClass::VeryHigh => "labai didelė rizika",
        }
    }

    fn mark(&self, mark: Mark) -> &'static str {
        match mark {
            Mark::A => "dėl mokėjimo abejonių nėra",
            Mark::B => "mokėjimas abejotinas",
            Mark::C => "didelė rizika prarasti pinigus",
        }
    }

    fn date(&self, date: NaiveDate) -> String {
        date.format("%Y-%m-%d").to_string()
    }

    fn days(&self, n: i64) -> String {
        format!("{n} {}", lithuanian(n, ["diena", "dienos", "dienų"]))
    }

    fn working_days(&self, n: i64) -> String {
        format!("{n} {}", lithuanian(n, ["darbo diena", "darbo dienos", "darbo dienų"]))
    }

    fn hours(&self, n: i64) -> String {
        format!("{n} {}", lithuanian(n, ["valanda", "valandos", "valandų"]))
    }

    fn reason(&self, what: &What, currency: Currency) -> String {
        let money = Amounts(Language::Lithuanian, currency);
        match what {
            What::Exempted { lifted, until, why } => {
                format!("netaikoma {lifted} iki {}: {why}", self.date(*until))
            }
            What::WithinShipmentLimit {
                limit_minor,
                used_minor,
                request_minor,
                months,
                source,
            } => {
                format!(
                    "telpa į šio mėnesio tiekimo limitą {} ({}): panaudota {}, prašoma {}",
                    money.of(*limit_minor),
                    limit_from(*source, *months),
                    money.of(*used_minor),
                    money.of(*request_minor)
                )
            }
            What::AboveShipmentLimit { limit_minor, used_minor, request_minor, months, source } => {
                format!(
                    "viršija šio mėnesio tiekimo limitą {} ({}): panaudota {}, prašoma {}",
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
                "telpa į sutarties kredito limitą {}: skola {}, rezervuota {}, prašoma {}",
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
                "viršija sutarties kredito limitą {}: skola {}, rezervuota {}, prašoma {}",
                money.of(*depth_minor),
                money.of(*receivable_minor),
                money.of(*reserved_minor),
                money.of(*request_minor)
            ),
            What::DeferralTooLong { asked_days, allowed_days } => format!(
                "prašomas mokėjimo terminas: {}, leidžiamas: {}",
                self.days(i64::from(*asked_days)),
                self.days(i64::from(*allowed_days))
            ),
            What::OnStopList { number, overdue_minor, working_days_overdue, .. } => format!(
                "stabdymo sąraše: pradelsta skola {}, sąskaita {number} vėluoja {working_days_overdue} {}",
                money.of(*overdue_minor),
                lithuanian(*working_days_overdue, ["darbo dieną", "darbo dienas", "darbo dienų"])
            ),
            What::ShipmentStopped { number, overdue_minor, days_overdue, .. } => format!(
                "tiekimas sustabdytas, kol bus gauti pinigai: pradelsta skola {}, sąskaita {number} vėluoja {days_overdue} {}",
                money.of(*overdue_minor),
                lithuanian(*days_overdue, ["dieną", "dienas", "dienų"])
            ),
            What::PrepaymentRequired { percent } => format!("tik sumokėjus {percent} % iš anksto"),
            What::Prepaid => "sumokėta iš anksto: limitai netaikomi".to_owned(),
            What::OtherCurrency { asked, account } => {
                format!("užsakymo valiuta yra {asked}, kliento sąskaitos valiuta yra {account}")
            }
            What::SnapshotTooOld { lease_hours, .. } => format!(
                "telefono duomenys senesni nei {}: sinchronizuokite, prieš ką nors žadėdami",
                self.hours(i64::from(*lease_hours))
            ),
            What::OnLoan { left_minor, request_minor, .. } => format!(
                "telpa į šiam telefonui skirtą limito dalį: liko {}, prašoma {}",
                money.of(*left_minor),
                money.of(*request_minor)
            ),
            What::PartlyOnLoan { drawn_minor, .. } => {
                format!("{} iš to skirta šiam telefonui ir laikoma laisva", money.of(*drawn_minor))
            }
            What::LoanOver { .. } => {
                "šiam telefonui skirta limito dalis panaudota po termino".to_owned()
            }
            What::LoanGone => {
                "šiam telefonui skirta limito dalis grąžinta arba išnaudota".to_owned()
            }
            What::WithinRepAuthority { days, granted_before, most, category, mark } => format!(
                "neviršija prekybos atstovo įgaliojimų: {}, anksčiau suteikta: {}, leidžiama: {} ({}{})",
                self.days(*days),
                self.days(*granted_before),
                self.days(i64::from(*most)),
                self.category(*category),
                marked(*mark)
            ),
            What::BeyondRepAuthority { days, granted_before, most, category, mark } => format!(
                "viršija prekybos atstovo įgaliojimus: {}, anksčiau suteikta: {}, leidžiama: {} ({}{})",
                self.days(*days),
                self.days(*granted_before),
                self.days(i64::from(*most)),
                self.category(*category),
                marked(*mark)
            ),
            What::NonPayer => "klientas yra nemokėtojas: kreditas jam neteikiamas".to_owned(),
            What::HighRiskMark => {
                "žyma (c), didelė rizika: sprendžia tiesioginis vadovas".to_owned()
            }
            What::CategoryChanged { category, .. } => format!(
                "po paskutinio telefono sinchronizavimo pasikeitė kliento kategorija: {}",
                self.category(*category)
            ),
            What::RepeatedDeferral { times } => format!(
                "mokėjimas anksčiau jau atidėtas {times} {}",
                lithuanian(i64::from(*times), ["kartą", "kartus", "kartų"])
            ),
            What::BeyondSupervisor { until, working_days, most } => format!(
                "{} yra {} po mokėjimo termino; tiesioginis vadovas gali suteikti: {}",
                self.date(*until),
                self.working_days(*working_days),
                self.working_days(i64::from(*most))
            ),
            What::BeyondHeadOfSales { until, last } => format!(
                "{} yra vėliau nei {} – paskutinė diena, kurią gali suteikti pardavimų skyriaus vadovas",
                self.date(*until),
                self.date(*last)
            ),
            What::NothingDeferred { until } => {
                format!("{} nėra vėliau už mokėjimo terminą: niekas neatidedama", self.date(*until))
            }
            What::InvoiceNotOpen { number, .. } => {
                format!("pagal sąskaitą {number} nėra neapmokėtos sumos")
            }
            What::RiskClassStricter { class, category, terms } => format!(
                "rizikos klasė ({}) griežtesnė už kategoriją ({}): galioja kategorijos „{}“ sąlygos",
                self.risk_class(*class),
                self.category(*category),
                self.category(*terms)
            ),
            What::LetterDemanded { role, .. } => {
                format!("{} reikalauja kliento garantinio rašto", self.role(*role))
            }
            What::GuaranteedBy { dated_on, pay_by, amount_minor } => format!(
                "garantinis raštas, datuotas {}: {}, apmokėti iki {}",
                self.date(*dated_on),
                money.of(*amount_minor),
                self.date(*pay_by)
            ),
            What::FeePaidInWeek { number, paid_on, week, fee_minor, role } => format!(
                "sąskaita {number} visiškai apmokėta {}, {week}-ąją vėlavimo savaitę: mokesčio už \
                 vėlavimą {} gali atsisakyti {}",
                self.date(*paid_on),
                money.of(*fee_minor),
                self.role(*role)
            ),
            What::FeeNotPaidInFull { number, open_minor, fee_minor } => format!(
                "sąskaita {number} apmokėta ne visa, neapmokėta {}: mokesčio už vėlavimą {} gali \
                 atsisakyti tik direktorius",
                money.of(*open_minor),
                money.of(*fee_minor)
            ),
            What::FeeOfAgreement { number, signed_on, fee_minor } => format!(
                "dėl sąskaitos {number} mokesčio už vėlavimą {} susitarta restruktūrizuojant {}: \
                 jo gali atsisakyti tik direktorius",
                money.of(*fee_minor),
                self.date(*signed_on)
            ),
            What::NoFeeOpen { number } => {
                format!("pagal sąskaitą {number} nėra neapmokėto mokesčio už vėlavimą")
            }
            What::Approved { role, .. } => format!("patvirtino {}", self.role(*role)),
            What::Turned { role, why, .. } => {
                format!("atmetė {}: {why}", self.role(*role))
            }
            What::SentUp { from, to, .. } => {
                format!("{} perdavė aukščiau; sprendžia {}", self.role(*from), self.role(*to))
            }
        }
    }
}

fn limit_from(source: LimitSource, months: u8) -> String {
    match source {
        LimitSource::Months => {
            let word = lithuanian(i64::from(months), ["mėnesio", "mėnesių", "mėnesių"]);
            format!("{months} {word} vidurkis")
        }
        LimitSource::SafeShipment => "saugus limitas iš kliento kortelės".to_owned(),
        LimitSource::CategoryDefault => "numatytasis kategorijos limitas".to_owned(),
    }
}

fn marked(mark: Option<Mark>) -> String {
    mark.map(|mark| format!(", žyma ({})", mark.letter())).unwrap_or_default()
}
