//! Against moto, an independent implementation of S3 in Python (`pip install 'moto[server]'`), if the variable
//! `ODAESAN_TEST_PYTHON` names a Python that has it.
#![expect(clippy::print_stderr, reason = "whoever reads the log should see what was skipped")]

use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::process::{Child, Command};

use super::super::{Error, REMOTE_PART, Storage};
use super::{broken, content, ranges, read};

const SECRET: &str = "Shown+Nowhere/AtAll";

struct Server {
    endpoint: String,
    _process: Child,
}

impl Server {
    /// `None`, and why in the log, where there is no such Python or no moto.
    async fn start() -> Option<Self> {
        let Ok(python) = std::env::var("ODAESAN_TEST_PYTHON") else {
            eprintln!("skipped: ODAESAN_TEST_PYTHON is not set");
            return None;
        };
        let found = Command::new(&python).args(["-c", "import moto.server"]).stderr(Stdio::null()).status().await;
        if !found.is_ok_and(|status| status.success()) {
            eprintln!("skipped: {python} does not run, or has no moto[server]");
            return None;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(&python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let server = Self { endpoint: format!("http://127.0.0.1:{port}"), _process: process };
        for _ in 0..600 {
            if reqwest_client().get(format!("{}/moto-api/data.json", server.endpoint)).send().await.is_ok() {
                return Some(server);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("moto did not start within 30 seconds");
    }

    fn storage(&self, bucket: &str) -> Storage {
        self.storage_as(bucket, "KEYID0123456789", SECRET)
    }

    fn storage_as(&self, bucket: &str, key_id: &str, secret: &str) -> Storage {
        Storage::open(&format!(
            "s3://{bucket}/some/prefix?region=us-east-1&endpoint={}&access_key_id={key_id}&secret_access_key={secret}",
            self.endpoint
        ))
        .unwrap()
    }

    async fn make_bucket(&self, bucket: &str) {
        let made = reqwest_client().put(format!("{}/{bucket}", self.endpoint)).send().await.unwrap();
        assert!(made.status().is_success(), "{made:?}");
    }

    /// What S3 itself says is there: `?list-type=2` or `?uploads`.
    async fn list(&self, bucket: &str, query: &str) -> String {
        let listed = reqwest_client().get(format!("{}/{bucket}?{query}", self.endpoint)).send().await.unwrap();
        assert!(listed.status().is_success(), "{listed:?}");
        listed.text().await.unwrap()
    }

    /// A user who may do everything with buckets: key id and secret.
    async fn make_user(&self) -> (String, String) {
        self.manage_users("CreateUser", &[]).await;
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        self.manage_users("PutUserPolicy", &[("PolicyName", "all"), ("PolicyDocument", policy)]).await;
        let made = self.manage_users("CreateAccessKey", &[]).await;
        let between = |start: &str, end: &str| made.split_once(start).unwrap().1.split_once(end).unwrap().0.to_owned();
        (between("<AccessKeyId>", "<"), between("<SecretAccessKey>", "<"))
    }

    async fn manage_users(&self, action: &str, more: &[(&str, &str)]) -> String {
        let mut url = reqwest::Url::parse(&self.endpoint).unwrap();
        let common = [("Action", action), ("Version", "2010-05-08"), ("UserName", "user")];
        url.query_pairs_mut().extend_pairs(common.iter().chain(more));
        // Which service is meant, moto reads from the signature, before it checks any.
        let scope =
            "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=a";
        let answer = reqwest_client().post(url).header("authorization", scope).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        answer.text().await.unwrap()
    }

    /// From here on, every call needs the signature of a user.
    async fn check_signatures(&self) {
        let url = format!("{}/moto-api/reset-auth", self.endpoint);
        let answer = reqwest_client().post(url).body("0").send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }
}

fn reqwest_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

#[tokio::test]
async fn objects_are_written_in_one_part_or_many_read_and_deleted() {
    let Some(server) = Server::start().await else { return };
    server.make_bucket("bucket").await;
    let storage = server.storage("bucket");
    storage.check().await.unwrap();
    for length in [0, 1, REMOTE_PART - 1, REMOTE_PART, REMOTE_PART + 1, 17 << 20] {
        let content = content(length);
        let key = format!("account/{length}.bin");
        assert_eq!(storage.write(&key, content.as_slice()).await.unwrap(), length as u64);
        assert_eq!(storage.size(&key).await.unwrap(), length as u64);
        assert!(storage.read_to_end(&key, length as u64).await.unwrap() == content, "{length}");
        if length > 1 {
            for range in ranges(length as u64) {
                let expected = &content[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
                assert!(read(&storage, &key, range.clone()).await.unwrap() == expected, "{length}: {range:?}");
            }
        }
        let too_long = read(&storage, &key, 0..length as u64 + 1).await.unwrap_err();
        assert!(matches!(too_long, Error::Failed { operation: "read", .. }), "{too_long:?}");
        assert!(server.list("bucket", "list-type=2").await.contains(&format!("<Key>some/prefix/{key}</Key>")));
        storage.delete(&key).await.unwrap();
        storage.delete(&key).await.unwrap();
        assert!(matches!(read(&storage, &key, 0..1).await, Err(Error::Missing { .. })));
        assert!(matches!(storage.size(&key).await, Err(Error::Missing { .. })));
    }
    assert!(!server.list("bucket", "list-type=2").await.contains("<Key>"));
    assert!(!server.list("bucket", "uploads").await.contains("<UploadId>"));
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_aborted() {
    let Some(server) = Server::start().await else { return };
    server.make_bucket("bucket").await;
    let storage = server.storage("bucket");
    for length in [0, 1, REMOTE_PART + 1, 17 << 20] {
        let error = storage.write("a", broken(&content(length))).await.unwrap_err();
        assert!(matches!(error, Error::Content { .. }), "{error:?}");
    }
    assert!(!server.list("bucket", "list-type=2").await.contains("<Key>"));
    assert!(!server.list("bucket", "uploads").await.contains("<UploadId>"));
}

/// A request whose client goes away is dropped in the midst of its work, here after parts were uploaded.
#[tokio::test]
async fn an_upload_that_is_dropped_is_aborted() {
    use tokio::io::AsyncWriteExt as _;
    let Some(server) = Server::start().await else { return };
    server.make_bucket("bucket").await;
    let storage = server.storage("bucket");
    let (mut client, content_of_client) = tokio::io::duplex(64 << 10);
    let writer = tokio::spawn(async move { storage.write("a", content_of_client).await });
    client.write_all(&content(3 * REMOTE_PART)).await.unwrap();
    assert!(server.list("bucket", "uploads").await.contains("<UploadId>"));
    writer.abort();
    assert!(writer.await.unwrap_err().is_cancelled());
    for _ in 0..200 {
        if !server.list("bucket", "uploads").await.contains("<UploadId>") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", server.list("bucket", "uploads").await);
}

#[tokio::test]
async fn writers_do_not_meet() {
    let Some(server) = Server::start().await else { return };
    server.make_bucket("bucket").await;
    let storage = server.storage("bucket");
    let contents: Vec<_> = (0..6).map(|index| (format!("key-{index}"), content(REMOTE_PART + index))).collect();
    let written = join_all(contents.iter().map(|(key, content)| storage.write(key, content.as_slice()))).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    for (key, content) in &contents {
        assert!(storage.read_to_end(key, 100 << 20).await.unwrap() == *content, "{key}");
    }
}

#[tokio::test]
async fn a_missing_bucket_is_a_failure_and_not_a_missing_object() {
    let Some(server) = Server::start().await else { return };
    let storage = server.storage("nowhere");
    let error = storage.check().await.unwrap_err();
    assert!(matches!(error, Error::Failed { operation: "write", .. }), "{error:?}");
    assert!(error.to_string().contains("NoSuchBucket"), "{error}");
    let error = read(&storage, "a", 0..1).await.unwrap_err();
    assert!(matches!(error, Error::Failed { operation: "read", .. }), "{error:?}");
}

#[tokio::test]
async fn signatures_are_right_and_wrong_credentials_are_a_failure_that_does_not_show_them() {
    let Some(server) = Server::start().await else { return };
    server.make_bucket("bucket").await;
    let (key_id, secret) = server.make_user().await;
    server.check_signatures().await;

    let storage = server.storage_as("bucket", &key_id, &secret.replace('/', "%2F"));
    storage.check().await.unwrap();
    let content = content(REMOTE_PART * 2 + 1);
    storage.write("a/b", content.as_slice()).await.unwrap();
    assert!(read(&storage, "a/b", 5..REMOTE_PART as u64 + 9).await.unwrap() == content[5..REMOTE_PART + 9]);
    storage.write("a/c", broken(&content)).await.unwrap_err();
    storage.delete("a/b").await.unwrap();

    for (key_id, code) in [(key_id.as_str(), "SignatureDoesNotMatch"), ("KEYID0123456789", "InvalidAccessKeyId")] {
        let storage = server.storage_as("bucket", key_id, SECRET);
        let error = storage.check().await.unwrap_err();
        assert!(matches!(error, Error::Failed { operation: "write", .. }), "{error:?}");
        assert!(error.to_string().contains("permission denied") && error.to_string().contains(code), "{error}");
        for text in [error.to_string(), format!("{error:?}"), format!("{storage:?}")] {
            assert!(!text.contains(SECRET) && !text.contains(key_id) && !text.contains('\n'), "{text}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_failure_after_the_retries() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let storage = Storage::open(&format!(
        "s3://bucket?region=us-east-1&endpoint=http://127.0.0.1:{port}&access_key_id=KEYID0123456789&secret_access_key={SECRET}"
    ));
    let error = storage.unwrap().check().await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::Failed { operation: "write", .. }), "{text}");
    assert!(text.to_lowercase().contains("connect") && !text.contains(SECRET), "{text}");
}
