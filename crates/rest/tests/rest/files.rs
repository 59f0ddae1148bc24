use hongyan_model::Feature;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::features::limit;
use crate::support::{Reply, Server, send};

/// What every plan allows.
const FILE_BYTES: usize = 10 * 1024 * 1024;

pub(crate) async fn upload(server: &Server, token: &str, bytes: Vec<u8>, restrict: &str) -> Reply {
    let form = Form::new().part("file", Part::bytes(bytes).file_name("图 1.txt"));
    let path = "/chatfiles?chat-type=undefined&chat-target=undefined";
    let request = server.request(Method::POST, path, token).multipart(form);
    send(request.header("restrict-access", restrict)).await
}

async fn download(server: &Server, path: &str, token: &str, secret: &str) -> reqwest::Response {
    let mut request = server.request(Method::GET, path, token);
    if !secret.is_empty() {
        request = request.header("share-secret", secret);
    }
    request.send().await.unwrap()
}

pub(crate) fn stored(body: &Value) -> (String, String) {
    let entity = &body["entities"][0];
    let text = |key: &str| entity[key].as_str().unwrap().to_owned();
    (format!("/chatfiles/{}", text("uuid")), text("share-secret"))
}

#[tokio::test]
async fn a_restricted_file_needs_its_secret_or_a_token() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let body = upload(&server, &alice, b"hello".to_vec(), "true").await.ok();
    // Clients append the file's id to it.
    assert_eq!(body["uri"], format!("{}/acme/chat/chatfiles", server.address));
    assert_eq!(body["entities"][0]["type"], "chatfile");
    let (path, secret) = stored(&body);

    let in_query = format!("{path}?em-redirect=true&share-secret={secret}");
    for (path, token, secret) in [(&path, "", &*secret), (&in_query, "", ""), (&path, &bob, "")] {
        let response = download(&server, path, token, secret).await;
        assert_eq!(response.status(), 200);
        let header = |name| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-disposition"), "attachment; filename*=UTF-8''%E5%9B%BE%201.txt");
        assert_eq!(response.bytes().await.unwrap(), "hello");
    }
    let foreign = server.foreign_token().await;
    assert_eq!(download(&server, &path, &foreign, &secret).await.status(), 403);
    assert_eq!(download(&server, &path, "garbage", &secret).await.status(), 401);
    for secret in ["", "wrong"] {
        let mut request = server.request(Method::GET, &path, "");
        request = request.header("share-secret", secret);
        send(request).await.refused(403, "forbidden_op", "chatfile no permission");
    }
}

#[tokio::test]
async fn an_open_file_needs_nothing_and_expires() {
    let server = Server::start().await;
    let (path, _) =
        stored(&upload(&server, &server.app_token, b"open".to_vec(), "false").await.ok());
    assert_eq!(download(&server, &path, "", "").await.bytes().await.unwrap(), "open");
    server.clock.advance(server.app.days(Feature::AttachmentStorageDays));
    let reply = server.get(&path, "").await;
    assert_eq!((reply.status, &reply.body["error"]), (404, &json!("file_expired")));
}

#[tokio::test]
async fn files_that_are_not_there() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let (path, secret) = stored(&upload(&server, &alice, b"v".to_vec(), "1").await.ok());
    for missing in [
        "/chatfiles/x",
        "/chatfiles/5fd74830-0000-11ee-822a-000000000000",
        &format!("{path}?vframe=true"),
    ] {
        server.get(missing, &alice).await.refused(404, "entity_not_found", "file may not exists");
    }
    server.foreign_token().await;
    let elsewhere = format!("{}/acme/other{path}?share-secret={secret}", server.address);
    let reply = send(server.client.get(elsewhere)).await;
    reply.refused(404, "entity_not_found", "file may not exists");
}

#[tokio::test]
async fn images_get_thumbnails() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let image = noisy_bitmap(300, 300);
    let (path, secret) = stored(&upload(&server, &alice, image.clone(), "true").await.ok());
    let thumbnail = download(&server, &format!("{path}?thumbnail=true"), "", "").await;
    assert_eq!(thumbnail.status(), 200, "previews are fetched without the secret");
    let small = thumbnail.bytes().await.unwrap();
    assert!(!small.is_empty() && small.len() < image.len());
    let by_header = server.request(Method::GET, &path, &alice).header("thumbnail", "true");
    assert_eq!(by_header.send().await.unwrap().bytes().await.unwrap(), small);
    let whole = download(&server, &path, "", &secret).await;
    assert_eq!(whole.bytes().await.unwrap(), image);
}

#[tokio::test]
async fn a_small_image_is_its_own_thumbnail_and_as_restricted_as_the_file() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let image = noisy_bitmap(20, 20);
    let (path, secret) = stored(&upload(&server, &alice, image.clone(), "true").await.ok());
    let by_header = || server.request(Method::GET, &path, "").header("thumbnail", "true");
    let in_query = server.request(Method::GET, &format!("{path}?thumbnail=true"), "");
    for request in [by_header(), in_query, by_header().header("share-secret", "wrong")] {
        send(request).await.refused(403, "forbidden_op", "chatfile no permission");
    }
    for request in [by_header().header("share-secret", &secret), by_header().bearer_auth(&alice)] {
        assert_eq!(request.send().await.unwrap().bytes().await.unwrap(), image);
    }
    let (open, _) = stored(&upload(&server, &alice, image.clone(), "false").await.ok());
    let thumbnail = download(&server, &format!("{open}?thumbnail=true"), "", "").await;
    assert_eq!(thumbnail.bytes().await.unwrap(), image);
}

#[tokio::test]
async fn uploads_that_are_refused() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let reply = server.post("/chatfiles", &alice, json!({})).await;
    reply.refused(415, "web_application", "Unsupported Media Type");
    let form = Form::new().text("other", "x");
    let reply = send(server.request(Method::POST, "/chatfiles", &alice).multipart(form)).await;
    reply.refused(400, "illegal_argument", "file must be provided.");
    let cut = server
        .request(Method::POST, "/chatfiles", &alice)
        .header("content-type", "multipart/form-data; boundary=b")
        .body("--b\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\nabc");
    assert_eq!(send(cut).await.status, 400);

    let (error, text) =
        ("file exceeding maximum limit", "the file size exceeds the maximum limit.");
    let large = || vec![0; FILE_BYTES + 1];
    // To the SDK every status but 400 is a success.
    upload(&server, &alice, large(), "true").await.refused(400, error, text);
    upload(&server, &alice, vec![0; 5 * FILE_BYTES], "true").await.refused(400, error, text);
    upload(&server, &server.app_token, large(), "true").await.refused(413, error, text);
    upload(&server, &alice, vec![0; FILE_BYTES], "true").await.ok();
}

/// A PNG that does not compress, by hand: no image crate here.
fn noisy_bitmap(width: u32, height: u32) -> Vec<u8> {
    let mut raw = Vec::new();
    let mut noise: u32 = 1;
    for _ in 0..height {
        raw.extend([0]);
        for _ in 0..width * 3 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            raw.push((noise >> 24) as u8);
        }
    }
    // zlib with stored blocks.
    let mut zlib = vec![0x78, 0x01];
    let blocks: Vec<&[u8]> = raw.chunks(65_535).collect();
    for (n, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        zlib.push(u8::from(n + 1 == blocks.len()));
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(*block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &raw {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    zlib.extend((b << 16 | a).to_be_bytes());

    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    for (kind, data) in [(b"IHDR", header), (b"IDAT", zlib), (b"IEND", Vec::new())] {
        png.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        let checked: Vec<u8> = kind.iter().copied().chain(data).collect();
        png.extend(&checked);
        png.extend(crc32(&checked).to_be_bytes());
    }
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

#[tokio::test]
async fn players_read_pieces() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 253) as u8).collect();
    let (path, _) = stored(&upload(&server, &alice, bytes.clone(), "false").await.ok());
    let get = async |method, range: Option<&str>| {
        let request = server.request(method, &path, "");
        let request =
            range.into_iter().fold(request, |request, range| request.header("range", range));
        let response = request.send().await.unwrap();
        let headers = response.headers().clone();
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let facts = (response.status().as_u16(), header("content-range"), header("content-length"));
        (facts, response.bytes().await.unwrap())
    };
    let ((status, range, length), body) = get(Method::GET, None).await;
    assert_eq!((status, range, length.as_deref()), (200, None, Some("3000000")));
    assert!(body == bytes);
    let ((status, range, length), body) = get(Method::GET, Some("bytes=1000000-2500000")).await;
    assert_eq!((status, length.as_deref()), (206, Some("1500001")));
    assert_eq!(range.as_deref(), Some("bytes 1000000-2500000/3000000"));
    assert!(body == bytes[1_000_000..=2_500_000]);
    let ((status, range, _), body) = get(Method::GET, Some("bytes=3000000-")).await;
    assert_eq!((status, range.as_deref()), (416, Some("bytes */3000000")));
    let error: Value = serde_json::from_slice(&body).unwrap();
    let text = "the range is beyond the end of the file, which has 3000000 bytes";
    assert_eq!(error["error"], "range_not_satisfiable");
    assert_eq!(error["error_description"], text);
    let ((status, _, length), body) = get(Method::HEAD, None).await;
    assert_eq!((status, length.as_deref(), body.len()), (200, Some("3000000"), 0));
}

#[tokio::test]
async fn files_are_kept_longer_or_for_ever() {
    const DAY: i64 = 24 * 3600 * 1000;
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    server.change_app(limit(Feature::AttachmentStorageDays, 7)).await;
    let mut files = Vec::new();
    for token in [&alice, &alice, &alice, &alice, &server.app_token] {
        let body = upload(&server, token, b"hello".to_vec(), "false").await.ok();
        files.push(body["entities"][0]["uuid"].as_str().unwrap().to_owned());
    }
    let set = async |token: &str, user: &str, lifetime: &str, ids: Value| {
        let path = format!("/users/{user}/chatfiles/lifetime");
        let body = json!({"lifetime": lifetime, "chatfile_ids": ids});
        server.put(&path, token, body).await
    };
    let there = async |file: &str| {
        download(&server, &format!("/chatfiles/{file}"), "", "").await.status() == 200
    };
    server.clock.advance(3 * DAY);
    let app = &server.app_token;
    let body =
        set(&alice, "alice", "forever", json!([files[0], files[1], files[4], "x"])).await.ok();
    let expected =
        json!({&files[0]: "success", &files[1]: "success", &files[4]: "failed", "x": "failed"});
    assert_eq!(body["data"], expected);
    let body = set(&bob, "bob", "default", json!([files[0]])).await.ok();
    assert_eq!(body["data"][&files[0]], "failed");
    let body = set(app, "bob", "refresh", json!([files[2], files[4]])).await.ok();
    assert_eq!(body["data"], json!({&files[2]: "success", &files[4]: "success"}));
    server.clock.advance(4 * DAY);
    assert!(there(&files[2]).await && !there(&files[3]).await);
    let body = set(&alice, "alice", "refresh", json!([files[3]])).await.ok();
    assert_eq!(body["data"][&files[3]], "failed", "what has expired stays so");
    server.clock.advance(3 * DAY);
    assert!(!there(&files[2]).await && !there(&files[4]).await && there(&files[0]).await);
    server.clock.advance(40 * DAY);
    assert!(there(&files[0]).await && there(&files[1]).await);
    set(&alice, "alice", "default", json!(files[1])).await.ok();
    assert!(there(&files[0]).await && !there(&files[1]).await);

    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    let reply = set(app, "alice", "refresh", json!(many)).await;
    reply.refused(400, "illegal_argument", "chatfile_ids size is too large");
    let reply = set(app, "alice", "longer", json!(["x"])).await;
    let text = "lifetime must be either 'forever' or 'default' or 'refresh'";
    reply.refused(400, "illegal_argument", text);
    let reply = set(app, "nobody", "refresh", json!(["x"])).await;
    reply.refused(404, "service_resource_not_found", "Service resource not found");
    let reply = set(&bob, "alice", "refresh", json!(["x"])).await;
    reply.refused(401, "unauthorized", "unauthorized");
    let foreign = server.foreign_token().await;
    let reply = set(&foreign, "alice", "forever", json!([files[0]])).await;
    reply.refused(401, "auth_bad_access_token", "Unable to authenticate");
}
