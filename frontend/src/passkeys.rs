//! Passkeys: the browser's own dialog, in between the server's question and its check (WebAuthn Level 3).

use js_sys::{Function, JSON, Object, Promise, Reflect};
use leptos::prelude::window;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPasskey {
    /// The browser is too old.
    Unsupported,
    /// The person closed the dialog, or the device has no fitting key.
    Declined,
}

/// Whether this browser can, at this address: an IP address has no passkeys.
pub fn are_possible() -> bool {
    let host = window().location().hostname().unwrap_or_default();
    let address = host.contains(':') || host.chars().all(|c| c.is_ascii_digit() || c == '.');
    !address && parser("parseRequestOptionsFromJSON").is_ok()
}

/// Asks for a passkey that exists.
pub async fn answer(options: &Value) -> Result<Value, NoPasskey> {
    ask(options, "parseRequestOptionsFromJSON", "get").await
}

/// Asks for a new passkey.
pub async fn create(options: &Value) -> Result<Value, NoPasskey> {
    ask(options, "parseCreationOptionsFromJSON", "create").await
}

fn unsupported(_: JsValue) -> NoPasskey {
    NoPasskey::Unsupported
}

fn method(target: &JsValue, name: &str) -> Result<Function, NoPasskey> {
    Reflect::get(target, &name.into()).and_then(|found| found.dyn_into()).map_err(unsupported)
}

fn parser(name: &str) -> Result<(JsValue, Function), NoPasskey> {
    let class = Reflect::get(&window(), &"PublicKeyCredential".into()).map_err(unsupported)?;
    if class.is_undefined() {
        return Err(NoPasskey::Unsupported);
    }
    let parse = method(&class, name)?;
    Ok((class, parse))
}

async fn ask(options: &Value, parse: &str, verb: &str) -> Result<Value, NoPasskey> {
    let (class, parse) = parser(parse)?;
    let question = options.get("publicKey").unwrap_or(options).to_string();
    let question = JSON::parse(&question).map_err(unsupported)?;
    let question = parse.call1(&class, &question).map_err(unsupported)?;
    let argument = Object::new();
    Reflect::set(&argument, &"publicKey".into(), &question).map_err(unsupported)?;
    let container = Reflect::get(&window().navigator(), &"credentials".into()).map_err(unsupported)?;
    let promise: Promise = method(&container, verb)?
        .call1(&container, &argument)
        .and_then(|promise| promise.dyn_into())
        .map_err(unsupported)?;
    let credential = JsFuture::from(promise).await.map_err(|_| NoPasskey::Declined)?;
    let json = method(&credential, "toJSON")?.call0(&credential).map_err(unsupported)?;
    let text = JSON::stringify(&json).map_err(unsupported)?;
    serde_json::from_str(&String::from(text)).map_err(|_| NoPasskey::Unsupported)
}
