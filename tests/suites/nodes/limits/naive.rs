//! The control: adding up and then inserting, without a lock.

use saldo_tests::inside::LIMIT_MINOR;
use sqlx::{Connection as _, PgConnection};

/// Sixteen add up what is taken of a limit, and insert if it fits, all at the same time: gives by how much
/// it is overshot.
pub(super) async fn overshot(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql("create table naive_order (amount_minor bigint not null)")
        .execute(&mut connection)
        .await
        .unwrap();
    let all_have_added_up = tokio::sync::Barrier::new(16);
    let orders = (0..16).map(|_| async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        for _ in 0..8 {
            let mut tx = connection.begin().await.unwrap();
            let taken: i64 = sqlx::query_scalar(
                "select cast(coalesce(sum(amount_minor), 0) as bigint) from naive_order",
            )
            .fetch_one(&mut *tx)
            .await
            .unwrap();
            all_have_added_up.wait().await;
            if taken + 20_000 <= LIMIT_MINOR {
                sqlx::query("insert into naive_order values (20000)")
                    .execute(&mut *tx)
                    .await
                    .unwrap();
            }
            tx.commit().await.unwrap();
        }
    });
    futures_util::future::join_all(orders).await;
    let taken: i64 =
        sqlx::query_scalar("select cast(sum(amount_minor) as bigint) from naive_order")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    taken - LIMIT_MINOR
}
