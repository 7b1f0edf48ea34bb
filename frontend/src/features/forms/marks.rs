//! Small drawings that only the form editor shows, on the same 20 by 20 grid as the app's icons.

use leptos::prelude::*;
use zgoda_domain::form::FormFieldKind;

pub const GRIP: &str = "M8 5v.1M8 10v.1M8 15v.1M12 5v.1M12 10v.1M12 15v.1";
pub const UNDO: &str = "M8 4 4 8l4 4M4 8h8a4 4 0 0 1 0 8H8";
pub const REDO: &str = "m12 4 4 4-4 4M16 8H8a4 4 0 0 0 0 8h4";
pub const SCREEN: &str = "M3 4h14v9H3ZM7 16.500h6";
pub const PHONE: &str = "M7 3h6a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM9.500 14.500h1";
pub const SUN: &str = "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 2.500v2M10 15.500v2M2.500 10h2M15.500 10h2";
pub const MOON: &str = "M16 11.500A6.500 6.500 0 0 1 8.500 4a6.500 6.500 0 1 0 7.500 7.500Z";

/// What stands for a kind of field.
pub const fn of_kind(kind: FormFieldKind) -> &'static str {
    match kind {
        FormFieldKind::ShortText => "M4 6V4.500h12V6M10 4.500v11M8 15.500h4",
        FormFieldKind::LongText => "M4 5h12M4 8.500h12M4 12h12M4 15.500h7",
        FormFieldKind::Email => "M3 5h14v10H3ZM3 6l7 5 7-5",
        FormFieldKind::Phone => {
            "M6 3.500 8 7 6.500 9c.8 2 2.500 3.700 4.500 4.500l2-1.500 3.500 2c0 1.500-1 2.500-2.500 2.500C8.500 16.500 3.500 11.500 3.500 6 3.500 4.500 4.500 3.500 6 3.500Z"
        }
        FormFieldKind::Number => "M8 4 6.500 16M13.500 4 12 16M4 8h12M4 12h12",
        FormFieldKind::Date => "M4 5h12v11H4ZM4 8.500h12M7 3v3M13 3v3",
        FormFieldKind::Select => "M3.500 5.500h13v9h-13ZM8 9l2 2 2-2",
        FormFieldKind::Radio => {
            "M10 16.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM10 11.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3Z"
        }
        FormFieldKind::Checkbox => "M4 4h12v12H4ZM7 10l2 2 4-4.500",
        FormFieldKind::Consent => {
            "M10 2.500 16 5v4.500c0 3.800-2.500 6.500-6 8-3.500-1.500-6-4.200-6-8V5l6-2.500ZM7.300 9.800l2 2 3.500-3.800"
        }
        FormFieldKind::File => "M12 3H5v14h10V6ZM12 3v3h3M8 12.500 10 10.500l2 2M10 10.500v4",
        FormFieldKind::Hidden => "M3 10c2-3.300 4.300-5 7-5s5 1.700 7 5c-2 3.300-4.300 5-7 5s-5-1.700-7-5ZM4 16 16 4",
        FormFieldKind::Heading => "M5 4v12M15 4v12M5 10h10",
        FormFieldKind::StaticText => "M4 6h12M4 10h12M4 14h8",
    }
}

/// A drawing; decoration only.
#[component]
pub fn Mark(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d=path />
        </svg>
    }
}
