//! Photos and signatures. The one rule: a picture is stored as its pixels, without what the camera wrote into it,
//! encrypted by the tenant's data key; first the bytes, then the row that names them.

pub mod picture;
pub mod routes;
mod sql;

use model::AppError;
use model::crm::AccountId;
use model::field::work_orders::{EvidenceFile, EvidenceKind};
use model::field::{EvidenceId, WorkOrderId};
use model::identity::TenantId;
use picture::{MediaType, Picture};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{App, Op};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use uuid::Uuid;

/// The folder of stored files, below the state folder. The server puts it into the `App`.
#[derive(Debug, Clone)]
pub struct FileFolder(pub PathBuf);

/// The largest picture: what a phone's camera makes fits after the page has made it smaller.
pub const PICTURE_BYTES_MAX: usize = 1_500_000;

/// A stored picture, opened.
#[derive(Debug, Clone)]
pub struct Opened {
    pub media_type: MediaType,
    pub bytes: Vec<u8>,
}

/// Stores a picture of a work order. Refuses what is neither PNG nor JPEG and more than 1.5 MB. Idempotent: the same
/// picture of the same kind twice is one piece of evidence.
pub(crate) async fn store_in_op(
    op: &mut Op,
    order: WorkOrderId,
    account: AccountId,
    kind: EvidenceKind,
    bytes: &[u8],
) -> Result<EvidenceId, AppError> {
    let field = match kind {
        EvidenceKind::Photo => "photo",
        EvidenceKind::Signature => "drawing",
    };
    if bytes.len() > PICTURE_BYTES_MAX {
        return Err(AppError::invalid(field, "This picture is larger than 1.5 MB. Take it with a lower resolution."));
    }
    let sent = bytes.to_vec();
    let read = tokio::task::spawn_blocking(move || Picture::read(&sent)).await.map_err(platform::internal)?;
    let picture = read.map_err(|refusal| AppError::invalid(field, refusal.to_string()))?;
    let sha256 = Sha256::digest(&picture.bytes).to_vec();
    if let Some(id) = sql::find(op.conn(), order, kind, &sha256).await.map_err(from_sql)? {
        return Ok(id);
    }
    let (app, tenant, file, now) = (op.app().clone(), op.tenant(), Uuid::now_v7(), op.now());
    let key = write(&app, tenant, file, &picture.bytes).await?;
    let name = op.actor().shown_name();
    // The sweep of orphans works in real time; when the photo was taken is the business'.
    let real_now = op.real_now();
    let stored = sql::NewFile { id: file, sha256: &sha256, picture: &picture, storage_key: &key, at: real_now };
    sql::insert_file(op.conn(), tenant, &stored).await.map_err(from_sql)?;
    let id = EvidenceId::new();
    let new = sql::New { id, order, account, kind, file, sha256: &sha256, at: now, actor_name: &name };
    sql::insert(op.conn(), tenant, &new).await.map_err(from_sql)?;
    op.audit(Change::new("field.evidence.store", "work_order", order).after(serde_json::json!({
        "kind": kind, "bytes": picture.bytes.len(), "sha256": hex::encode(&sha256),
    })));
    Ok(id)
}

/// The pictures of a work order, in the order in which they came.
pub(crate) async fn of_work_order_in_op(op: &mut Op, order: WorkOrderId) -> Result<Vec<EvidenceFile>, AppError> {
    sql::list(op.conn(), order).await
}

/// How many photos are among them.
pub(crate) fn photos(files: &[EvidenceFile]) -> u16 {
    let count = files.iter().filter(|file| file.kind == EvidenceKind::Photo).count();
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Whether somebody drew a signature.
pub(crate) fn is_signed(files: &[EvidenceFile]) -> bool {
    files.iter().any(|file| file.kind == EvidenceKind::Signature)
}

/// Opens a picture; with `technician` only one of that person's own work.
pub(crate) async fn open_in_op(op: &mut Op, id: EvidenceId, technician: Option<Uuid>) -> Result<Opened, AppError> {
    let row = sql::get(op.conn(), id, technician).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let (app, tenant) = (op.app().clone(), op.tenant());
    let path = folder(&app)?.join(&row.storage_key);
    let sealed = tokio::fs::read(&path).await.map_err(platform::internal)?;
    let key = platform::tenants::data_key(&app, tenant).await?;
    let bytes = key.open(&place(tenant, row.file), &sealed).map_err(platform::internal)?;
    let media_type = MediaType::from_text(&row.media_type).ok_or_else(|| platform::internal("unknown media type"))?;
    Ok(Opened { media_type, bytes })
}

fn folder(app: &App) -> Result<PathBuf, AppError> {
    app.get::<FileFolder>().map(|folder| folder.0.clone()).ok_or_else(|| platform::internal("no folder for files"))
}

/// What the encryption is bound to: a file copied to another name or tenant does not open.
fn place(tenant: TenantId, file: Uuid) -> String {
    format!("file.bytes:{tenant}:{file}")
}

/// Writes the sealed bytes whole, under their final name only when they are on the disk, and gives that name.
async fn write(app: &App, tenant: TenantId, file: Uuid, bytes: &[u8]) -> Result<String, AppError> {
    let key = platform::tenants::data_key(app, tenant).await?;
    let sealed = key.seal(&place(tenant, file), bytes);
    let storage_key = format!("{tenant}/{file}");
    let path = folder(app)?.join(&storage_key);
    let written = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
        use std::io::Write;
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let draft = path.with_extension("new");
        let mut out = std::fs::File::create(&draft)?;
        out.write_all(&sealed)?;
        out.sync_all()?;
        std::fs::rename(&draft, &path)
    });
    written.await.map_err(platform::internal)?.map_err(|error| {
        tracing::error!(%error, "a file could not be written");
        AppError::Unavailable("The picture could not be stored. Try again; if it fails again, tell the office.".into())
    })?;
    Ok(storage_key)
}
