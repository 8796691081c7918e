//! Estonian.

use chrono::NaiveDate;

use super::numbers::Amounts;
use super::plural::of_two;
use super::{Language, Tongue};
use crate::category::Category;
use crate::escalation::Rung;
use crate::facts::Mark;
use crate::money::Currency;
use crate::risk::RiskClass;
use crate::roles::Role;
use crate::stop_list::StopLevel;
use crate::verdict::{Effect, LimitSource, Outcome, Paper, What};

pub(super) struct Estonian;

impl Tongue for Estonian {
    fn outcome(&self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Released => "lubatud",
            Outcome::Held => "kinni peetud",
            Outcome::Refused => "keelatud",
            Outcome::Accepted => "vastu võetud",
            Outcome::Pending => "ootab otsust",
            Outcome::Rejected => "tagasi lükatud",
            Outcome::Unknown => "teadmata",
        }
    }

    fn effect(&self, effect: Effect) -> &'static str {
        match effect {
            Effect::Allows => "räägib poolt",
            Effect::Holds => "vajab kinnitust",
            Effect::Refuses => "kinnitusega ei lahene",
        }
    }

    fn role(&self, role: Role) -> &'static str {
        match role {
            Role::Rep => "müügiesindaja",
            Role::Supervisor => "vahetu juht",
            Role::HeadOfSales => "müügiosakonna juhataja",
            Role::FinanceControl => "finantskontrolli juht",
            Role::CommercialDirector => "kommertsdirektor",
            Role::Director => "direktor",
            Role::Security => "turvateenistuse juht",
            Role::Legal => "õigusosakond",
            Role::Operator => "süsteemihaldur",
        }
    }

    fn category(&self, category: Category) -> &'static str {
        match category {
            Category::Reliable => "usaldusväärne",
            Category::Uncertain => "ebakindel",
            Category::Threatened => "riskantne",
            Category::NonPayer => "mittemaksja",
        }
    }

    fn rung(&self, rung: Rung) -> &'static str {
        match rung {
            Rung::Rep => "müügiesindaja",
            Rung::Supervisor => "vahetu juht",
            Rung::HeadOfSales => "müügiosakonna juhataja",
            Rung::FinanceControl => "finantskontroll",
            Rung::Security => "turvateenistus",
            Rung::Director => "direktor",
            Rung::Legal => "õigusosakond",
            Rung::WriteOff => "mahakandmine",
        }
    }

    fn paper(&self, paper: Paper) -> &'static str {
        match paper {
            Paper::GuaranteeLetter => "garantiikiri",
            Paper::PaymentSchedule => "maksegraafik",
        }
    }

    fn stop_level(&self, level: StopLevel) -> &'static str {
        match level {
            StopLevel::Free => "vaba",
            StopLevel::StopList => "stoppnimekirjas",
            StopLevel::Stopped => "tarned peatatud",
        }
    }

    fn risk_class(&self, class: RiskClass) -> &'static str {
        match class {
            RiskClass::VeryLow => "väga väike risk",
            RiskClass::Low => "väike risk",
            RiskClass::Medium => "keskmine risk",
            RiskClass::High => "suur risk",
            RiskClass::VeryHigh => "väga suur risk",
        }
    }

    fn mark(&self, mark: Mark) -> &'static str {
        match mark {
            Mark::A => "maksmises pole kahtlust",
            Mark::B => "maksmine on kaheldav",
            Mark::C => "suur oht rahast ilma jääda",
        }
    }

    fn date(&self, date: NaiveDate) -> String {
        date.format("%d.%m.%Y").to_string()
    }

    fn days(&self, n: i64) -> String {
        format!("{n} {}", of_two(n, "päev", "päeva"))
    }

    fn working_days(&self, n: i64) -> String {
        format!("{n} {}", of_two(n, "tööpäev", "tööpäeva"))
    }

    fn hours(&self, n: i64) -> String {
        format!("{n} {}", of_two(n, "tund", "tundi"))
    }

    fn reason(&self, what: &What, currency: Currency) -> String {
        let money = Amounts(Language::Estonian, currency);
        match what {
            What::Exempted { lifted, until, why } => {
                format!("vabastatud reeglist {lifted} kuni {}: {why}", self.date(*until))
            }
            What::WithinShipmentLimit {
                limit_minor,
                used_minor,
                request_minor,
                months,
                source,
            } => {
                format!(
                    "mahub selle kuu tarnelimiiti {} ({}): kasutatud {}, küsitud {}",
                    money.of(*limit_minor),
                    limit_from(*source, *months),
                    money.of(*used_minor),
                    money.of(*request_minor)
                )
            }
            What::AboveShipmentLimit { limit_minor, used_minor, request_minor, months, source } => {
                format!(
                    "ületab selle kuu tarnelimiiti {} ({}): kasutatud {}, küsitud {}",
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
                "mahub lepingu krediidilimiiti {}: võlg {}, reserveeritud {}, küsitud {}",
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
                "ületab lepingu krediidilimiiti {}: võlg {}, reserveeritud {}, küsitud {}",
                money.of(*depth_minor),
                money.of(*receivable_minor),
                money.of(*reserved_minor),
                money.of(*request_minor)
            ),
            What::DeferralTooLong { asked_days, allowed_days } => format!(
                "küsitud maksetähtaeg {}, lubatud {}",
                self.days(i64::from(*asked_days)),
                self.days(i64::from(*allowed_days))
            ),
            What::OnStopList { number, overdue_minor, working_days_overdue, .. } => format!(
                "stoppnimekirjas: tähtaja ületanud võlg {}, arve {number} on hilinenud {}",
                money.of(*overdue_minor),
                self.working_days(*working_days_overdue)
            ),
            What::ShipmentStopped { number, overdue_minor, days_overdue, .. } => format!(
                "tarned on peatatud kuni raha laekumiseni: tähtaja ületanud võlg {}, arve {number} on hilinenud {}",
                money.of(*overdue_minor),
                self.days(*days_overdue)
            ),
            What::PrepaymentRequired { percent } => format!("ainult {percent}% ettemaksuga"),
            What::Prepaid => "ette makstud: limiidid ei kehti".to_owned(),
            What::OtherCurrency { asked, account } => {
                format!("tellimuse valuuta on {asked}, kliendi konto valuuta {account}")
            }
            What::SnapshotTooOld { lease_hours, .. } => format!(
                "telefoni andmed on vanemad kui {}: sünkroonige, enne kui midagi lubate",
                self.hours(i64::from(*lease_hours))
            ),
            What::OnLoan { left_minor, request_minor, .. } => format!(
                "sellele telefonile antud limiidiosa piires: alles {}, küsitud {}",
                money.of(*left_minor),
                money.of(*request_minor)
            ),
            What::PartlyOnLoan { drawn_minor, .. } => {
                format!("{} sellest on antud sellele telefonile ja on vaba", money.of(*drawn_minor))
            }
            What::LoanOver { .. } => {
                "sellele telefonile antud limiidiosa kasutati pärast tähtaega".to_owned()
            }
            What::LoanGone => {
                "sellele telefonile antud limiidiosa on tagastatud või ära kasutatud".to_owned()
            }
            What::WithinRepAuthority { days, granted_before, most, category, mark } => format!(
                "müügiesindaja volituste piires: {}, varem antud {}, lubatud {} ({}{})",
                self.days(*days),
                self.days(*granted_before),
                self.days(i64::from(*most)),
                self.category(*category),
                marked(*mark)
            ),
            What::BeyondRepAuthority { days, granted_before, most, category, mark } => format!(
                "ületab müügiesindaja volitusi: {}, varem antud {}, lubatud {} ({}{})",
                self.days(*days),
                self.days(*granted_before),
                self.days(i64::from(*most)),
                self.category(*category),
                marked(*mark)
            ),
            What::NonPayer => "klient on mittemaksja: krediiti talle ei anta".to_owned(),
            What::HighRiskMark => "märge (c), suur risk: otsustab vahetu juht".to_owned(),
            What::CategoryChanged { category, .. } => format!(
                "pärast telefoni viimast sünkroonimist muutus kliendi kategooria: {}",
                self.category(*category)
            ),
            What::RepeatedDeferral { times } => format!(
                "maksepikendust on varem antud {times} {}",
                of_two(i64::from(*times), "kord", "korda")
            ),
            What::BeyondSupervisor { until, working_days, most } => format!(
                "{} on {} pärast maksetähtpäeva; vahetu juht võib anda kuni {}",
                self.date(*until),
                self.working_days(*working_days),
                self.working_days(i64::from(*most))
            ),
            What::BeyondHeadOfSales { until, last } => format!(
                "{} on hilisem kui {}, viimane päev, mille võib anda müügiosakonna juhataja",
                self.date(*until),
                self.date(*last)
            ),
            What::NothingDeferred { until } => {
                format!(
                    "{} ei ole maksetähtpäevast hilisem: midagi ei lükata edasi",
                    self.date(*until)
                )
            }
            What::InvoiceNotOpen { number, .. } => format!("arvel {number} ei ole tasumata summat"),
            What::RiskClassStricter { class, category, terms } => format!(
                "riskiklass ({}) on rangem kui kategooria ({}): kehtivad kategooria „{}“ tingimused",
                self.risk_class(*class),
                self.category(*category),
                self.category(*terms)
            ),
            What::LetterDemanded { role, .. } => {
                format!("{} nõuab kliendi garantiikirja", self.role(*role))
            }
            What::GuaranteedBy { dated_on, pay_by, amount_minor } => format!(
                "garantiikiri kuupäevaga {}: {}, tasumise tähtaeg {}",
                self.date(*dated_on),
                money.of(*amount_minor),
                self.date(*pay_by)
            ),
            What::FeePaidInWeek { number, paid_on, week, fee_minor, role } => format!(
                "arve {number} tasuti täielikult {}, viivituse {week}. nädalal: viivisest {} \
                 võib loobuda {}",
                self.date(*paid_on),
                money.of(*fee_minor),
                self.role(*role)
            ),
            What::FeeNotPaidInFull { number, open_minor, fee_minor } => format!(
                "arve {number} ei ole täielikult tasutud, tasumata on {}: viivisest {} võib \
                 loobuda ainult direktor",
                money.of(*open_minor),
                money.of(*fee_minor)
            ),
            What::FeeOfAgreement { number, signed_on, fee_minor } => format!(
                "arve {number} viivis {} lepiti kokku {} maksegraafiku kokkuleppes: sellest võib \
                 loobuda ainult direktor",
                money.of(*fee_minor),
                self.date(*signed_on)
            ),
            What::NoFeeOpen { number } => format!("arvel {number} ei ole tasumata viivist"),
            What::Approved { role, .. } => format!("kinnitas {}", self.role(*role)),
            What::Turned { role, why, .. } => {
                format!("tagasi lükkas {}: {why}", self.role(*role))
            }
            What::SentUp { from, to, .. } => {
                format!("{} saatis edasi; otsustab {}", self.role(*from), self.role(*to))
            }
        }
    }
}

fn limit_from(source: LimitSource, months: u8) -> String {
    match source {
        LimitSource::Months => format!("{months} kuu keskmine"),
        LimitSource::SafeShipment => "kliendikaardi ohutu limiit".to_owned(),
        LimitSource::CategoryDefault => "kategooria vaikelimiit".to_owned(),
    }
}

fn marked(mark: Option<Mark>) -> String {
    mark.map(|mark| format!(", märge ({})", mark.letter())).unwrap_or_default()
}
