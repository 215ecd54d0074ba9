//! Transactions whose request went away leave nothing open behind.

use std::time::Duration;
use testkit::TestApp;

#[tokio::test]
async fn a_request_that_goes_away_while_its_transaction_begins_leaves_none_open() {
    let app = TestApp::start(Vec::new()).await;
    let mut watcher = app.superuser().await;
    let mut left_open = Vec::new();
    let (mut in_time, mut patience) = (0, 0);
    // Each request is a little more patient than the one before, until several in a row have their transaction.
    while in_time < 10 {
        patience += 5;
        let goes_away = async {
            for _ in 0..patience {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            _ = app.app.begin_as_system(app.first, "a request") => in_time += 1,
            () = goes_away => in_time = 0,
        }
        // What was on its way has its end by then; what was given back inside a transaction stays in it.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let open: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'",
        )
        .fetch_one(&mut watcher)
        .await
        .expect("counted");
        if open > 0 {
            left_open.push(patience);
        }
    }
    app.finish().await;
    assert!(
        left_open.is_empty(),
        "connections were given back inside a transaction, after so many turns: {left_open:?}"
    );
}
