//! Judged facts a second: many phones send a day each, again and again. A day counts when the server has
//! answered that all of it is durable, with the verdicts in the same answer.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use saldo_core::time::UtcMillis;
use saldo_core::wire::PushedBundle;
use saldo_server::clock::Clock;
use saldo_sync_bench::figures::{Thousandths, megabytes, millis};
use saldo_sync_bench::line::{Line, sync_request};
use saldo_sync_bench::process::Server;
use tokio::task::LocalSet;

use crate::database::Database;
use crate::day::{self, FACTS, Known, VERDICTS};
use crate::error::{OfficeError, expect};
use crate::ground::Ground;
use crate::latencies::{Latencies, a_second};
use crate::phone::{self, Phone};
use crate::{company, report};

/// What a company's server is to take.
const TARGET_A_SECOND: u64 = 1_000;

/// So many facts a second are written beforehand; should the server take more, the phones have nothing
/// left to send and the measurement ends early.
const WRITTEN_A_SECOND: u64 = 2_000;

/// So long phones send before anything is counted. A company has facts of the days before, and a database
/// that knows it: on PostgreSQL a plan that was made for empty tables is slow until its statistics come.
const BEFORE: Duration = Duration::from_secs(5);

/// Phones, the next to send first.
type Senders = Rc<RefCell<VecDeque<Sender>>>;

/// A phone with the days that it will send.
#[derive(Debug)]
struct Sender {
    phone: Phone,
    days: VecDeque<PushedBundle>,
}

/// What one connection did.
#[derive(Debug, Default)]
struct Sent {
    latencies: Latencies,
    verdicts: u64,
    bytes: u64,
}

/// Measures for so long, over so many connections at once.
pub(crate) fn measure(ground: &Ground, time: Duration, lines: usize) -> Result<(), OfficeError> {
    let database = ground.after_the_night("facts")?;
    report::progress("writing the days of 500 phones");
    let senders = ground.wait(senders(&database, BEFORE + time))?;
    let senders = Rc::new(RefCell::new(VecDeque::from(senders)));
    let server = ground.serve(&database)?;
    let send_for = |time| {
        let work = send(&server, Rc::clone(&senders), lines, time);
        ground.wait(LocalSet::new().run_until(work))
    };
    report::progress("the phones send, uncounted");
    send_for(BEFORE)?;
    ground.wait(database.settle())?;
    let before = ground.wait(Kept::count(&database))?;
    report::progress("the phones send");
    let (server_cpu, database_cpu) = (server.cpu_micros(), ground.wait(database.cpu_micros()));
    let own_cpu = saldo_sync_bench::process::cpu_micros("self");
    let started = Instant::now();
    let sent = send_for(time)?;
    let elapsed = started.elapsed();
    let server_cpu = server.cpu_micros().saturating_sub(server_cpu);
    let database_cpu = ground.wait(database.cpu_micros()).saturating_sub(database_cpu);
    let own_cpu = saldo_sync_bench::process::cpu_micros("self").saturating_sub(own_cpu);
    let resident_kb = server.resident_kb();
    server.stop()?;
    let after = ground.wait(Kept::count(&database))?;

    let pushes = sent.latencies.count();
    let facts = pushes * FACTS as u64;
    // What the database says; an answer is not believed.
    expect("facts kept", facts, after.facts - before.facts)?;
    expect("facts with a verdict", pushes * VERDICTS as u64, after.judged - before.judged)?;
    expect("verdicts told to phones", pushes * VERDICTS as u64, sent.verdicts)?;
    report::head("facts: judged facts a second");
    report::at_least("judged facts a second", TARGET_A_SECOND, a_second(facts, elapsed));
    report::told("for so many seconds", &elapsed.as_secs().to_string());
    report::told("facts in the database", &facts.to_string());
    report::told("verdicts in the database", &(after.verdicts - before.verdicts).to_string());
    report::told("tasks that came of them", &(after.tasks - before.tasks).to_string());
    report::told("pushes of 48 facts", &pushes.to_string());
    let (p50, p99) = (sent.latencies.permille(500), sent.latencies.permille(990));
    report::told(&format!("push, ms: p50, p99 ({lines} at once)"), &pair(millis(p50), millis(p99)));
    report::told("kB of a push", &Thousandths(sent.bytes / pushes.max(1), 1).to_string());
    let each = |micros: u64| millis(micros / facts.max(1));
    report::told("server CPU ms a fact", &each(server_cpu));
    if database_cpu > 0 {
        report::told("PostgreSQL CPU ms a fact", &each(database_cpu));
    }
    report::told("the phones' own CPU ms a fact", &each(own_cpu));
    report::told("server MB", &megabytes(resident_kb));
    for (outcome, count) in after.outcomes {
        report::told(&format!("verdicts: {outcome}"), &count.to_string());
    }
    ground.wait(database.remove())
}

fn pair(one: String, other: String) -> String {
    format!("{one}, {other}")
}

async fn send(
    server: &Server,
    waiting: Senders,
    lines: usize,
    time: Duration,
) -> Result<Sent, OfficeError> {
    let (started, address) = (Instant::now(), server.address());
    let mut working = Vec::new();
    for _ in 0..lines {
        let waiting = Rc::clone(&waiting);
        working.push(tokio::task::spawn_local(async move {
            let mut sent = Sent::default();
            let mut line = Line::to(address).await?;
            while started.elapsed() < time {
                let Some(mut sender) = waiting.borrow_mut().pop_front() else { break };
                let Some(day) = sender.days.pop_front() else { break };
                let body = sender.phone.push(vec![day])?;
                sent.bytes += body.len() as u64;
                let request = sync_request(address, &body);
                let sent_at = Instant::now();
                let answer = line.exchange(&request).await?;
                sent.latencies.add_since(sent_at);
                let told = sender.phone.take(&answer)?;
                let durable = told.fates.unwrap_or_default().durable;
                expect("durable changes of a push", FACTS as u64, u64::from(durable))?;
                let verdicts = told.rows.iter().filter(|row| row.kind == "verdict").count();
                sent.verdicts += verdicts as u64;
                waiting.borrow_mut().push_back(sender);
            }
            Ok::<Sent, OfficeError>(sent)
        }));
    }
    let mut all = Sent::default();
    for one in working {
        let sent = one.await.map_err(|error| OfficeError::CutOff(error.to_string()))??;
        all.latencies.extend(sent.latencies);
        all.verdicts += sent.verdicts;
        all.bytes += sent.bytes;
    }
    Ok(all)
}

/// Every phone with its days, written on all cores.
async fn senders(database: &Database, time: Duration) -> Result<Vec<Sender>, OfficeError> {
    let phones = phone::all(database, 0).await?;
    let mut known = known(database).await?;
    let wanted = time.as_secs().max(1) * WRITTEN_A_SECOND / FACTS as u64;
    let days = (wanted as usize).div_ceil(phones.len());
    let (now, today) = (Clock::default().now(), company::today());
    let phones: Vec<(Phone, Vec<Known>)> = phones
        .into_iter()
        .map(|phone| {
            let clients = known.remove(&phone.person.to_string()).unwrap_or_default();
            (phone, clients)
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let some = phones.len().div_ceil(threads);
    let mut senders = Vec::new();
    std::thread::scope(|scope| {
        let writing: Vec<_> = phones
            .chunks(some)
            .map(|phones| scope.spawn(move || write(phones, days, today, now)))
            .collect();
        for one in writing {
            let cut_off = |_| OfficeError::CutOff("a thread that writes days".to_owned());
            senders.extend(one.join().map_err(cut_off)??);
        }
        Ok::<(), OfficeError>(())
    })?;
    Ok(senders)
}

fn write(
    phones: &[(Phone, Vec<Known>)],
    days: usize,
    today: chrono::NaiveDate,
    now: UtcMillis,
) -> Result<Vec<Sender>, OfficeError> {
    let of_phone = |(phone, clients): &(Phone, Vec<Known>)| {
        let days = (0..days).map(|number| day::written(phone, clients, number, today, now));
        Ok(Sender { phone: phone.clone(), days: days.collect::<Result<_, OfficeError>>()? })
    };
    phones.iter().map(of_phone).collect()
}

/// The clients of each rep with their open invoices.
async fn known(database: &Database) -> Result<HashMap<String, Vec<Known>>, OfficeError> {
    let rows = database
        .rows(
            "select invoice.open_minor, territory.rep_id || ' ' || client.id || ' ' || invoice.id
                 || ' ' || invoice.number
             from client join territory on territory.id = client.territory_id
             join invoice on invoice.client_id = client.id
             where invoice.open_minor > 0
             order by client.code, invoice.number",
        )
        .await?;
    let mut known: HashMap<String, Vec<Known>> = HashMap::new();
    for (open_minor, text) in rows {
        let mut words = text.split(' ');
        let mut next = || words.next().unwrap_or_default();
        let (rep, client, invoice, number) = (next(), next(), next(), next());
        let (Ok(client), Ok(invoice)) = (client.parse(), invoice.parse()) else { continue };
        let of_rep = known.entry(rep.to_owned()).or_default();
        let open = (invoice, number.to_owned(), open_minor);
        match of_rep.last_mut() {
            Some(last) if last.client == client => last.open.push(open),
            _ => of_rep.push(Known { client, open: vec![open] }),
        }
    }
    Ok(known)
}

/// What the database holds.
#[derive(Debug)]
struct Kept {
    facts: u64,
    verdicts: u64,
    /// Facts with at least one verdict.
    judged: u64,
    tasks: u64,
    outcomes: Vec<(String, i64)>,
}

impl Kept {
    async fn count(database: &Database) -> Result<Self, OfficeError> {
        let outcomes = database
            .rows("select count(*), outcome from verdict group by outcome order by outcome")
            .await?;
        Ok(Self {
            facts: database.count("select count(*) from fact").await?,
            verdicts: database.count("select count(*) from verdict").await?,
            judged: database.count("select count(distinct fact_id) from verdict").await?,
            tasks: database.count("select count(*) from task").await?,
            outcomes: outcomes.into_iter().map(|(count, outcome)| (outcome, count)).collect(),
        })
    }
}
