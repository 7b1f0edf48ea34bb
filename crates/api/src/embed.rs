//! The scripts of forms: the one that shows a form on another site's page, and the hosted page's own.

use actix_web::{HttpResponse, get, http::header, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha384};
use std::sync::LazyLock;

/// For other sites: the work of a challenge, and the form.
const SCRIPT: &str = concat!(
    "(function () {\n",
    include_str!("../../../embed/proof.js"),
    include_str!("../../../embed/v1.js"),
    "})();\n"
);
/// For the hosted page: the work of a challenge, and the hidden field that it goes into.
const PAGE_SCRIPT: &str = concat!(
    "(function () {\n",
    include_str!("../../../embed/proof.js"),
    include_str!("../../../embed/page.js"),
    "})();\n"
);

/// The script as it is today, for pages that want to be sure of it.
pub struct Pinned {
    /// From the server's root; changes with the script.
    pub path: String,
    /// Subresource Integrity (W3C SRI).
    pub integrity: String,
}

static PINNED: LazyLock<Pinned> = LazyLock::new(|| {
    let hash = zgoda_vault::sha256_hex(SCRIPT.as_bytes());
    Pinned {
        path: format!("/embed/v1.{}.js", hash.get(..16).unwrap_or_default()),
        integrity: format!("sha384-{}", STANDARD.encode(Sha384::digest(SCRIPT.as_bytes()))),
    }
});

/// Where the script of this release is, and its hash.
pub fn pinned() -> &'static Pinned {
    &PINNED
}

/// The script that shows a form on another site's page. Changes with releases.
#[get("/embed/v1.js")]
pub async fn script() -> HttpResponse {
    javascript(SCRIPT, "public, max-age=3600")
}

/// The same under an address of its own. A former release's is gone.
#[get("/embed/v1.{hash:[0-9a-f]{16}}.js")]
pub async fn pinned_script(hash: web::Path<String>) -> HttpResponse {
    if pinned().path == format!("/embed/v1.{hash}.js") {
        javascript(SCRIPT, "public, max-age=31536000, immutable")
    } else {
        crate::nothing_here().await
    }
}

/// Spares visitors of the hosted page the tight limits of those who prove nothing.
#[get("/f/form.js")]
pub async fn page_script() -> HttpResponse {
    javascript(PAGE_SCRIPT, "public, max-age=3600")
}

fn javascript(text: &'static str, cache: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header(("Cross-Origin-Resource-Policy", "cross-origin"))
        .body(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::Write,
        process::{Command, Stdio},
    };

    #[test]
    fn a_visitor_downloads_less_than_fifteen_kibibytes() {
        let mut gzip =
            Command::new("gzip").args(["-9", "-c"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        gzip.stdin.take().unwrap().write_all(SCRIPT.as_bytes()).unwrap();
        let size = gzip.wait_with_output().unwrap().stdout.len();
        assert!((1000..15 * 1024).contains(&size), "{size} bytes");
    }
}
