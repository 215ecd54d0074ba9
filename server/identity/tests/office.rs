//! Audit log, settings and background work.

mod common;

use common::{person, start};
use identity::{audit, jobs, settings};
use model::identity::audit::AuditFilter;
use model::identity::jobs::JobState;
use model::identity::perm::{AuditRead, JobRead, JobWrite, SettingRead, SettingWrite};
use model::identity::settings::TenantSettingsForm;
use model::{AppError, Audience, PermissionSet};
use testkit::TestApp;
use uuid::Uuid;

async fn entries(app: &TestApp, filter: &AuditFilter) -> Vec<i64> {
    let mut tx = app.tx::<AuditRead>(app.first).await;
    audit::list(&mut tx, filter).await.unwrap().page.rows.iter().map(|row| row.seq).collect()
}

#[tokio::test]
async fn the_log_is_read_by_what_was_done_and_turned_both_ways() {
    let app = start().await;
    for number in 0..60 {
        let mut op = app.op(app.first).await;
        op.audit(platform::audit::Change::new("test.do", "thing", number).after(serde_json::json!({ "n": number })));
        op.commit().await.unwrap();
    }
    person(&app, app.first, Audience::Staff, "asha", &["noc"]).await;
    let done = AuditFilter { action: "test.".into(), ..AuditFilter::default() };
    let first = entries(&app, &done).await;
    assert_eq!(first.len(), 50);
    assert!(first.windows(2).all(|pair| pair[0] > pair[1]), "the youngest first");
    let last = first.last().unwrap().to_string();
    let second = entries(&app, &AuditFilter { after: last, ..done.clone() }).await;
    assert_eq!(second.len(), 10);
    let back = entries(&app, &AuditFilter { before: second[0].to_string(), ..done.clone() }).await;
    assert_eq!(back, first);
    let thing = AuditFilter { kind: "thing".into(), thing: "7".into(), ..AuditFilter::default() };
    assert_eq!(entries(&app, &thing).await.len(), 1);
    let future = AuditFilter { from: "2199-01-01".into(), ..AuditFilter::default() };
    assert!(entries(&app, &future).await.is_empty());
    let mut tx = app.tx::<AuditRead>(app.first).await;
    let wrong = AuditFilter { from: "yesterday".into(), ..AuditFilter::default() };
    assert!(matches!(audit::list(&mut tx, &wrong).await, Err(AppError::Invalid(_))));
    drop(tx);
    let mut tx = app.tx::<AuditRead>(app.second).await;
    assert!(audit::list(&mut tx, &done).await.unwrap().page.rows.is_empty(), "another ISP's log");
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn what_is_written_while_the_chain_is_verified_does_not_break_it() {
    let app = start().await;
    person(&app, app.first, Audience::Staff, "asha", &["noc"]).await;
    let mut writer = app.superuser().await;
    for step in ["BEGIN", "LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE"] {
        sqlx::query(step).execute(&mut writer).await.unwrap();
    }
    let verified = async {
        let mut tx = app.tx::<AuditRead>(app.first).await;
        let state = audit::verify(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        state
    };
    let written = async {
        // The verifier has read the head and waits for the entries.
        let mut looker = app.superuser().await;
        let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'audit_entry'::regclass)";
        while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut looker).await.unwrap() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let more = "INSERT INTO audit_entry SELECT (jsonb_populate_record(e, jsonb_build_object('seq', e.seq + 1))).*
                    FROM audit_entry e WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1";
        sqlx::query(more).bind(app.first.uuid()).execute(&mut writer).await.unwrap();
        sqlx::query("COMMIT").execute(&mut writer).await.unwrap();
    };
    let (state, ()) = tokio::join!(verified, written);
    assert_eq!(state.broken_at, None);
    app.discard().await;
}

#[tokio::test]
async fn what_nobody_needs_any_more_is_cleared_up_each_day() {
    let app = start().await;
    let id = person(&app, app.first, Audience::Staff, "asha", &["noc"]).await;
    app.cookie(Audience::Staff, app.first, id.uuid()).await;
    let mut connection = app.superuser().await;
    let old =
        "INSERT INTO platform.throttle VALUES ('old', 9, now() - interval '2 days', NULL), ('new', 9, now(), NULL);
        INSERT INTO platform.web_session (id_hash, public_id, audience, data, expires_at)
        VALUES ('old', gen_random_uuid(), 'staff', '{}', now() - interval '1 minute');";
    sqlx::raw_sql(old).execute(&mut connection).await.unwrap();
    for (hash, age) in [("old", 2.0), ("new", 0.0)] {
        sqlx::query(
            "INSERT INTO password_reset (tenant_id, login_id, token_hash, expires_at)
             VALUES ($1, $2, $3::bytea, now() - interval '1 day' * $4)",
        )
        .bind(app.first.uuid())
        .bind(id.uuid())
        .bind(hash.as_bytes())
        .bind(age)
        .execute(&mut connection)
        .await
        .unwrap();
    }
    for (state, days) in [("done", 31), ("done", 1), ("dead", 31)] {
        sqlx::query(
            "INSERT INTO job (tenant_id, id, kind, payload, state, finished_at)
             VALUES ($1, gen_random_uuid(), 'test.old', '{}', $2, now() - make_interval(days => $3))",
        )
        .bind(app.first.uuid())
        .bind(state)
        .bind(days)
        .execute(&mut connection)
        .await
        .unwrap();
    }
    app.advance(chrono::Duration::days(1)).await;
    let mut left = Vec::new();
    for what in [
        "SELECT count(*) FROM platform.throttle",
        "SELECT count(*) FROM platform.web_session",
        "SELECT count(*) FROM password_reset",
        "SELECT count(*) FROM job WHERE kind = 'test.old'",
    ] {
        left.push(sqlx::query_scalar::<_, i64>(what).fetch_one(&mut connection).await.unwrap());
    }
    assert_eq!(left, [1, 1, 1, 2]);
    app.discard().await;
}

#[tokio::test]
async fn an_idle_session_is_not_shown_as_open() {
    let app = start().await;
    let id = person(&app, app.first, Audience::Staff, "asha", &["noc"]).await;
    app.cookie(Audience::Staff, app.first, id.uuid()).await;
    let open = async || platform::sessions::list(&app.app, app.first, id.uuid(), None).await.unwrap().len();
    assert_eq!(open().await, 1);
    sqlx::query("UPDATE platform.web_session SET seen_at = now() - interval '31 minutes'")
        .execute(&mut app.superuser().await)
        .await
        .unwrap();
    assert_eq!(open().await, 0);
    let seen = platform::sessions::seen(&app.app, app.first, &[id.uuid()]).await.unwrap();
    assert_eq!(seen[&id.uuid()].0, 0, "and yet it is known when the person was seen last");
    app.finish().await;
}

#[tokio::test]
async fn an_open_stream_learns_that_its_reader_was_signed_out_or_blocked() {
    let app = start().await;
    let id = person(&app, app.first, Audience::Staff, "asha", &["noc"]).await;
    let signed_in = async || {
        let ctx = common::request_of(&app, Audience::Staff, app.first, id).await;
        let session = ctx.session.clone().unwrap();
        platform::sessions::sign_in(&session, ctx.signed_in.as_ref().unwrap()).await.unwrap();
        session.save().await.unwrap();
        ctx
    };
    let (revoked, blocked) = (signed_in().await, signed_in().await);
    assert!(revoked.is_still_signed_in().await && blocked.is_still_signed_in().await);
    let other = blocked.session.as_ref();
    platform::sessions::revoke_all(&app.app, app.first, id.uuid(), other).await.unwrap();
    assert!(!revoked.is_still_signed_in().await && blocked.is_still_signed_in().await);
    let mut op = app.op(app.first).await;
    sqlx::query("UPDATE login SET state = 'blocked'").execute(op.conn()).await.unwrap();
    op.commit().await.unwrap();
    assert!(!blocked.is_still_signed_in().await);
    app.finish().await;
}

#[tokio::test]
async fn verifying_says_how_far_the_chain_holds_and_finds_an_edit() {
    let app = start().await;
    person(&app, app.first, Audience::Staff, "asha", &["noc"]).await;
    let mut tx = app.tx::<AuditRead>(app.first).await;
    let state = audit::verify(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(state.entries > 0 && state.broken_at.is_none());
    let mut tx = app.tx::<AuditRead>(app.first).await;
    assert_eq!(
        audit::list(&mut tx, &AuditFilter::default()).await.unwrap().chain.map(|c| c.entries),
        Some(state.entries)
    );
    drop(tx);
    let mut connection = app.superuser().await;
    for statement in [
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only",
        "UPDATE audit_entry SET actor_name = 'somebody else' WHERE seq = 1",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    let mut tx = app.tx::<AuditRead>(app.first).await;
    assert_eq!(audit::verify(&mut tx).await.unwrap().broken_at, Some(1));
    drop(tx);
    app.discard().await;
}

#[tokio::test]
async fn the_file_has_a_line_for_each_field_and_is_itself_noted() {
    let app = start().await;
    let mut op = app.op(app.first).await;
    let change = platform::audit::Change::new("test.do", "thing", 1);
    op.audit(change.after(serde_json::json!({ "name": "=1+1", "plan": "Home, 20" })));
    op.commit().await.unwrap();
    let mut tx = app.tx::<AuditRead>(app.first).await;
    let filter = AuditFilter { action: "test.do".into(), ..AuditFilter::default() };
    let file = audit::file(&mut tx, &filter).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(file.lines().count(), 3, "{file}");
    assert!(file.contains("'=1+1") && file.contains("\"Home, 20\""), "{file}");
    let noted = AuditFilter { action: "identity.audit.export".into(), ..AuditFilter::default() };
    assert_eq!(entries(&app, &noted).await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn settings_are_changed_for_one_isp_only() {
    let app = start().await;
    let form = |zone: &str| TenantSettingsForm {
        name: "Kilele Fibre".into(),
        time_zone: zone.into(),
        lang: "sw".into(),
        ..TenantSettingsForm::default()
    };
    let mut tx = app.tx::<SettingWrite>(app.first).await;
    let refused = settings::save(&mut tx, form("Mars/Olympus")).await.unwrap_err();
    assert!(refused.fields().is_some_and(|f| f.of("time_zone").is_some()));
    for _ in 0..2 {
        settings::save(&mut tx, form("Africa/Kampala")).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut names = Vec::new();
    for tenant in [app.first, app.second] {
        let mut tx = app.tx::<SettingRead>(tenant).await;
        names.push(settings::get(&mut tx, &PermissionSet::default()).await.unwrap());
    }
    assert_eq!((names[0].name.as_str(), names[0].time_zone.as_str()), ("Kilele Fibre", "Africa/Kampala"));
    assert_eq!(names[1].name, "The second ISP");
    assert!(!names[0].can_write);
    let noted = AuditFilter { action: "identity.setting.save".into(), ..AuditFilter::default() };
    assert_eq!(entries(&app, &noted).await.len(), 1, "saving the same again is no change");
    app.finish().await;
}

/// A job of a kind that nobody runs: it fails for good.
async fn failed_job(app: &TestApp) -> Uuid {
    let id = Uuid::now_v7();
    let mut op = app.op(app.first).await;
    let tenant = op.tenant().uuid();
    sqlx::query(
        "INSERT INTO job (tenant_id, id, kind, payload, state, attempts, last_error) VALUES ($1, $2, 'test.none', '{}', 'dead', 12, 'no answer')",
    )
    .bind(tenant)
    .bind(id)
    .execute(op.conn())
    .await
    .unwrap();
    op.commit().await.unwrap();
    id
}

async fn state_of(app: &TestApp, id: Uuid) -> String {
    let mut op = app.op(app.first).await;
    sqlx::query_scalar("SELECT state FROM job WHERE id = $1").bind(id).fetch_one(op.conn()).await.unwrap()
}

#[tokio::test]
async fn failed_work_is_tried_again_or_dropped_and_nothing_else_is() {
    let app = start().await;
    let id = failed_job(&app).await;
    let mut tx = app.tx::<JobRead>(app.first).await;
    let page = jobs::list(&mut tx, "", "", "", &PermissionSet::default()).await.unwrap();
    assert_eq!((page.counts.failed, page.page.rows[0].state), (1, JobState::Dead));
    assert_eq!(page.page.rows[0].error.as_deref(), Some("no answer"));
    drop(tx);
    let mut tx = app.tx::<JobWrite>(app.first).await;
    jobs::retry(&mut tx, id).await.unwrap();
    jobs::retry(&mut tx, id).await.unwrap();
    assert!(matches!(jobs::drop_failed(&mut tx, id).await, Err(AppError::Conflict(_))), "it waits again");
    tx.commit().await.unwrap();
    assert_eq!(state_of(&app, id).await, "ready");
    app.drain().await;
    assert_eq!(state_of(&app, id).await, "dead");
    let mut tx = app.tx::<JobWrite>(app.first).await;
    jobs::drop_failed(&mut tx, id).await.unwrap();
    jobs::drop_failed(&mut tx, id).await.unwrap();
    assert!(matches!(jobs::retry(&mut tx, id).await, Err(AppError::Conflict(_))));
    assert_eq!(jobs::retry(&mut tx, Uuid::now_v7()).await, Err(AppError::NotFound));
    tx.commit().await.unwrap();
    let mut tx = app.tx::<JobWrite>(app.second).await;
    assert_eq!(jobs::drop_failed(&mut tx, id).await, Err(AppError::NotFound));
    drop(tx);
    app.finish().await;
}
