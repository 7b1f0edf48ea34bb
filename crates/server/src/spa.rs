//! The single-page app inside the binary: precompressed, cached forever by content hash; its page never cached.

use actix_web::{HttpRequest, HttpResponse, http::header};

mod files {
    include!(concat!(env!("OUT_DIR"), "/spa.rs"));
}

/// First path segments that belong to the app's own pages; anything else unknown is 404, so that no personal page is
/// ever cached under the name of a file.
const PAGES: [&str; 9] = ["", "login", "setup", "reset", "clients", "forms", "submissions", "privacy", "settings"];

fn find(name: &str) -> Option<&'static [u8]> {
    files::FILES.iter().find(|(file, _)| *file == name).map(|(_, bytes)| *bytes)
}

/// A file of the app, or its page for the app's own addresses.
pub async fn serve(request: HttpRequest) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    if path.ends_with(".br") || path.ends_with(".gz") {
        return zgoda_api::nothing_here().await;
    }
    if let Some(bytes) = find(path).filter(|_| path != "index.html") {
        return answer(&request, path, bytes, "public, max-age=31536000, immutable");
    }
    let first = path.split('/').next().unwrap_or_default();
    match find("index.html") {
        Some(page) if PAGES.contains(&first) => answer(&request, "index.html", page, "no-store"),
        _ => zgoda_api::nothing_here().await,
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
