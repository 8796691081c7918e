//! Russian.

use chrono::NaiveDate;

use super::numbers::Amounts;
use super::plural::russian;
use super::{Language, Tongue};
use crate::category::Category;
use crate::escalation::Rung;
use crate::facts::Mark;
use crate::money::Currency;
use crate::risk::RiskClass;
use crate::roles::Role;
use crate::stop_list::StopLevel;
use crate::verdict::{Effect, LimitSource, Outcome, Paper, What};

pub(super) struct Russian;

impl Tongue for Russian {
    fn outcome(&self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Released => "разрешено",
            Outcome::Held => "задержано",
            Outcome::Refused => "запрещено",
            Outcome::Accepted => "принято",
            Outcome::Pending => "ожидает решения",
            Outcome::Rejected => "отклонено",
            Outcome::Unknown => "неизвестно",
        }
    }

    fn effect(&self, effect: Effect) -> &'static str {
        match effect {
            Effect::Allows => "говорит за",
            Effect::Holds => "требует одобрения",
            Effect::Refuses => "одобрением не снимается",
        }
    }

    fn role(&self, role: Role) -> &'static str {
        match role {
            Role::Rep => "торговый представитель",
            Role::Supervisor => "супервайзер",
            Role::HeadOfSales => "начальник отдела продаж",
            Role::FinanceControl => "начальник службы финансового контроля",
            Role::CommercialDirector => "коммерческий директор",
            Role::Director => "директор",
            Role::Security => "начальник службы безопасности",
            Role::Legal => "юридический отдел",
            Role::Operator => "оператор системы",
        }
    }

    fn category(&self, category: Category) -> &'static str {
        match category {
            Category::Reliable => "надёжный",
            Category::Uncertain => "неопределённый",
            Category::Threatened => "рискованный",
            Category::NonPayer => "неплательщик",
        }
    }

    fn rung(&self, rung: Rung) -> &'static str {
        match rung {
            Rung::Rep => "торговый представитель",
            Rung::Supervisor => "супервайзер",
            Rung::HeadOfSales => "начальник отдела продаж",
            Rung::FinanceControl => "финансовый контроль",
            Rung::Security => "служба безопасности",
            Rung::Director => "директор",
            Rung::Legal => "юридический отдел",
            Rung::WriteOff => "списание",
        }
    }

    fn paper(&self, paper: Paper) -> &'static str {
        match paper {
            Paper::GuaranteeLetter => "гарантийное письмо",
            Paper::PaymentSchedule => "график платежей",
        }
    }

    fn stop_level(&self, level: StopLevel) -> &'static str {
        match level {
            StopLevel::Free => "свободен",
            StopLevel::StopList => "в стоп-листе",
            StopLevel::Stopped => "отгрузка остановлена",
        }
    }

    fn risk_class(&self, class: RiskClass) -> &'static str {
        match class {
            RiskClass::VeryLow => "очень низкий риск",
            RiskClass::Low => "низкий риск",
            RiskClass::Medium => "средний риск",
            RiskClass::High => "высокий риск",
            RiskClass::VeryHigh => "очень высокий риск",
        }
    }

    fn mark(&self, mark: Mark) -> &'static str {
        match mark {
            Mark::A => "в оплате нет сомнений",
            Mark::B => "оплата сомнительна",
            Mark::C => "высокий риск потери денег",
        }
    }

    fn date(&self, date: NaiveDate) -> String {
        date.format("%d.%m.%Y").to_string()
    }

    fn days(&self, n: i64) -> String {
        format!("{n} {}", russian(n, ["день", "дня", "дней"]))
    }

    fn working_days(&self, n: i64) -> String {
        format!("{n} {}", russian(n, ["рабочий день", "рабочих дня", "рабочих дней"]))
    }

    fn hours(&self, n: i64) -> String {
        format!("{n} {}", russian(n, ["час", "часа", "часов"]))
    }

    fn reason(&self, what: &What, currency: Currency) -> String {
        let money = Amounts(Language::Russian, currency);
        match what {
            What::Exempted { lifted, until, why } => {
                format!("освобождён от {lifted} до {}: {why}", self.date(*until))
            }
            What::WithinShipmentLimit {
                limit_minor,
                used_minor,
                request_minor,
                months,
                source,
            } => {
                format!(
                    "в пределах лимита отгрузки на этот месяц {} ({}): использовано {}, запрошено {}",
                    money.of(*limit_minor),
                    limit_from(*source, *months),
                    money.of(*used_minor),
                    money.of(*request_minor)
                )
            }
            What::AboveShipmentLimit { limit_minor, used_minor, request_minor, months, source } => {
                format!(
                    "выше лимита отгрузки на этот месяц {} ({}): использовано {}, запрошено {}",
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
                "в пределах кредитного лимита по договору {}: долг {}, в резерве {}, запрошено {}",
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
                "выше кредитного лимита по договору {}: долг {}, в резерве {}, запрошено {}",
                money.of(*depth_minor),
                money.of(*receivable_minor),
                money.of(*reserved_minor),
                money.of(*request_minor)
            ),
            What::DeferralTooLong { asked_days, allowed_days } => format!(
                "запрошенная отсрочка: {}, допустимая: {}",
                self.days(i64::from(*asked_days)),
                self.days(i64::from(*allowed_days))
            ),
            What::OnStopList { number, overdue_minor, working_days_overdue, .. } => format!(
                "в стоп-листе: просроченный долг {}, счёт {number} просрочен на {}",
                money.of(*overdue_minor),
                self.working_days(*working_days_overdue)
            ),
            What::ShipmentStopped { number, overdue_minor, days_overdue, .. } => format!(
                "отгрузка остановлена до поступления денег: просроченный долг {}, счёт {number} просрочен на {}",
                money.of(*overdue_minor),
                self.days(*days_overdue)
            ),
            What::PrepaymentRequired { percent } => format!("только с предоплатой {percent} %"),
            What::Prepaid => "предоплачено: лимиты не действуют".to_owned(),
            What::OtherCurrency { asked, account } => {
                format!("валюта заказа {asked}, валюта расчётов с клиентом {account}")
            }
            What::SnapshotTooOld { lease_hours, .. } => format!(
                "данные в телефоне старше {lease_hours} {}: синхронизируйте, прежде чем что-либо обещать",
                russian(i64::from(*lease_hours), ["часа", "часов", "часов"])
            ),
            What::OnLoan { left_minor, request_minor, .. } => format!(
                "в пределах части лимита, выданной этому телефону: осталось {}, запрошено {}",
                money.of(*left_minor),
                money.of(*request_minor)
            ),
            What::PartlyOnLoan { drawn_minor, .. } => {
                format!(
                    "{} из этого выдано этому телефону и считается свободным",
                    money.of(*drawn_minor)
                )
            }
            What::LoanOver { .. } => {
                "часть лимита, выданная этому телефону, использована позже срока".to_owned()
            }
            What::LoanGone => {
                "часть лимита, выданная этому телефону, возвращена или израсходована".to_owned()
            }
            What::WithinRepAuthority { days, granted_before, most, category, mark } => format!(
                "в пределах полномочий торгового представителя: {}, предоставлено ранее: {}, допустимо: {} ({}{})",
                self.days(*days),
                self.days(*granted_before),
                self.days(i64::from(*most)),
                self.category(*category),
                marked(*mark)
            ),
            What::BeyondRepAuthority { days, granted_before, most, category, mark } => format!(
                "вне полномочий торгового представителя: {}, предоставлено ранее: {}, допустимо: {} ({}{})",
                self.days(*days),
                self.days(*granted_before),
                self.days(i64::from(*most)),
                self.category(*category),
                marked(*mark)
            ),
            What::NonPayer => "клиент — неплательщик: кредит ему не предоставляется".to_owned(),
            What::HighRiskMark => "отметка (c), высокий риск: решает супервайзер".to_owned(),
            What::CategoryChanged { category, .. } => format!(
                "после последней синхронизации телефона изменилась категория клиента: {}",
                self.category(*category)
            ),
            What::RepeatedDeferral { times } => format!(
                "отсрочка уже предоставлялась {times} {}",
                russian(i64::from(*times), ["раз", "раза", "раз"])
            ),
            What::BeyondSupervisor { until, working_days, most } => format!(
                "{} — это {} после срока оплаты; супервайзер может предоставить {}",
                self.date(*until),
                self.working_days(*working_days),
                self.working_days(i64::from(*most))
            ),
            What::BeyondHeadOfSales { until, last } => format!(
                "{} позже {} — последнего дня, который может предоставить начальник отдела продаж",
                self.date(*until),
                self.date(*last)
            ),
            What::NothingDeferred { until } => {
                format!("{} не позже срока оплаты: отсрочки нет", self.date(*until))
            }
            What::InvoiceNotOpen { number, .. } => {
                format!("по счёту {number} нет неоплаченной суммы")
            }
            What::RiskClassStricter { class, category, terms } => format!(
                "класс риска ({}) строже категории ({}): действуют условия категории «{}»",
                self.risk_class(*class),
                self.category(*category),
                self.category(*terms)
            ),
            What::LetterDemanded { role, .. } => {
                format!("{} требует гарантийное письмо клиента", self.role(*role))
            }
            What::GuaranteedBy { dated_on, pay_by, amount_minor } => format!(
                "гарантийное письмо от {}: {}, оплата до {}",
                self.date(*dated_on),
                money.of(*amount_minor),
                self.date(*pay_by)
            ),
            What::FeePaidInWeek { number, paid_on, week, fee_minor, role } => format!(
                "счёт {number} полностью оплачен {}, на {week}-й неделе просрочки: пеню {} может \
                 списать {}",
                self.date(*paid_on),
                money.of(*fee_minor),
                self.role(*role)
            ),
            What::FeeNotPaidInFull { number, open_minor, fee_minor } => format!(
                "счёт {number} оплачен не полностью, не оплачено {}: пеню {} может списать только \
                 директор",
                money.of(*open_minor),
                money.of(*fee_minor)
            ),
            What::FeeOfAgreement { number, signed_on, fee_minor } => format!(
                "пеня {} по счёту {number} согласована в соглашении о реструктуризации от {}: \
                 списать её может только директор",
                money.of(*fee_minor),
                self.date(*signed_on)
            ),
            What::NoFeeOpen { number } => format!("по счёту {number} нет неоплаченной пени"),
            What::Approved { role, .. } => format!("одобрил {}", self.role(*role)),
            What::Turned { role, why, .. } => {
                format!("отклонил {}: {why}", self.role(*role))
            }
            What::SentUp { from, to, .. } => {
                format!("{} передал выше; решает {}", self.role(*from), self.role(*to))
            }
        }
    }
}

fn limit_from(source: LimitSource, months: u8) -> String {
    match source {
        LimitSource::Months => {
            let word = russian(i64::from(months), ["месяц", "месяца", "месяцев"]);
            format!("среднее за {months} {word}")
        }
        LimitSource::SafeShipment => "безопасный лимит из карточки клиента".to_owned(),
        LimitSource::CategoryDefault => "лимит категории по умолчанию".to_owned(),
    }
}

fn marked(mark: Option<Mark>) -> String {
    mark.map(|mark| format!(", отметка ({})", mark.letter())).unwrap_or_default()
}
