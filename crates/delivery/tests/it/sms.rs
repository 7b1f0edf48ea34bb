//! Text messages to gateways on this machine.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, web};
use chrono::DateTime;
use std::sync::{Arc, Mutex};
use zgoda_app::delivery::{Outgoing, Transport, Undelivered};
use zgoda_delivery::{Secret, SmsGateway, SmsSettings};
use zgoda_domain::{email::MobileNumber, id::MessageId, message::Sms};

#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub path: String,
    authorization: String,
    pub content_type: String,
    pub body: String,
}

pub struct Gateway {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    server: ServerHandle,
}

impl Gateway {
    /// Answers every request with this.
    pub fn start(status: u16, answer: &'static str) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = seen.clone();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let elsewhere = format!("{url}/elsewhere");
        let note = move |request: HttpRequest, body: web::Bytes| {
            let header = |name| request.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
            noted.lock().unwrap().push(Seen {
                path: request.path().to_owned(),
                authorization: header("Authorization"),
                content_type: header("Content-Type"),
                body: String::from_utf8(body.to_vec()).unwrap(),
            });
            let status = actix_web::http::StatusCode::from_u16(status).unwrap();
            let response = HttpResponse::build(status).insert_header(("Location", elsewhere.clone())).body(answer);
            std::future::ready(response)
        };
        let server = HttpServer::new(move || App::new().default_service(web::to(note.clone())))
            .workers(1)
            .listen(listener)
            .unwrap()
            .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { url, seen, server: handle }
    }

    /// What was asked since the last look.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    pub async fn stop(&self) {
        self.server.stop(true).await;
    }

    /// Sends one message through this gateway and says what was asked of it.
    async fn send(&self, provider: &str) -> (Result<(), Undelivered>, Vec<Seen>) {
        let url = if provider == "http" { format!("{}/send?key=1", self.url) } else { self.url.clone() };
        let settings = SmsSettings {
            provider: provider.into(),
            url: Some(url),
            token: Some(Secret::new("t0ken")),
            account: Some("AC123".into()),
            from: Some("Zgoda".into()),
        };
        let message = Sms { to: MobileNumber::parse("+48 600 100 200").unwrap(), text: "Kod: 1 & 2 = żółw".into() };
        let outgoing = Outgoing {
            id: MessageId::generate(DateTime::UNIX_EPOCH, [1; 10]),
            written_at: DateTime::UNIX_EPOCH,
            message: &message,
        };
        let result = SmsGateway::new(settings).unwrap().send(outgoing).await;
        (result, self.seen())
    }
}

fn seen(path: &str, authorization: &str, content_type: &str, body: &str) -> Vec<Seen> {
    let [path, authorization, content_type, body] = [path, authorization, content_type, body].map(str::to_owned);
    vec![Seen { path, authorization, content_type, body }]
}

#[tokio::test]
async fn each_gateway_is_asked_as_it_wants() {
    let gateway = Gateway::start(201, r#"{"sid": "SM1"}"#);
    let form = "application/x-www-form-urlencoded";
    let text = "Kod%3A+1+%26+2+%3D+%C5%BC%C3%B3%C5%82w";
    let (result, asked) = gateway.send("http").await;
    assert_eq!(result, Ok(()));
    let json = r#"{"text":"Kod: 1 & 2 = żółw","to":"+48600100200"}"#;
    assert_eq!(asked, seen("/send", "Bearer t0ken", "application/json", json));
    let (result, asked) = gateway.send("smsapi").await;
    assert_eq!(result, Ok(()));
    let body = format!("to=48600100200&message={text}&encoding=utf-8&format=json&from=Zgoda");
    assert_eq!(asked, seen("/sms.do", "Bearer t0ken", form, &body));
    let (result, asked) = gateway.send("twilio").await;
    assert_eq!(result, Ok(()));
    let body = format!("To=%2B48600100200&From=Zgoda&Body={text}");
    assert_eq!(asked, seen("/2010-04-01/Accounts/AC123/Messages.json", "Basic QUMxMjM6dDBrZW4=", form, &body));
    gateway.server.stop(true).await;
}

#[tokio::test]
async fn an_answer_says_whether_to_try_again_and_repeats_nothing() {
    let quoting = r#"{"error": 13, "message": "No such number 48600100200"}"#;
    for (status, expected) in [
        (400, Undelivered::Refused(400)),
        (422, Undelivered::Refused(422)),
        (401, Undelivered::Deferred(401)),
        (429, Undelivered::Deferred(429)),
        (500, Undelivered::Deferred(500)),
        (503, Undelivered::Deferred(503)),
    ] {
        let gateway = Gateway::start(status, quoting);
        let (result, _) = gateway.send("http").await;
        assert_eq!(result, Err(expected));
        assert!(!format!("{expected} {expected:?}").contains("600"));
        gateway.server.stop(true).await;
    }
    // SMSAPI's way of saying no.
    let gateway = Gateway::start(200, quoting);
    assert_eq!(gateway.send("smsapi").await.0, Err(Undelivered::Deferred(200)));
    gateway.server.stop(true).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 307, 308] {
        let gateway = Gateway::start(status, "");
        let (result, asked) = gateway.send("http").await;
        assert_eq!(result, Err(Undelivered::Deferred(status)));
        assert_eq!(asked.len(), 1);
        gateway.server.stop(true).await;
    }
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_unreachable() {
    let gateway = Gateway::start(200, "");
    gateway.server.stop(true).await;
    assert_eq!(gateway.send("http").await.0, Err(Undelivered::Unreachable));
}
