//! Work that follows from events.

use super::open_installation_in_op;
use model::AppError;
use model::crm::ServiceId;
use model::crm::subscribers::ServiceState;
use platform::{Job, JobCtx, JobError};
use serde::{Deserialize, Serialize};

/// Makes the installation work order of an approved service.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenInstallation {
    pub service_id: ServiceId,
}

impl Job for OpenInstallation {
    const KIND: &'static str = "field.open_installation";
    const PRIORITY: i16 = 5;

    fn dedupe_key(&self) -> Option<String> {
        Some(self.service_id.to_string())
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        // Approved twice, or disconnected since: there is nothing to install.
        let service = match crm::services::get_in_op(&mut op, self.service_id).await {
            Err(AppError::NotFound) => return Ok(()),
            service => service?,
        };
        if service.state != ServiceState::Approved {
            return Ok(());
        }
        open_installation_in_op(&mut op, self.service_id, service.account_id).await?;
        op.commit().await?;
        Ok(())
    }
}
