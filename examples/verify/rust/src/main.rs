mod verify;

use http::{HeaderMap, HeaderName, HeaderValue};
use standardwebhooks::Webhook;
use tiny_http::{Request, Response, Server};

fn main() {
    let secret = std::env::var("SECRET").expect("SECRET is the subscription's secret");
    let webhook = Webhook::new(&secret).expect("SECRET is base64");
    let port = std::env::var("PORT").unwrap_or_else(|_| "0".into());
    let server = Server::http(format!("127.0.0.1:{port}")).expect("a free port");
    println!("listening on http://{}", server.server_addr());
    for mut request in server.incoming_requests() {
        let mut body = Vec::new();
        let whole = request.as_reader().read_to_end(&mut body).is_ok();
        let genuine = whole && verify::is_genuine(&webhook, &body, &headers_of(&request));
        // The sender may be gone.
        let _ = request.respond(Response::empty(if genuine { 204 } else { 401 }));
    }
}

fn headers_of(request: &Request) -> HeaderMap {
    let pairs = request.headers().iter().filter_map(|header| {
        let name = HeaderName::from_bytes(header.field.as_str().as_bytes().as_ref()).ok()?;
        Some((name, HeaderValue::from_str(header.value.as_str()).ok()?))
    });
    pairs.collect()
}
