//! An exported collection in the form that a FHIR server takes.

use serde_json::{Value, json};

use crate::error::{Error, Result};

/// A `collection` Bundle as a `transaction` that puts each resource under its own id: posting it twice changes nothing.
/// References stay `urn:uuid`, which a server replaces by the ids that it used (R4, "Transaction Processing Rules").
///
/// # Errors
/// `Invalid` for what is no collection, or holds a resource without type or id.
pub fn transaction(bundle: Value) -> Result<Value> {
    let mut bundle = bundle;
    let wrong = || Error::invalid("bundle", "not a collection of identified resources");
    if bundle["resourceType"] != "Bundle" || bundle["type"] != "collection" {
        return Err(wrong());
    }
    bundle["type"] = json!("transaction");
    let entries = bundle.get_mut("entry").and_then(Value::as_array_mut).ok_or_else(wrong)?;
    for entry in entries {
        let part = |name: &str| entry["resource"][name].as_str().ok_or_else(wrong);
        let url = format!("{}/{}", part("resourceType")?, part("id")?);
        entry["request"] = json!({"method": "PUT", "url": url});
    }
    Ok(bundle)
}
