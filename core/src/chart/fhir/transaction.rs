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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_is_put_under_its_own_id_and_nothing_else_changes() {
        let resource = json!({"resourceType": "Patient", "id": "p"});
        let bundle = |kind: &str, resource: &Value| json!({"resourceType": "Bundle", "type": kind, "entry": [{"fullUrl": "urn:uuid:p", "resource": resource}]});
        let mut made = transaction(bundle("collection", &resource)).unwrap();
        assert_eq!(made["entry"][0]["request"], json!({"method": "PUT", "url": "Patient/p"}));
        made["entry"][0].as_object_mut().unwrap().remove("request");
        assert_eq!(made, bundle("transaction", &resource));
        for wrong in
            [json!({}), json!([]), json!(null), bundle("batch", &resource), bundle("collection", &json!({"id": 1}))]
        {
            assert!(matches!(transaction(wrong), Err(Error::Invalid { field: "bundle", .. })));
        }
    }
}
