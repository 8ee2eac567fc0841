//! The members of an account's profile that are about mass sends.

use serde_json::{Map, Value, json};

use super::body::Fields;
use crate::{
    invalid::InvalidField,
    mass_settings::{Confirmation, Finish, MassQuota, MassSettings},
};

/// Longest time that a call is being processed, in milliseconds: a day.
const MAX_PROCESSING: u32 = 86_400_000;

/// The settings that a call changes.
pub(super) struct MassChange {
    confirmation: Option<Confirmation>,
    finish: Option<Finish>,
    status: Option<String>,
    early_event: Option<bool>,
    processing_ms: Option<u32>,
    quota: Option<MassQuota>,
}

impl MassChange {
    pub(super) fn read(fields: &mut Fields) -> Result<Self, InvalidField> {
        let confirmation = |value: &Value| Confirmation::named(value.as_str()?);
        let finish = |value: &Value| Finish::named(value.as_str()?);
        Ok(Self {
            confirmation: fields.take_as("mass_confirmation", "off, silent or announced", confirmation)?,
            finish: fields.take_as("mass_finish", "auto, manual or quiet", finish)?,
            status: fields.text("mass_status")?,
            early_event: fields.flag("mass_early_event")?,
            processing_ms: fields.count("mass_processing_ms", MAX_PROCESSING)?,
            quota: fields.take_as("mass_quota", "true, false or a number", read_quota)?,
        })
    }

    pub(super) fn apply(self, settings: &mut MassSettings) {
        settings.confirmation = self.confirmation.unwrap_or(settings.confirmation);
        settings.finish = self.finish.unwrap_or(settings.finish);
        settings.early_event = self.early_event.unwrap_or(settings.early_event);
        settings.processing_ms = self.processing_ms.unwrap_or(settings.processing_ms);
        settings.quota = self.quota.unwrap_or(settings.quota);
        if let Some(status) = self.status {
            settings.status = status;
        }
    }
}

fn read_quota(value: &Value) -> Option<MassQuota> {
    match value {
        Value::Bool(true) => Some(MassQuota::OfKind),
        Value::Bool(false) => Some(MassQuota::Unlimited),
        _ => u32::try_from(value.as_u64()?).ok().map(MassQuota::Daily),
    }
}

/// The settings as a profile spells them.
pub(super) fn describe(settings: &MassSettings) -> Map<String, Value> {
    let quota = match settings.quota {
        MassQuota::OfKind => json!(true),
        MassQuota::Unlimited => json!(false),
        MassQuota::Daily(sends) => json!(sends),
    };
    let members = [
        ("mass_confirmation", json!(settings.confirmation.name())),
        ("mass_finish", json!(settings.finish.name())),
        ("mass_status", json!(settings.status)),
        ("mass_early_event", json!(settings.early_event)),
        ("mass_processing_ms", json!(settings.processing_ms)),
        ("mass_quota", quota),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
