//! What follows from the facts of a push and is not written yet: orders, and tasks that somebody is given.
//! A day asks dozens of times; together they are written by a statement each.
//!
//! Who reads orders or tasks from the database has it written before: see who calls [`Following::write`].

use super::{Context, assign};
use crate::store::orders::NewOrder;
use crate::store::tasks::NewTask;
use crate::store::{StoreError, Tx, orders};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Following {
    orders: Vec<NewOrder>,
    tasks: Vec<NewTask>,
}

impl Following {
    /// An order was judged.
    pub(super) fn order(&mut self, order: NewOrder) {
        self.orders.push(order);
    }

    /// Somebody is to be given a task, as by [`assign::give`].
    pub(super) fn task(&mut self, task: NewTask) {
        self.tasks.push(task);
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn write(&mut self, tx: &mut Tx, context: &Context) -> Result<(), StoreError> {
        orders::insert_all(tx, &std::mem::take(&mut self.orders)).await?;
        assign::give_all(tx, context, &std::mem::take(&mut self.tasks)).await
    }
}
