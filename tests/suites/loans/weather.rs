//! Many phones, any weather, any order of things: what a phone called firm is released, and no limit is
//! overshot.

use std::sync::Arc;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use saldo_mobile::Outcome;
use saldo_tests::inside::{
    Company, Handset, LIMIT_MINOR, REPS, SUPERVISOR, TERRITORIES, Weather, client, rep, scale,
};

use super::{HOURS, all_is_well, an_order, hours, is_firm, lend_at, nothing_is_overshot, now};

/// Rounds of each story in every run.
const SHORT: u64 = 12;

/// Hours of a story: no release ends in it, nor the month.
const MOST_HOURS: i64 = 60;

/// Stories.
const STORIES: u64 = 4;

#[test]
fn firm_orders_are_released_in_any_weather() {
    let scale = scale("SALDO_LOANS", SHORT);
    let begun = Instant::now();
    let (mut firm, mut others) = (0, 0);
    for story in 0..STORIES {
        let told = one_story(scale.seed * 100 + story, scale.times);
        (firm, others) = (firm + told.0, others + told.1);
    }
    println!(
        "loans from seed {}: {STORIES} stories of {} rounds, {firm} firm orders all released, \
         {others} others, overshoot 0, in {:?}",
        scale.seed,
        scale.times,
        begun.elapsed()
    );
    assert!(firm > 0 && others > 0, "nothing was seen: {firm} firm, {others} others");
}

/// Gives how many orders were firm, and how many were not.
fn one_story(seed: u64, rounds: u64) -> (usize, usize) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let company = Company::new();
    lend_at(&company);
    let people = (0..REPS).map(rep).chain([SUPERVISOR]).cycle();
    let phones: Vec<Handset> = people
        .take(2 * (REPS + 1))
        .enumerate()
        .map(|(number, who)| Handset::enrolled(&company, &format!("phone-{number}"), who))
        .collect();
    let mut firm: Vec<(usize, String)> = Vec::new();
    let (mut others, mut passed) = (0, 0);
    for _ in 0..rounds {
        for _ in 0..phones.len() {
            let number = random.random_range(0..phones.len());
            let told = act(&company, &phones[number], &mut random);
            others += usize::from(matches!(told, Some((_, false))));
            firm.extend(told.filter(|(_, is_firm)| *is_firm).map(|(fact, _)| (number, fact)));
        }
        if random.random_ratio(1, 4) && passed + HOURS < MOST_HOURS {
            // Never past the hours in which an order may be on its way: then it may be too late.
            let some = random.random_range(1..HOURS);
            hours(&company, some);
            passed += some;
            for phone in &phones {
                calm(&company, phone);
            }
        }
        company.end_loans();
        nothing_is_overshot(&company);
    }
    for phone in &phones {
        calm(&company, phone);
    }
    let released = nothing_is_overshot(&company);
    assert!(released > LIMIT_MINOR / 2, "limits were used: {released}");
    for (number, fact) in &firm {
        let shown = phones[*number].phone().verdicts(now(&company)).unwrap();
        let verdict = shown.into_iter().find(|one| one.fact == *fact).and_then(|one| one.verdict);
        let verdict = verdict.unwrap_or_else(|| panic!("seed {seed}: nothing on {fact}"));
        assert!(
            !verdict.provisional && verdict.outcome == Outcome::Released,
            "seed {seed}: it was firm on the phone, and is {verdict:?}"
        );
    }
    all_is_well(&company);
    (firm.len(), others)
}

/// Does something with a phone; gives the order that it wrote, and whether it was firm.
fn act(company: &Arc<Company>, phone: &Handset, random: &mut ChaCha8Rng) -> Option<(String, bool)> {
    let own = (0..REPS).find(|number| rep(*number) == phone.person());
    let number = own.unwrap_or_else(|| random.random_range(0..TERRITORIES));
    let (about, now) = (client(number).to_string(), now(company));
    match random.random_range(0..6) {
        0 => {
            // Before its first sync it knows no client.
            let _ = phone.phone().borrow_limit(&about, now);
            None
        }
        1 | 2 => {
            let minor = random.random_range(2..80) * 100;
            let recorded = phone.phone().record_order(&about, an_order(minor), None, now).ok()?;
            let is_firm = is_firm(&recorded);
            Some((recorded.fact, is_firm))
        }
        3 if random.random_ratio(1, 8) => {
            let _ = phone.phone().return_limit(&about);
            None
        }
        _ => {
            let weather = [
                Weather::Fine,
                Weather::LostReply,
                Weather::Twice,
                Weather::TwiceLastHeard,
                Weather::Cut,
                Weather::Late,
            ];
            phone.line().forecast([weather[random.random_range(0..weather.len())]]);
            let _ = phone.sync(now);
            if random.random() {
                phone.line().arrive(random.random_range(0..8));
            }
            None
        }
    }
}

/// The weather is fine and everything comes through.
fn calm(company: &Arc<Company>, phone: &Handset) {
    phone.line().forecast([]);
    phone.line().all_arrive();
    for _ in 0..60 {
        if phone.sync(now(company)).is_ok_and(|report| report.unsent == 0) {
            return;
        }
    }
    panic!("a phone never comes to rest: {:?}", phone.phone().status());
}
