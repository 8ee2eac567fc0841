//! Files to upload, as small as their formats allow, and the forms that carry them.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::TestApp;

/// A file as a client sends it.
#[derive(Clone)]
pub(crate) struct File {
    /// Empty for a part without a file name.
    name: String,
    content: Vec<u8>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} of {} bytes", self.name, self.content.len())
    }
}

impl File {
    pub(crate) fn new(name: &str, content: Vec<u8>) -> Self {
        Self { name: name.to_owned(), content }
    }

    pub(crate) fn image(name: &str) -> Self {
        Self::new(name, jpeg(64))
    }

    pub(crate) fn voice(name: &str) -> Self {
        Self::new(name, mp3(64))
    }

    pub(crate) fn video(name: &str) -> Self {
        Self::new(name, mp4(64))
    }

    /// The same under another name.
    pub(crate) fn called(&self, name: &str) -> Self {
        Self::new(name, self.content.clone())
    }

    pub(crate) fn part(self) -> Part {
        let part = Part::bytes(self.content);
        if self.name.is_empty() { part } else { part.file_name(self.name) }
    }
}

/// What a JPEG starts and ends with, and nothing to see between.
pub(crate) fn jpeg(size: usize) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0".to_vec();
    bytes.resize(size - 2, 0);
    bytes.extend(b"\xff\xd9");
    bytes
}

/// A tag without frames, and audio after it.
pub(crate) fn mp3(size: usize) -> Vec<u8> {
    let mut bytes = b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x44".to_vec();
    bytes.resize(size, 0);
    bytes
}

/// The three boxes that a film has at least.
pub(crate) fn mp4(size: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov".to_vec();
    let data = u32::try_from(size - bytes.len()).unwrap();
    bytes.extend(data.to_be_bytes());
    bytes.extend(b"mdat");
    bytes.resize(size, 0);
    bytes
}

impl TestApp {
    /// `POST` of a form with one file, and the envelope.
    pub(crate) async fn upload(&self, path: &str, file: File) -> Value {
        let form = Form::new().part("file", file.part());
        self.json(self.rest(Method::POST, path).multipart(form)).await
    }

    /// A GraphQL operation with a file at `place` in its variables, by the multipart request specification.
    pub(crate) fn graphql_upload(&self, query: &str, variables: &Value, place: &str, file: File) -> RequestBuilder {
        let operations = json!({ "query": query, "variables": variables });
        let form = Form::new()
            .text("operations", operations.to_string())
            .text("map", json!({ "0": [format!("variables.{place}")] }).to_string())
            .part("0", file.part());
        self.http.post(format!("{}/graphql", self.url)).multipart(form)
    }
}
