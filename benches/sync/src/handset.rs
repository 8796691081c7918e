//! The phone's own side, and a phone among many documents.

use saldo_core::documents::Subject;
use saldo_server::store::clients;
use saldo_server::sync::{Sequencer, write_as_server};

use crate::company::{Company, Size};
use crate::error::BenchError;
use crate::exchange::{self, Measured};
use crate::figures::Spread;
use crate::phone::Task;
use crate::process::{self, Server};
use crate::template::{Ground, Reference, unrefused};
use crate::workload::{self, OPEN_INVOICES};

/// Clients on the phone that shows one of them.
const SHOWN_AMONG: usize = 800;

/// Facts that are recorded one after the other.
const RECORDED: usize = 100;

/// Documents among which a few change.
const MANY_DOCUMENTS: usize = 5_000;

/// How many change.
const FEW_CHANGES: usize = 20;

/// What a phone does without a network.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Handset {
    /// Opening the store and showing a client among [`SHOWN_AMONG`], in microseconds, each in a
    /// fresh process.
    pub(crate) show_micros: Spread,
    /// Recording a fact so that it is on the disk, in microseconds.
    pub(crate) record_micros: Spread,
    /// The most memory of the processes that held the reference workload's documents, in kB: the
    /// one that fetched them all, the one that came back with a day.
    pub(crate) peak_kb: u64,
}

/// Measures what a phone does by itself. `synced` are the phones that were measured syncing.
pub(crate) fn alone(
    ground: &Ground,
    state: &Reference,
    synced: &[Measured],
    rounds: usize,
) -> Result<Handset, BenchError> {
    let size = Size { reps: 1, clients_of_a_rep: SHOWN_AMONG, open_invoices: OPEN_INVOICES };
    let company = ground.runtime.block_on(Company::make(
        &ground.saldo,
        ground.folder.join("800.db"),
        size,
    ))?;
    let phone = filled_phone(ground, &company, "phone-of-800")?;
    let code = workload::client_code(SHOWN_AMONG / 2);
    let show = || ground.phone(Task::Show, &phone, "", &["--code", &code]);
    let shown = (0..rounds)
        .map(|_| Ok(show()?.micros.first().copied().unwrap_or_default()))
        .collect::<Result<Vec<u64>, BenchError>>()?;
    let recorder = ground.copy(&state.synced, "phone")?;
    let recorded =
        ground.phone(Task::Record, &recorder, "", &["--times", &RECORDED.to_string()])?;
    Ok(Handset {
        show_micros: Spread::of(shown),
        record_micros: Spread::of(recorded.micros),
        peak_kb: synced.iter().map(|one| one.phone_peak_kb.most).max().unwrap_or_default(),
    })
}

/// A few changes among many documents: first such that the phone fetches, then such that it sends.
pub(crate) fn among_many(ground: &Ground) -> Result<Vec<Measured>, BenchError> {
    let size = Size { reps: 1, clients_of_a_rep: MANY_DOCUMENTS, open_invoices: 1 };
    let company = ground.runtime.block_on(Company::make(
        &ground.saldo,
        ground.folder.join("5000.db"),
        size,
    ))?;
    ground.runtime.block_on(cards(&company))?;
    let fetching = filled_phone(ground, &company, "phone-of-5000")?;
    // Two phones: copies of one would find one another out.
    let sending = filled_phone(ground, &company, "phone-of-5000-sending")?;
    let few = FEW_CHANGES.to_string();
    ground.phone(Task::Edit, &sending, "", &["--times", &few])?;

    let changed = ground.folder.join("5000-changed.db");
    process::copy(&company.database, &changed)?;
    let server = Server::saldo(&ground.saldo, &changed)?;
    let writer = ground.copy(&sending, "writer")?;
    let told = ground.phone(Task::Sync, &writer, &format!("http://{}", server.address()), &[])?;
    unrefused(&told)?;
    server.stop()?;
    Ok(vec![
        exchange::one(ground, "20 of 5,000 fetched", &fetching, &changed, 1)?,
        exchange::one(ground, "20 of 5,000 sent", &sending, &company.database, 1)?,
    ])
}

/// A card with a few fields for each client.
async fn cards(company: &Company) -> Result<(), BenchError> {
    let db = company.open().await?;
    let mut tx = db.begin_write().await?;
    for (number, client) in clients::ids(&mut tx).await?.into_iter().enumerate() {
        write_as_server(&mut tx, Subject::ClientCard { client }, |card| {
            let mut changes = Vec::new();
            for edit in workload::card_history(number).into_iter().take(2) {
                if let workload::CardEdit::Field(field, text) = edit {
                    changes.extend(card.set_fields(&[(field, text.as_str())])?);
                }
            }
            Ok(changes)
        })
        .await?;
    }
    tx.commit().await?;
    Sequencer::default().run(&db).await?;
    db.close().await;
    Ok(())
}

/// A phone that has everything of the company.
fn filled_phone(
    ground: &Ground,
    company: &Company,
    name: &str,
) -> Result<std::path::PathBuf, BenchError> {
    let phone = ground.folder.join(name);
    let server = Server::saldo(&ground.saldo, &company.database)?;
    let url = format!("http://{}", server.address());
    let code = ground.runtime.block_on(company.code())?;
    ground.phone(Task::Enrol, &phone, &url, &["--code", &code])?;
    ground.phone(Task::Sync, &phone, &url, &["--times", "2"])?;
    server.stop()?;
    Ok(phone)
}
