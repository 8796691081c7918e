//! What reps do about what is not overdue yet (R5): reminders and the week's warning calls.

use std::collections::BTreeSet;

use saldo_core::ids::ClientId;
use saldo_core::reminder;

use crate::flow::{Context, reminders};
use crate::store::{Db, StoreError, accounts, tasks};

/// How many clients one transaction looks at: phones that sync meanwhile wait no longer than that.
const CLIENTS_AT_ONCE: usize = 100;

/// Gives the day's reminders and closes those that nothing is left of; gives how many clients are
/// to be reminded.
pub(super) async fn give(db: &Db, context: &Context) -> Result<usize, StoreError> {
    let clients: Vec<ClientId> = concerned(db, context).await?.into_iter().collect();
    let mut reminded = 0;
    for some in clients.chunks(CLIENTS_AT_ONCE) {
        let mut tx = db.begin_write().await?;
        // Looked at again in the transaction that writes: money may have come in since.
        reminded += reminders::look_at_all(&mut tx, context, some).await?;
        tx.commit().await?;
    }
    Ok(reminded)
}

/// The clients with something to do today, and those with something still open from before.
async fn concerned(db: &Db, context: &Context) -> Result<BTreeSet<ClientId>, StoreError> {
    let mut reading = db.begin_read().await?;
    let mut clients = BTreeSet::new();
    for kind in [reminders::REMINDER, reminders::WARNING_CALL] {
        clients.extend(tasks::clients_with_open(&mut reading, kind).await?);
    }
    for account in accounts::load_all(&mut reading, context).await? {
        let due = reminder::of_day(&context.policy, &context.calendar, &account, context.today);
        if !due.is_empty() {
            clients.insert(account.client);
        }
    }
    Ok(clients)
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate};
    use saldo_core::facts::{FactBody, Receipt, ReceiptMethod};
    use saldo_core::roles::Role;

    use crate::flow::world::{World, eur, today};
    use crate::jobs;

    async fn night(world: &World, day: NaiveDate) -> usize {
        jobs::run(&world.state.db, world.now, day).await.unwrap().clients_reminded
    }

    async fn rep_has(world: &World) -> Vec<(String, String)> {
        let inbox = world.inbox(Role::Rep).await;
        inbox.into_iter().map(|task| (task.kind, task.title)).collect()
    }

    fn task(kind: &str, title: &str) -> (String, String) {
        (kind.to_owned(), title.to_owned())
    }

    /// Two invoices due on Friday of next week: one task names both, and the calls are another.
    #[tokio::test]
    async fn one_task_a_client_and_day() {
        let world = World::new().await;
        // Long delivered: the check of R5.2 is over.
        let (issued_on, due_on) = (today() - Days::new(9), today() + Days::new(9));
        for number in [11, 12] {
            world.invoice(number, issued_on, due_on, 10_000).await;
        }
        for day in [today(), today(), today() + Days::new(1)] {
            assert_eq!(night(&world, day).await, 0);
        }
        // Friday: a week before, and the day of the calls.
        let friday = today() + Days::new(2);
        assert_eq!((night(&world, friday).await, night(&world, friday).await), (1, 1));
        let letter = "Remind in writing: A-11 (due 2026-03-20), A-12 (due 2026-03-20)";
        let call = "Call: A-11 (due 2026-03-20), A-12 (due 2026-03-20): next week";
        assert_eq!(rep_has(&world).await, [task("reminder", letter), task("warning_call", call)]);
        assert_eq!(night(&world, friday + Days::new(1)).await, 0, "nobody works on Saturday");
    }

    /// The eve: R5.3 and R5.4 are one task; money closes it at once, and so does the due date.
    #[tokio::test]
    async fn paid_or_overdue_nothing_is_left_to_remind_of() {
        for paid in [true, false] {
            let world = World::new().await;
            world.invoice(11, today() - Days::new(9), today() + Days::new(1), 10_000).await;
            night(&world, today()).await;
            let eve = "Remind in writing, remind in person: A-11 (due 2026-03-12)";
            assert_eq!(rep_has(&world).await, [task("reminder", eve)]);
            if paid {
                let cash = Receipt {
                    amount: eur(10_000),
                    method: ReceiptMethod::Cash,
                    invoices: vec![],
                    note: String::new(),
                };
                world.send(1, FactBody::Receipt(cash)).await;
                assert_eq!(rep_has(&world).await, []);
            }
            night(&world, today() + Days::new(2)).await;
            let kinds: Vec<_> = rep_has(&world).await.into_iter().map(|(kind, _)| kind).collect();
            assert_eq!(kinds, if paid { vec![] } else { vec!["ladder_rep".to_owned()] });
        }
    }
}
