//! A call that shows a new key at work.

use std::collections::BTreeMap;
use zgoda_domain::access::{Right, Scope};

/// Lists clients where the key may; else asks who the key is.
pub fn curl(base: &str, key: &str, rights: &BTreeMap<Right, Scope>) -> String {
    let bearer = format!("-H 'Authorization: Bearer {key}'");
    if rights.contains_key(&Right::ViewClients) {
        format!(
            "curl {base}/api/v1/clients/search \\\n  {bearer} \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"limit\": 10}}'"
        )
    } else {
        format!("curl {base}/api/v1/session \\\n  {bearer}")
    }
}
