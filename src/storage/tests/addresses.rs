use super::super::Storage;

#[test]
fn every_service_has_its_address() {
    // What cos:// and oss:// mean is tested up to the client that is built: no server of their protocols can be run here.
    // Reading and writing through them is not exercised; all above the client is shared with s3://, which is.
    for (url, shown) in [
        ("s3://bucket?region=eu-central-1", "s3://bucket/"),
        ("s3://bucket/?region=eu-central-1", "s3://bucket/"),
        ("s3://bucket/a/b/?endpoint=http://127.0.0.1:9000&region=us-east-1", "s3://bucket/a/b"),
        ("s3://bucket?region=r&endpoint=https%3A%2F%2Fminio.example%3A9000%2F&virtual_host_style=true", "s3://bucket/"),
        ("cos://bucket-1250000000/files?region=ap-guangzhou", "cos://bucket-1250000000/files"),
        ("cos://bucket-1250000000?endpoint=https://cos.ap-guangzhou.myqcloud.com", "cos://bucket-1250000000/"),
        ("oss://bucket/files?region=cn-hangzhou", "oss://bucket/files"),
        ("oss://bucket?endpoint=https://oss-cn-hangzhou-internal.aliyuncs.com", "oss://bucket/"),
    ] {
        let storage = Storage::open(url).unwrap();
        assert_eq!(format!("{storage:?}"), format!("Storage({shown:?})"), "{url}");
        let storage = Storage::open(&format!(
            "{url}&access_key_id=AKIDSHOWNNOT&secret_access_key=Not+Shown/And%26So&session_token=NotShownToken"
        ));
        let storage = storage.unwrap();
        assert_eq!(format!("{storage:?}"), format!("Storage({shown:?})"), "{url}");
    }
}

#[test]
fn a_wrong_address_is_refused_in_one_sentence_without_its_secrets() {
    for (url, named) in [
        ("", "is not a URL"),
        ("/var/lib/secret", "is not a URL"),
        ("ftp://bucket", "must start with fs:"),
        ("https://secret.example", "must start with fs:"),
        ("fs:", "names no directory"),
        ("fs://secret/path", "names a host"),
        ("s3:bucket", "does not name a bucket"),
        ("s3:///prefix", "does not name a bucket"),
        ("s3://ab?region=r", "does not name a bucket"),
        ("s3://bu%20cket?region=r", "does not name a bucket"),
        ("s3://key:secret@bucket?region=r", "user name or password"),
        ("s3://secret@bucket?region=r", "user name or password"),
        ("s3://bucket:9000?region=r", "port"),
        ("s3://bucket/a//b?region=r", "prefix"),
        ("s3://bucket/a%20b?region=r", "prefix"),
        ("s3://bucket?region=", "region"),
        ("s3://bucket?region=a.b", "region"),
        ("s3://bucket?region=r&region=r", "gives region twice"),
        ("s3://bucket?region=r&endpoint=minio", "endpoint"),
        ("s3://bucket?region=r&endpoint=http://secret:x@minio", "endpoint"),
        ("s3://bucket?region=r&endpoint=http://minio/path", "endpoint"),
        ("s3://bucket?region=r&endpoint=ftp://minio", "endpoint"),
        ("s3://bucket?region=r&virtual_host_style=yes", "virtual_host_style"),
        ("cos://bucket?region=r&virtual_host_style=true", "only s3://"),
        ("s3://bucket?region=r&secret_acess_key=secret", "number 2"),
        ("s3://bucket?region=r&secret_access_key=a&secret=b", "number 3"),
        ("s3://bucket?region=r&secret_access_key=secret", "both access_key_id and secret_access_key"),
        ("s3://bucket?region=r&access_key_id=secret", "both access_key_id and secret_access_key"),
        ("s3://bucket?region=r&access_key_id=secret&secret_access_key=", "empty"),
        ("s3://bucket?region=r&session_token=secret", "session_token without"),
        ("s3://bucket?region=r&secret_access_key=secret#rest", "%23"),
        ("s3://bucket?region=r&secret_access_key=secret%ff", "UTF-8"),
        ("cos://bucket", "needs ?region= or ?endpoint="),
        ("oss://bucket", "needs ?region= or ?endpoint="),
    ] {
        let error = Storage::open(url).unwrap_err();
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(text.contains(named), "{url}: {text}");
            assert!(!text.replace("secret_access_key", "").contains("secret"), "{url}: {text}");
            assert!(!text.contains('\n'), "{url}: {text}");
        }
    }
}

/// S3 has no region of its own; a machine that runs the tests can have one.
#[test]
fn the_region_of_s3_is_asked_for() {
    let opened = Storage::open("s3://bucket?endpoint=http://127.0.0.1:9000");
    let set = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().any(|variable| std::env::var_os(variable).is_some());
    match opened {
        Ok(_) => assert!(set),
        Err(error) => assert!(!set && error.to_string().ends_with("needs ?region=, or the variable AWS_REGION")),
    }
}

#[tokio::test]
async fn a_relative_directory_is_one_from_here() {
    let here = std::env::current_dir().unwrap();
    let directory = tempfile::tempdir_in(&here).unwrap();
    let name = directory.path().file_name().unwrap().to_str().unwrap();
    for url in [format!("fs:./{name}/files"), format!("fs:{name}/files")] {
        Storage::open(&url).unwrap().write("a", url.as_bytes()).await.unwrap();
        assert_eq!(std::fs::read_to_string(directory.path().join("files/a")).unwrap(), url);
    }
}
