//! Whatever phones write and however bad the network is, in the end all hold the same, nothing is
//! lost and nothing counts twice. A history is one random row of steps and the rest after it; a
//! world lives through some histories, so that what one leaves behind is there in the next.

mod doings;
mod picture;
mod rest;
mod story;
mod tally;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use saldo_tests::inside::scale;

use story::Story;
use tally::Tally;

/// Histories of one world.
const HISTORIES_OF_A_WORLD: u64 = 25;

/// In every run.
const SHORT: u64 = 300;

#[test]
fn phones_and_server_converge() {
    let scale = scale("SALDO_CONVERGENCE", SHORT);
    let worlds = scale.times.div_ceil(HISTORIES_OF_A_WORLD);
    let (next, begun) = (AtomicU64::new(0), Instant::now());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let tally = std::thread::scope(|scope| {
        let work = || {
            let mut tally = Tally::default();
            loop {
                let world = next.fetch_add(1, Ordering::Relaxed);
                if world >= worlds {
                    return tally;
                }
                tally += live_through(scale.seed + world);
                if world % 400 == 399 {
                    println!("{} worlds after {:?}", world + 1, begun.elapsed());
                }
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut tally = Tally::default();
        for worker in workers {
            match worker.join() {
                Ok(of_one) => tally += of_one,
                Err(panic) => resume_unwind(panic),
            }
        }
        tally
    });
    println!(
        "convergence: {worlds} worlds from seed {}: {tally}, in {:?}",
        scale.seed,
        begun.elapsed()
    );
    tally.saw_everything();
}

/// One world; whoever it fails for can have it again.
fn live_through(seed: u64) -> Tally {
    let mut story = Story::begin(seed);
    let lived = catch_unwind(AssertUnwindSafe(|| {
        for _ in 0..HISTORIES_OF_A_WORLD {
            story.history();
        }
        story.end()
    }));
    lived.unwrap_or_else(|panic| {
        println!(
            "world {seed} failed; again with SALDO_SEED={seed} \
             SALDO_CONVERGENCE={HISTORIES_OF_A_WORLD}. Its last history:\n{}",
            story.told()
        );
        resume_unwind(panic)
    })
}
