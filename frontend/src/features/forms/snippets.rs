//! Texts to paste into a website: script, frame, plain HTML, JSON.

use std::fmt::Write;
use zgoda_api_types::forms::{PublicField, PublicForm};
use zgoda_domain::form::FormFieldKind;

/// A `div` that the script fills.
pub fn script(base: &str, public_id: &str) -> String {
    format!("<div data-zgoda-form=\"{public_id}\"></div>\n<script src=\"{base}/embed/v1.js\" async></script>")
}

/// The same with the script of this release alone: a changed one is not run.
pub fn pinned_script(base: &str, public_id: &str, path: &str, integrity: &str) -> String {
    format!(
        "<div data-zgoda-form=\"{public_id}\"></div>\n<script src=\"{base}{path}\"\n  integrity=\"{integrity}\" crossorigin=\"anonymous\" async></script>"
    )
}

/// The hosted page in a frame.
pub fn frame(base: &str, public_id: &str, title: &str) -> String {
    let title = escape(title);
    format!("<iframe src=\"{base}/f/{public_id}?embed=1\" title=\"{title}\" width=\"100%\" height=\"640\"></iframe>")
}

/// A call that needs nothing but HTTP.
pub fn json(base: &str, public_id: &str, form: &PublicForm) -> String {
    let answers: serde_json::Map<String, serde_json::Value> = form
        .fields
        .iter()
        .filter(|field| !field.kind.is_decoration() && field.kind != FormFieldKind::File)
        .map(|field| (field.key.clone(), sample(field).into()))
        .collect();
    let body = serde_json::json!({ "form_version": form.form_version, "answers": answers });
    // Within single quotes a shell takes everything but the quote itself.
    let body = serde_json::to_string_pretty(&body).unwrap_or_default().replace('\'', "'\\''");
    format!(
        "curl {base}/api/v1/public/forms/{public_id}/submissions \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'"
    )
}

/// A form that works without any script.
pub fn html(base: &str, public_id: &str, form: &PublicForm) -> String {
    let has_files = form.fields.iter().any(|field| field.kind == FormFieldKind::File);
    let encoding = if has_files { " enctype=\"multipart/form-data\"" } else { "" };
    let mut text = format!("<form action=\"{base}/f/{public_id}\" method=\"post\"{encoding}>\n");
    let _ = writeln!(text, "  <input type=\"hidden\" name=\"_version\" value=\"{}\">", form.form_version);
    // Programs fill it in, people never see it.
    let _ = writeln!(
        text,
        "  <div style=\"position:absolute;left:-10000px\" aria-hidden=\"true\"><input name=\"{}\" tabindex=\"-1\" autocomplete=\"off\"></div>",
        escape(&form.decoy)
    );
    for field in &form.fields {
        text.push_str(&html_field(field));
    }
    let _ = write!(text, "  <button>{}</button>\n</form>", escape(&form.submit_label));
    text
}

fn html_field(field: &PublicField) -> String {
    let (key, label) = (escape(&field.key), escape(&field.label));
    let required = if field.required { " required" } else { "" };
    let input = |kind: &str| format!("  <label>{label} <input type=\"{kind}\" name=\"{key}\"{required}></label>\n");
    let tick = |value: &str, label: &str| {
        format!("  <label><input type=\"checkbox\" name=\"{key}\" value=\"{value}\"{required}> {label}</label>\n")
    };
    match field.kind {
        FormFieldKind::ShortText => input("text"),
        FormFieldKind::Email => input("email"),
        FormFieldKind::Phone => input("tel"),
        FormFieldKind::Number => input("number"),
        FormFieldKind::Date => input("date"),
        FormFieldKind::File => input("file"),
        FormFieldKind::LongText => {
            format!("  <label>{label} <textarea name=\"{key}\" rows=\"5\"{required}></textarea></label>\n")
        }
        FormFieldKind::Checkbox => tick("true", &label),
        FormFieldKind::Consent => tick("true", &escape(field.wording.as_deref().unwrap_or(&field.label))),
        FormFieldKind::Hidden => format!("  <input type=\"hidden\" name=\"{key}\" value=\"\">\n"),
        FormFieldKind::Heading => format!("  <h3>{label}</h3>\n"),
        FormFieldKind::StaticText => format!("  <p>{label}</p>\n"),
        FormFieldKind::Select => {
            let options: String =
                field.options.iter().map(|it| format!("    <option>{}</option>\n", escape(it))).collect();
            format!(
                "  <label>{label}\n  <select name=\"{key}\"{required}>\n    <option value=\"\"></option>\n{options}  </select></label>\n"
            )
        }
        // A lone radio button could not be taken back.
        FormFieldKind::Radio => {
            match field.options.as_slice() {
                [only] => tick(&escape(only), &escape(only)),
                options => {
                    let inner: String = options
                    .iter()
                    .map(|it| escape(it))
                    .map(|it| format!("    <label><input type=\"radio\" name=\"{key}\" value=\"{it}\"{required}> {it}</label>\n"))
                    .collect();
                    format!("  <fieldset><legend>{label}</legend>\n{inner}  </fieldset>\n")
                }
            }
        }
    }
}

fn sample(field: &PublicField) -> String {
    match field.kind {
        FormFieldKind::Email => "jan@example.com".to_owned(),
        FormFieldKind::Phone => "+48 600 100 200".to_owned(),
        FormFieldKind::Number => "1".to_owned(),
        FormFieldKind::Date => "2026-11-23".to_owned(),
        FormFieldKind::Checkbox | FormFieldKind::Consent => "true".to_owned(),
        FormFieldKind::Select | FormFieldKind::Radio => field.options.first().cloned().unwrap_or_default(),
        _ => field.label.clone(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
