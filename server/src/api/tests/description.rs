//! `docs/openapi.json` says what the code does.

use std::path::Path;

use crate::api::openapi_document;

#[test]
fn the_description_in_the_repository_is_the_codes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let generated = openapi_document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &generated).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == generated,
        "docs/openapi.json is not what the code generates. If the interface was meant to change, \
         run `UPDATE_SNAPSHOTS=1 cargo test -p saldo-server the_description` and commit the file."
    );
}
