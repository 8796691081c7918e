//! What an ERP may do next, and what the model says must follow.

use super::*;

impl Model {
    fn ask(&mut self, replaced: Option<u128>) -> Step {
        let number = self.fresh();
        let client = match replaced {
            Some(old) => self.orders[&old].client,
            None => self.random.random_range(0..self.books.len()),
        };
        let asked = self.minor([30_000, 60_000, 60_000][client]);
        let mut body = json!({"client_code": code(client), "amount": text(asked),
            "deferral_days": 14});
        let mut status = StatusCode::OK;
        if let Some(old) = replaced {
            body["replaces"] = json!(id(old));
            let before = self.orders.get_mut(&old).unwrap();
            if before.has_left() || before.is_replaced {
                status = StatusCode::CONFLICT;
            } else {
                before.state = State::Cancelled;
                before.is_replaced = true;
            }
        }
        if status == StatusCode::OK {
            let order = Order {
                client,
                asked,
                rest: asked,
                state: self.judge(client, asked),
                released_on: self.today,
                is_billed: false,
                is_confirmed: false,
                is_cancel_told: false,
                is_replaced: false,
            };
            self.orders.insert(number, order);
        }
        let about = (status == StatusCode::OK).then_some(number);
        Step { path: shipment(number), body, status, about }
    }

    fn ship(&mut self) -> Option<Step> {
        let number = self.any_order().filter(|number| !self.orders[number].is_confirmed)?;
        let back = self.random.random_range(0..4);
        let (day, asked) = (self.today - Days::new(back), self.orders[&number].asked);
        let amount = match self.random.random_range(0..4) {
            0 => self.minor(asked),
            1 => asked + 1,
            _ => asked,
        };
        let order = self.orders.get_mut(&number).unwrap();
        let in_time = (order.released_on - Days::new(1)..=order.last_day()).contains(&day);
        let may = amount <= asked
            && match order.state {
                State::Released | State::Expired => in_time,
                State::Shipped | State::Invoiced | State::Returned => true,
                State::Held | State::Cancelled => false,
            };
        if may {
            order.is_confirmed = true;
            if !matches!(order.state, State::Invoiced | State::Returned) {
                order.rest = (amount - (asked - order.rest)).max(0);
                order.state = State::Shipped;
            }
        }
        let mut body = json!({"shipped_on": day});
        if amount != asked || self.one_in(2) {
            body["amount"] = json!(text(amount));
        }
        Some(Step {
            path: format!("{}/shipped", shipment(number)),
            body,
            status: if may { StatusCode::OK } else { StatusCode::CONFLICT },
            about: Some(number),
        })
    }

    fn cancel(&mut self) -> Option<Step> {
        let number = self.any_order().filter(|number| !self.orders[number].is_cancel_told)?;
        let order = self.orders.get_mut(&number).unwrap();
        let may = !order.has_left();
        if may {
            order.state = State::Cancelled;
            order.is_cancel_told = true;
        }
        Some(Step {
            path: format!("{}/cancelled", shipment(number)),
            body: json!({"why": "not wanted"}),
            status: if may { StatusCode::OK } else { StatusCode::CONFLICT },
            about: Some(number),
        })
    }

    fn bill(&mut self) -> Step {
        let number = self.fresh();
        let of = if self.one_in(6) { None } else { self.any_order() };
        let (more, today) = (self.one_in(2), self.today);
        let most = of.map_or(20_000, |of| self.orders[&of].asked * 6 / 5);
        let amount = self.minor(most);
        let client = match of {
            Some(of) => self.orders[&of].client,
            None => self.random.random_range(0..self.books.len()),
        };
        let mut status = StatusCode::OK;
        if let Some(order) = of.and_then(|of| self.orders.get_mut(&of)) {
            let is_over = order.is_over(today) || order.state == State::Expired;
            if order.was_never_released() {
                status = StatusCode::CONFLICT;
            } else if matches!(order.state, State::Released | State::Expired | State::Shipped) {
                order.rest -= amount.min(order.rest);
                if !more {
                    order.rest = 0;
                    order.state = State::Invoiced;
                } else if !is_over {
                    order.state = State::Shipped;
                }
                order.is_billed = true;
            }
        }
        let name = format!("F-{number}");
        if status == StatusCode::OK {
            self.books[client].billed += amount;
            self.books[client].numbers.push(name.clone());
        }
        let body = json!({"client_code": code(client), "number": name, "issued_on": today,
            "due_on": today + Days::new(60), "amount": text(amount), "shipment": of.map(id),
            "more_to_come": more});
        Step { path: format!("/v1/invoices/{}", id(number)), body, status, about: of }
    }

    fn give_back(&mut self) -> Step {
        let number = self.fresh();
        let of = if self.one_in(2) { None } else { self.any_order() };
        let client = match of {
            Some(of) => self.orders[&of].client,
            None => self.random.random_range(0..self.books.len()),
        };
        let amount = self.minor(15_000);
        let mut body = json!({"client_code": code(client), "number": format!("K-{number}"),
            "issued_on": self.today, "amount": text(amount)});
        let (mut status, mut freed) = (StatusCode::OK, 0);
        match of.and_then(|of| self.orders.get_mut(&of)) {
            Some(order) => {
                body["shipment"] = json!(of.map(id));
                if order.was_never_released() {
                    status = StatusCode::CONFLICT;
                } else if !matches!(order.state, State::Invoiced | State::Returned) {
                    freed = amount.min(order.rest);
                    order.rest -= freed;
                    if order.rest == 0 {
                        order.state =
                            if order.is_billed { State::Invoiced } else { State::Returned };
                    }
                }
            }
            None => {
                if let Some(name) = self.any_number(client) {
                    body["invoice"] = json!(name);
                }
            }
        }
        if status == StatusCode::OK {
            self.books[client].credited += amount - freed;
        }
        Step { path: format!("/v1/returns/{}", id(number)), body, status, about: of }
    }

    fn pay(&mut self) -> Step {
        let number = self.fresh();
        let client = self.random.random_range(0..self.books.len());
        let amount = self.minor(80_000);
        let named: Vec<String> = (0..self.random.random_range(0..3_u8))
            .filter_map(|_| self.any_number(client))
            .collect();
        self.books[client].paid += amount;
        let body = json!({"client_code": code(client), "amount": text(amount),
            "paid_on": self.today, "invoices": named});
        let path = format!("/v1/payments/{}", id(number));
        Step { path, body, status: StatusCode::OK, about: None }
    }

    /// An invoice's number, now and then of one that is not there.
    fn any_number(&mut self, client: usize) -> Option<String> {
        if self.one_in(8) {
            return Some("X-0".to_owned());
        }
        let many = self.books[client].numbers.len();
        let at = if many == 0 { 0 } else { self.random.random_range(0..many) };
        self.books[client].numbers.get(at).cloned()
    }

    pub(super) fn step(&mut self) -> Step {
        loop {
            let step = match self.random.random_range(0..20) {
                0..6 => Some(self.ask(None)),
                6..8 => self.any_order().map(|old| self.ask(Some(old))),
                8..11 => self.ship(),
                11 => self.cancel(),
                12..15 => Some(self.bill()),
                15..17 => Some(self.give_back()),
                _ => Some(self.pay()),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }

    /// The night ends what has run out; of how many clients.
    pub(super) fn night(&mut self) -> usize {
        let today = self.today;
        let mut clients: Vec<usize> = Vec::new();
        for order in self.orders.values_mut().filter(|order| order.is_over(today)) {
            order.state = State::Expired;
            clients.push(order.client);
        }
        clients.sort_unstable();
        clients.dedup();
        clients.len()
    }
}
