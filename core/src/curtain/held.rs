//! Handing out what a wipe left under a hold.

use super::Curtain;
use crate::error::CurtainError;
use crate::vault::HeldFile;

#[uniffi::export]
impl Curtain {
    /// The files that an erased workspace keeps under a hold until its receipt is acknowledged: the database, large items and
    /// the keys sealed to the institution's escrow. Nothing on this phone opens them. Bring all of them to the institution
    /// beside the receipt. Empty when nothing is held.
    pub fn held_files(&self, workspace: String) -> Result<Vec<HeldFile>, CurtainError> {
        self.safely(|| self.place(&workspace)?.enter()?.workspace()?.held_files())
    }

    /// A part of a held file, at most 1 MiB from `offset`; empty behind its end. Not on the main thread.
    ///
    /// # Errors
    /// `NotFound` for a name that [`Curtain::held_files`] does not list.
    pub fn held_part(
        &self,
        workspace: String,
        name: String,
        offset: u64,
        length: u32,
    ) -> Result<Vec<u8>, CurtainError> {
        self.safely(|| self.place(&workspace)?.enter()?.workspace()?.held_part(&name, offset, length))
    }
}
