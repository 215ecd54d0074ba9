//! Stock by serial, and the pictures that prove work.

mod common;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use common::*;
use field::stock;
use field::work_orders::own;
use model::AppError;
use model::field::StockItemId;
use model::field::perm;
use model::field::stock::{ReceiveStockForm, ReserveForm, StockFilter, StockState};
use model::field::work_orders::EvidenceKind;
use platform::RequestCtx;
use tower::ServiceExt;

/// A real PNG, with a comment that must not survive.
fn png() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(2, 2).write_to(&mut out, image::ImageFormat::Png).unwrap();
    let clean = out.into_inner();
    // Behind the signature and the header: length, name, content, and a checksum that nobody asks for in a comment.
    [&clean[..33], b"\0\0\0\x14tEXtComment\0secret place\0\0\0\0", &clean[33..]].concat()
}

#[tokio::test]
async fn a_serial_is_taken_in_once_and_per_tenant() {
    let app = start().await;
    piece(&app, app.first, SERIAL).await;
    piece(&app, app.second, SERIAL).await;
    let warehouse = store(&app, app.first).await;
    let elsewhere = store(&app, app.second).await;
    let form = |serial: &str, warehouse: model::field::WarehouseId| ReceiveStockForm {
        serial: serial.into(),
        kind: "onu".into(),
        product: "ONU".into(),
        mac: String::new(),
        warehouse_id: warehouse.to_string(),
    };
    // A refused insert ends its transaction, so each refusal has its own.
    let mut tx = app.tx::<perm::StockWrite>(app.first).await;
    let twice = stock::receive(&mut tx, form("hwtc-1a2b-3c4d", warehouse)).await.unwrap_err();
    assert!(twice.fields().unwrap().of("serial").is_some());
    drop(tx);
    let mut tx = app.tx::<perm::StockWrite>(app.first).await;
    let foreign = stock::receive(&mut tx, form("HWTC5555", elsewhere)).await.unwrap_err();
    assert!(foreign.fields().unwrap().of("warehouse_id").is_some(), "{foreign:?}");
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_piece_is_moved_as_its_life_allows_and_never_by_another_tenant() {
    let app = start().await;
    let id = piece(&app, app.first, SERIAL).await;
    let mut tx = app.tx::<perm::StockWrite>(app.first).await;
    stock::set_state(&mut tx, id, StockState::Repair).await.unwrap();
    stock::set_state(&mut tx, id, StockState::Repair).await.unwrap();
    assert!(matches!(stock::set_state(&mut tx, id, StockState::Installed).await, Err(AppError::Conflict(_))));
    stock::set_state(&mut tx, id, StockState::Retired).await.unwrap();
    assert!(matches!(stock::set_state(&mut tx, id, StockState::InStock).await, Err(AppError::Conflict(_))));
    assert_eq!(stock::set_state(&mut tx, StockItemId::new(), StockState::Repair).await, Err(AppError::NotFound));
    tx.commit().await.unwrap();
    let mut tx = app.tx::<perm::StockWrite>(app.second).await;
    assert_eq!(stock::set_state(&mut tx, id, StockState::InStock).await, Err(AppError::NotFound));
    drop(tx);
    let mut tx = app.tx::<perm::StockRead>(app.second).await;
    assert!(stock::list(&mut tx, &StockFilter::default(), &Default::default()).await.unwrap().page.rows.is_empty());
    drop(tx);
    app.finish().await;
}

#[tokio::test]
async fn a_piece_is_reserved_for_one_job_and_given_back() {
    let app = start().await;
    let (one, two) = (subscriber(&app, app.first, "approved").await, subscriber(&app, app.first, "approved").await);
    let (a, b) = (installation(&app, app.first, one).await, installation(&app, app.first, two).await);
    piece(&app, app.first, SERIAL).await;
    let form = |id| ReserveForm { work_order_id: id, serial: "hwtc 1a2b 3c4d".into() };
    let mut tx = app.tx::<perm::WorkOrderWrite>(app.first).await;
    use field::work_orders::plan;
    plan::reserve(&mut tx, form(a)).await.unwrap();
    plan::reserve(&mut tx, form(a)).await.unwrap();
    assert!(plan::reserve(&mut tx, form(b)).await.unwrap_err().fields().unwrap().of("serial").is_some());
    let unknown = ReserveForm { work_order_id: a, serial: "NOTTHERE".into() };
    assert!(plan::reserve(&mut tx, unknown).await.unwrap_err().fields().unwrap().of("serial").is_some());
    plan::release(&mut tx, form(b)).await.unwrap();
    assert!(plan::reserve(&mut tx, form(b)).await.is_err(), "only its own job gives it back");
    plan::release(&mut tx, form(a)).await.unwrap();
    plan::reserve(&mut tx, form(b)).await.unwrap();
    tx.commit().await.unwrap();
    app.finish().await;
}

async fn send(
    app: &testkit::TestApp,
    ctx: &RequestCtx,
    method: &str,
    path: &str,
    body: Vec<u8>,
) -> (StatusCode, String, Vec<u8>) {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
        .body(Body::from(body))
        .unwrap();
    request.extensions_mut().insert(ctx.clone());
    let router = (field::module().routes)().with_state(app.app.clone());
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let location = response.headers().get(header::LOCATION).map_or("", |v| v.to_str().unwrap()).to_owned();
    (status, location, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
}

fn multipart(content: &[u8]) -> Vec<u8> {
    let head = b"--cut\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"x.exe\"\r\n\r\n";
    [&head[..], content, b"\r\n--cut--\r\n"].concat()
}

#[tokio::test]
async fn a_photo_is_kept_encrypted_without_its_metadata_and_shown_to_its_own_people() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let id = installation(&app, app.first, sold).await;
    let (juma, asha) = (technician(&app, app.first, "Juma").await, technician(&app, app.first, "Asha").await);
    piece(&app, app.first, SERIAL).await;
    plan(&app, app.first, id, juma).await;
    let (mine, hers) = (as_technician(&app, app.first, juma), as_technician(&app, app.first, asha));
    let path = format!("/tech/{id}/photo");
    for _ in 0..2 {
        let (status, location, _) = send(&app, &mine, "POST", &path, multipart(&png())).await;
        assert_eq!((status, location), (StatusCode::SEE_OTHER, format!("/tech/{id}#photos")));
    }
    let hollow = b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\0\0\0\0";
    for wrong in [&b"GIF89a"[..], b"", hollow, &vec![0xff; 1_600_000]] {
        let (_, location, _) = send(&app, &mine, "POST", &path, multipart(wrong)).await;
        assert_eq!(location, format!("/tech/{id}?refused=photo#photos"));
    }
    assert_eq!(send(&app, &hers, "POST", &path, multipart(&png())).await.0, StatusCode::NOT_FOUND);
    assert_eq!(send(&app, &mine, "POST", "/tech/nonsense/photo", multipart(&png())).await.0, StatusCode::NOT_FOUND);

    let mut tx = mine.begin::<perm::OwnWorkRead>().await.unwrap();
    let files = own::get(&mut tx, id).await.unwrap().files;
    drop(tx);
    assert_eq!(files.len(), 1, "the same photo twice is one");
    let show = format!("/field/evidence/{}", files[0].id);
    let (status, _, shown) = send(&app, &mine, "GET", &show, vec![]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(shown.starts_with(b"\x89PNG") && !shown.windows(6).any(|w| w == b"secret"));
    assert_eq!(send(&app, &hers, "GET", &show, vec![]).await.0, StatusCode::NOT_FOUND);
    let elsewhere = as_technician(&app, app.second, juma);
    assert_eq!(send(&app, &elsewhere, "GET", &show, vec![]).await.0, StatusCode::NOT_FOUND);

    let mut op = app.op(app.first).await;
    let is_now: bool = sqlx::query_scalar("SELECT created_at > now() - interval '1 minute' FROM file")
        .fetch_one(op.conn())
        .await
        .unwrap();
    assert!(is_now, "files are kept by real time, which no demo clock moves");
    drop(op);

    let folder = &app.app.get::<field::evidence::FileFolder>().unwrap().0;
    let stored: Vec<_> = std::fs::read_dir(folder.join(app.first.to_string())).unwrap().collect();
    assert_eq!(stored.len(), 1);
    let sealed = std::fs::read(stored[0].as_ref().unwrap().path()).unwrap();
    assert!(!sealed.windows(4).any(|w| w == b"IHDR"), "the file on the disk is sealed");
    std::fs::remove_dir_all(folder).unwrap();
    app.finish().await;
}

#[tokio::test]
async fn a_drawn_signature_opens_its_gate() {
    let app = start().await;
    let sold = subscriber(&app, app.first, "approved").await;
    let id = installation(&app, app.first, sold).await;
    let juma = technician(&app, app.first, "Juma").await;
    piece(&app, app.first, SERIAL).await;
    plan(&app, app.first, id, juma).await;
    let ctx = as_technician(&app, app.first, juma);
    let mut tx = ctx.begin::<perm::OwnWorkWrite>().await.unwrap();
    own::add_picture(&mut tx, id, EvidenceKind::Signature, &png()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = ctx.begin::<perm::OwnWorkRead>().await.unwrap();
    assert!(own::get(&mut tx, id).await.unwrap().evidence.has_signature);
    drop(tx);
    app.finish().await;
}
