//! The single-page app inside the binary: precompressed, cached forever by content hash; its page never cached.

use actix_web::{HttpRequest, HttpResponse, http::header};

mod files {
    include!(concat!(env!("OUT_DIR"), "/spa.rs"));
}

/// First path segments of the app's own pages, by the file that loads their bundle. `frontend/src/route.rs` divides them
/// in the same way.
const ENTRY: [&str; 5] = ["", "login", "setup", "reset", "invite"];
const APP: [&str; 2] = ["clients", "account"];
const DATA: [&str; 3] = ["imports", "duplicates", "jobs"];
const FORMS: [&str; 2] = ["forms", "submissions"];
const OFFICE: [&str; 2] = ["privacy", "settings"];

fn find(name: &str) -> Option<&'static [u8]> {
    files::FILES.iter().find(|(file, _)| *file == name).map(|(_, bytes)| *bytes)
}

/// The file for one of the app's own addresses; anything else unknown is 404, so that no personal page is ever cached
/// under the name of a file.
fn page(path: &str) -> Option<&'static str> {
    let first = path.split('/').next().unwrap_or_default();
    if ENTRY.contains(&first) {
        Some("index.html")
    } else if APP.contains(&first) {
        Some("app.html")
    } else if DATA.contains(&first) {
        Some("data.html")
    } else if FORMS.contains(&first) {
        Some("forms.html")
    } else if OFFICE.contains(&first) {
        Some("office.html")
    } else {
        None
    }
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
        for path in ["imports", "imports/0198", "duplicates", "jobs"] {
            assert_eq!(page(path), Some("data.html"), "{path}");
        }
        for path in ["forms", "forms/0198", "submissions", "submissions/0198"] {
            assert_eq!(page(path), Some("forms.html"), "{path}");
        }
        for path in ["settings", "settings/fields", "privacy/activity"] {
            assert_eq!(page(path), Some("office.html"), "{path}");
        }
        for path in [
            "index.html",
            "app.html",
            "data.html",
            "forms.html",
            "office.html",
            "settings.html",
            "assets/none.svg",
            "wp-login.php",
        ] {
            assert_eq!(page(path), None, "{path}");
        }
    }
}
