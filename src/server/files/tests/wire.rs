//! Over a connection, where the length that is announced and the bytes that come can differ.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::super::serve;
use super::Shelf;

/// Serves the file under every path, and sends one request. The whole answer, until the server closes.
async fn exchange(shelf: Shelf, request: &str) -> Vec<u8> {
    let router = Router::new()
        .fallback(|State(shelf): State<Arc<Shelf>>, request: Request| async move {
            serve(&shelf.storage, &shelf.file, &request.into_parts().0).await
        })
        .with_state(Arc::new(shelf));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has said what it had to say.
    let _ = connection.read_to_end(&mut answer).await;
    server.abort();
    answer
}

fn split(answer: &[u8]) -> (String, &[u8]) {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    (String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase(), &answer[end + 4..])
}

#[tokio::test]
async fn a_large_file_comes_with_its_length_and_not_in_chunks() {
    let content: Vec<u8> = (0..3_000_000_u32).map(|index| index.to_le_bytes()[1]).collect();
    let answer = exchange(Shelf::with(&content).await, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    let (head, body) = split(&answer);
    assert!(head.starts_with("http/1.1 200 ") && head.contains("\r\ncontent-length: 3000000"), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert!(body == content);
}

#[tokio::test]
async fn head_has_the_length_and_no_content() {
    let answer = exchange(Shelf::with(b"12345").await, "HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    let (head, body) = split(&answer);
    assert!(head.starts_with("http/1.1 200 ") && head.contains("\r\ncontent-length: 5"), "{head}");
    assert!(body.is_empty());
}

#[tokio::test]
async fn a_304_has_no_content_and_no_length_of_it() {
    let request = "GET / HTTP/1.1\r\nhost: a\r\nif-none-match: *\r\nconnection: close\r\n\r\n";
    let answer = exchange(Shelf::with(b"12345").await, request).await;
    let (head, body) = split(&answer);
    assert!(head.starts_with("http/1.1 304 ") && !head.contains("content-length"), "{head}");
    assert!(body.is_empty());
}

/// The object is shorter than the database says: the client sees that the answer is not whole.
#[tokio::test]
async fn a_failure_half_way_cuts_the_connection() {
    let content: Vec<u8> = (0..2_000_000_u32).map(|index| index.to_le_bytes()[1]).collect();
    let mut shelf = Shelf::with(&content).await;
    shelf.file.size = 4_000_000;
    // Kept alive: it is the failure that ends it.
    let answer = exchange(shelf, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let (head, body) = split(&answer);
    assert!(head.starts_with("http/1.1 200 ") && head.contains("\r\ncontent-length: 4000000"), "{head}");
    assert!(content.starts_with(body) && body.len() <= content.len(), "{}", body.len());
}
