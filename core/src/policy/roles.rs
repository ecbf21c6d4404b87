//! Who signs for an institution, and who can open what leaves a phone.

use super::document::MAX_KEYS;
use crate::crypto::age::Recipient;
use crate::crypto::json::Id;
use crate::crypto::jws::{self, PublicKey};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// An institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Institution {
    /// Random, for good.
    pub id: Id,
    /// As people know it.
    pub name: String,
}

/// Who may sign one kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// How many distinct keys must sign.
    pub threshold: u32,
    /// The keys.
    pub keys: Vec<PublicKey>,
}

/// All roles. No key serves two of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// Enrolments and root rotations; kept offline.
    pub root: Role,
    /// Policies.
    pub policy: Role,
    /// Leases.
    pub lease: Role,
    /// Orders.
    pub order: Role,
}

impl Roles {
    pub(super) fn validate(&self) -> Result<()> {
        let mut seen: Vec<&PublicKey> = Vec::new();
        for role in [&self.root, &self.policy, &self.lease, &self.order] {
            let threshold = usize::try_from(role.threshold).unwrap_or(usize::MAX);
            if role.keys.is_empty() || role.keys.len() > MAX_KEYS || threshold == 0 || threshold > role.keys.len() {
                return Err(Error::invalid("roles", "threshold"));
            }
            for key in &role.keys {
                if key.algorithm() != jws::Algorithm::EdDsa || seen.contains(&key) {
                    return Err(Error::invalid("roles", "a key of another kind, or named twice"));
                }
                seen.push(key);
            }
        }
        Ok(())
    }
}

/// `age1…` recipients of what leaves the phone, at most 8 of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipients {
    /// Of the journal's first key.
    pub audit: Vec<String>,
    /// Of exports.
    pub export: Vec<String>,
    /// Of recovery codes; empty: no recovery.
    pub recovery: Vec<String>,
    /// Of escrow wraps; empty: no escrow.
    pub escrow: Vec<String>,
}

impl Recipients {
    /// Parses one of the lists.
    pub fn parse(list: &[String]) -> Result<Vec<Recipient>> {
        list.iter().map(|text| Recipient::parse(text)).collect()
    }

    pub(super) fn validate(&self) -> Result<()> {
        if self.audit.is_empty() || self.export.is_empty() {
            return Err(Error::invalid("recipients", "audit and export need one"));
        }
        for list in [&self.audit, &self.export, &self.recovery, &self.escrow] {
            if list.len() > MAX_KEYS {
                return Err(Error::invalid("recipients", "number"));
            }
            Recipients::parse(list)?;
        }
        Ok(())
    }
}

/// The lowest versions that will be accepted, so that old documents are no way back at enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minimum {
    /// Of the policy.
    pub policy: u64,
    /// Of the lease.
    pub lease: u64,
    /// Of the order's number.
    pub order: u64,
}
