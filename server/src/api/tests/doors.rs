//! Sign-in, sessions, one-time codes.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use saldo_core::roles::Role;
use saldo_core::time::HOUR_MILLIS;
use saldo_core::wire::public_key_of;
use serde_json::{Value, json};

use super::office::{Answer, Office, answer};
use crate::auth::{EnrolmentCode, enrolment, passwords};
use crate::flow::world::who;
use crate::store::people;

async fn office_with_password(role: Role, password: &str) -> Office {
    let office = Office::new().await;
    let hash = passwords::hash_here(password).unwrap();
    let mut tx = office.world.state.db.begin_write().await.unwrap();
    assert!(people::set_password_hash(&mut tx, who(role).person, &hash).await.unwrap());
    tx.commit().await.unwrap();
    office
}

async fn try_password(office: &Office, login: &str, password: &str) -> Answer {
    office.post("/v1/sign-in", None, &json!({"login": login, "password": password})).await
}

#[tokio::test]
async fn the_right_password_opens_a_session_until_sign_out() {
    let office = office_with_password(Role::Supervisor, "correct horse").await;
    let signed_in = try_password(&office, "Supervisor", "correct horse").await;
    assert_eq!(signed_in.status, StatusCode::OK, "{}", signed_in.text);
    let token = signed_in.json()["token"].as_str().unwrap().to_owned();
    let token = crate::auth::SessionToken::presented(&token).unwrap();
    let me = office.get("/v1/me", Some(&token)).await;
    assert_eq!(me.json()["role"], "supervisor");
    let out = office.post("/v1/sign-out", Some(&token), &Value::Null).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(office.get("/v1/me", Some(&token)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_wrong_password_is_told_noted_and_held_back() {
    let office = office_with_password(Role::Supervisor, "correct horse").await;
    let unknown = try_password(&office, "nobody", "x").await;
    for _ in 0..5 {
        let wrong = try_password(&office, "supervisor", "wrong").await;
        assert_eq!(
            (wrong.status, wrong.code().as_str()),
            (StatusCode::UNAUTHORIZED, "wrong_password")
        );
        assert_eq!(wrong.text, unknown.text, "an unknown login must look the same");
    }
    let held_back = try_password(&office, "supervisor", "correct horse").await;
    assert_eq!(held_back.status, StatusCode::TOO_MANY_REQUESTS, "even the right one waits");
    assert!(held_back.header(header::RETRY_AFTER).parse::<u64>().unwrap() >= 1);
    let events = office.events().await;
    assert_eq!(events.len(), 6);
    assert_eq!(events[0].detail, "wrong password");
    assert_eq!(events[5].detail, "unknown login");
    assert!(events.iter().all(|event| event.event == "wrong_password"));
}

#[tokio::test]
async fn a_session_slides_with_use_and_ends_without() {
    let office = Office::new().await;
    let token = office.token(Role::Director).await;
    let me_at = async |hours| {
        let request = Request::get("/v1/me")
            .header(header::COOKIE, format!("other=1; saldo_session={}", token.reveal()))
            .body(Body::empty())
            .unwrap();
        answer(&office.later(hours), request).await.status
    };
    assert_eq!(me_at(11).await, StatusCode::OK);
    assert_eq!(me_at(22).await, StatusCode::OK, "the request at hour 11 prolonged it");
    assert_eq!(me_at(35).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_sign_in_page_sets_a_strict_cookie_and_leads_back() {
    let office = office_with_password(Role::Supervisor, "correct horse").await;
    let away = office.get("/clients?q=a%20b", None).await;
    assert_eq!(away.status, StatusCode::SEE_OTHER);
    assert_eq!(away.header(header::LOCATION), "/sign-in?then=/clients%3Fq%3Da%2520b");
    let send = |password: &str| {
        let form = format!("login=supervisor&password={password}&then=/aging");
        Request::post("/sign-in")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap()
    };
    let wrong = answer(&office.router, send("wrong")).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text.contains("login or password is wrong"));
    let right = answer(&office.router, send("correct+horse")).await;
    assert_eq!(right.header(header::LOCATION), "/aging");
    let cookie = right.header(header::SET_COOKIE);
    for part in ["saldo_session=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[tokio::test]
async fn what_another_site_sends_is_refused() {
    let office = Office::new().await;
    let token = office.token(Role::Director).await;
    let request = Request::post("/sign-out")
        .header(header::COOKIE, format!("saldo_session={}", token.reveal()))
        .header(header::HOST, "saldo.example")
        .header(header::ORIGIN, "https://evil.example")
        .body(Body::empty())
        .unwrap();
    assert_eq!(answer(&office.router, request).await.status, StatusCode::FORBIDDEN);
    assert_eq!(office.get("/v1/me", Some(&token)).await.status, StatusCode::OK, "still signed in");
}

fn enrolment_with(code: &str, key: u8) -> Value {
    json!({
        "code": code,
        "public_key": hex::encode(public_key_of(&[key; 32])),
        "device_name": "test phone",
        "app_version": "1.0",
    })
}

#[tokio::test]
async fn a_code_lets_one_phone_in_once() {
    let office = Office::new().await;
    let token = office.token(Role::Rep).await;
    let issued = office.post("/v1/enrolment-codes", Some(&token), &json!({})).await;
    assert_eq!(issued.status, StatusCode::OK, "{}", issued.text);
    let code = issued.json()["code"].as_str().unwrap().to_owned();
    let enrolled = office.post("/v1/enrol", None, &enrolment_with(&code, 1)).await;
    assert_eq!(enrolled.status, StatusCode::OK, "{}", enrolled.text);
    assert_eq!(enrolled.json()["time_zone"], "Europe/Tallinn");
    assert_eq!(enrolled.json()["install_epoch"], 1);
    let again = office.post("/v1/enrol", None, &enrolment_with(&code, 2)).await;
    assert_eq!((again.status, again.code().as_str()), (StatusCode::UNAUTHORIZED, "bad_code"));
    let details: Vec<_> = office.events().await.into_iter().map(|event| event.detail).collect();
    assert_eq!(details[0], "used code");
    assert!(details[1].starts_with("device "));
}

#[tokio::test]
async fn the_same_phone_comes_back_as_its_next_installation() {
    let office = Office::new().await;
    let token = office.token(Role::Rep).await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let issued = office.post("/v1/enrolment-codes", Some(&token), &json!({})).await.json();
        let code = issued["code"].as_str().unwrap().to_owned();
        answers.push(office.post("/v1/enrol", None, &enrolment_with(&code, 1)).await.json());
    }
    assert_eq!(answers[0]["device"], answers[1]["device"]);
    assert_eq!(answers[1]["install_epoch"], 2);
    // Somebody else cannot take the phone over while its key is the first one's.
    let other = office.token(Role::Supervisor).await;
    let issued = office.post("/v1/enrolment-codes", Some(&other), &json!({})).await.json();
    let code = issued["code"].as_str().unwrap().to_owned();
    let taken = office.post("/v1/enrol", None, &enrolment_with(&code, 1)).await;
    assert_eq!(taken.code(), "conflict");
    let fresh = office.post("/v1/enrol", None, &enrolment_with(&code, 3)).await;
    assert_eq!(fresh.status, StatusCode::OK, "the code was not used up by the refusal");
}

#[tokio::test]
async fn an_old_code_and_a_replaced_code_hold_no_longer() {
    let office = Office::new().await;
    let codes = [[1; 8], [2; 8], [3; 8]].map(EnrolmentCode::from_random);
    let now = office.world.state.clock.now();
    let mut tx = office.world.state.db.begin_write().await.unwrap();
    for (code, hours_ago) in codes.iter().zip([24, 2, 1]) {
        let then = now.plus_millis(-hours_ago * HOUR_MILLIS);
        let person = who(Role::Rep).person;
        enrolment::keep(&mut tx, code, person, None, then).await.unwrap();
    }
    tx.commit().await.unwrap();
    for code in &codes[..2] {
        let refused = office.post("/v1/enrol", None, &enrolment_with(&code.reveal(), 1)).await;
        assert_eq!(refused.code(), "bad_code");
        assert_eq!(office.events().await[0].detail, "expired code");
    }
    let newest = office.post("/v1/enrol", None, &enrolment_with(&codes[2].reveal(), 1)).await;
    assert_eq!(newest.status, StatusCode::OK);
}

#[tokio::test]
async fn guessing_codes_is_held_back() {
    let office = Office::new().await;
    for _ in 0..10 {
        let guess = office.post("/v1/enrol", None, &enrolment_with("ABCD-EFGH", 1)).await;
        assert_eq!(guess.code(), "bad_code");
    }
    let guess = office.post("/v1/enrol", None, &enrolment_with("ABCD-EFGH", 1)).await;
    assert_eq!(guess.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn codes_are_issued_only_to_those_one_answers_for() {
    let office = Office::new().await;
    for (role, login, status) in [
        (Role::Rep, "rep", StatusCode::OK),
        (Role::Rep, "director", StatusCode::NOT_FOUND),
        (Role::Supervisor, "rep", StatusCode::NOT_FOUND), // not this one's team
        (Role::Director, "rep", StatusCode::NOT_FOUND),
        (Role::Operator, "rep", StatusCode::OK),
        (Role::Operator, "nobody", StatusCode::NOT_FOUND),
    ] {
        let token = office.token(role).await;
        let asked = json!({"login": login});
        let issued = office.post("/v1/enrolment-codes", Some(&token), &asked).await;
        assert_eq!(issued.status, status, "{role} for {login}: {}", issued.text);
    }
}

/// A phone reads every refusal as a problem, the one of a flood of bytes too.
#[tokio::test]
async fn rubbish_and_floods_at_the_sync_door_are_told_as_problems() {
    let office = Office::new().await;
    let push = async |bytes: Vec<u8>| {
        let request = Request::post("/v1/sync").body(Body::from(bytes)).unwrap();
        answer(&office.router, request).await
    };
    let flood = push(vec![0; saldo_core::wire::LARGEST_REQUEST_BYTES + 1]).await;
    assert_eq!((flood.status, flood.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    let rubbish = push(vec![7; 1_000]).await;
    assert_eq!((rubbish.status, rubbish.code().as_str()), (StatusCode::BAD_REQUEST, "bad_request"));
}
