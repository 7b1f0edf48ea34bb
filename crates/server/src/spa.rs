//! The single-page app inside the binary: precompressed, cached forever by content hash; its page never cached.

use actix_web::{HttpRequest, HttpResponse, http::header};

mod files {
    include!(concat!(env!("OUT_DIR"), "/spa.rs"));
}

/// The file that loads each bundle, and what the paths of its pages begin with; the first that fits counts.
/// `frontend/src/route.rs` divides them in the same way.
const BUNDLES: [(&str, &[&str]); 8] = [
    ("index.html", &["", "login", "setup", "reset", "invite"]),
    ("app.html", &["clients", "account"]),
    ("imports.html", &["imports"]),
    ("data.html", &["duplicates", "jobs", "submissions"]),
    ("forms.html", &["forms"]),
    ("privacy.html", &["privacy"]),
    ("staff.html", &["settings/staff", "settings/roles", "settings/keys"]),
    ("office.html", &["settings"]),
];

fn find(name: &str) -> Option<&'static [u8]> {
    files::FILES.iter().find(|(file, _)| *file == name).map(|(_, bytes)| *bytes)
}

/// The file for one of the app's own addresses; anything else unknown is 404, so that no personal page is ever cached
/// under the name of a file.
fn page(path: &str) -> Option<&'static str> {
    let begins = |start: &&str| path.strip_prefix(*start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    BUNDLES.iter().find(|(_, starts)| starts.iter().any(begins)).map(|(file, _)| *file)
}

/// A file of the app, or its page for the app's own addresses.
pub async fn serve(request: HttpRequest) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    if path.ends_with(".br") || path.ends_with(".gz") {
        return zgoda_api::nothing_here().await;
    }
    if let Some(bytes) = find(path).filter(|_| !path.ends_with(".html")) {
        return answer(&request, path, bytes, "public, max-age=31536000, immutable");
    }
    match page(path).and_then(|name| Some((name, find(name)?))) {
        Some((name, bytes)) => answer(&request, name, bytes, "no-store"),
        None => zgoda_api::nothing_here().await,
    }
}

fn answer(request: &HttpRequest, name: &str, plain: &'static [u8], cache: &'static str) -> HttpResponse {
    let accepts =
        request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes =
        |coding: &str| accepts.split(',').any(|part| part.split(';').next().is_some_and(|c| c.trim() == coding));
    let encoded = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(coding, _)| takes(coding))
        .find_map(|(coding, ending)| find(&format!("{name}{ending}")).map(|bytes| (coding, bytes)));
    let mut response = HttpResponse::Ok();
    response
        .content_type(content_type(name))
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::VARY, "Accept-Encoding"));
    match encoded {
        Some((coding, bytes)) => response.insert_header((header::CONTENT_ENCODING, coding)).body(bytes),
        None => response.body(plain),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn an_address_belongs_to_one_bundle_or_to_none() {
        for path in ["", "login", "reset", "invite", "setup"] {
            assert_eq!(page(path), Some("index.html"), "{path}");
        }
        for path in ["clients", "clients/0198", "account/security"] {
            assert_eq!(page(path), Some("app.html"), "{path}");
        }
        for path in ["imports", "imports/0198"] {
            assert_eq!(page(path), Some("imports.html"), "{path}");
        }
        for path in ["duplicates", "jobs", "submissions", "submissions/0198"] {
            assert_eq!(page(path), Some("data.html"), "{path}");
        }
        for path in ["forms", "forms/0198"] {
            assert_eq!(page(path), Some("forms.html"), "{path}");
        }
        assert_eq!(page("privacy/activity"), Some("privacy.html"));
        for path in ["settings/staff", "settings/roles/0198", "settings/keys"] {
            assert_eq!(page(path), Some("staff.html"), "{path}");
        }
        for path in ["settings", "settings/fields", "settings/staffx"] {
            assert_eq!(page(path), Some("office.html"), "{path}");
        }
        for path in [
            "index.html",
            "app.html",
            "imports.html",
            "data.html",
            "forms.html",
            "privacy.html",
            "staff.html",
            "office.html",
            "settings.html",
            "assets/none.svg",
            "wp-login.php",
        ] {
            assert_eq!(page(path), None, "{path}");
        }
    }
}
