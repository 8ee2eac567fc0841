use super::*;

fn material(kind: Kind, name: &str, title: &str, file_id: &str) -> media::Model {
    let now = clock::now();
    media::Model {
        account_id: "account".into(),
        id: "id".into(),
        kind,
        name: name.into(),
        title: title.into(),
        description: String::new(),
        file_id: file_id.into(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

#[test]
fn a_download_is_named_like_the_material_and_its_format() {
    for (kind, name, title, file_id, download) in [
        (Kind::Image, "茶.jpg", "", "f.jpg", "茶.jpg"),
        (Kind::Image, "茶.JPEG", "", "f.jpg", "茶.JPEG"),
        (Kind::Image, "茶", "", "f.jpg", "茶.jpg"),
        (Kind::Image, "茶.", "", "f.jpg", "茶..jpg"),
        (Kind::Image, "renamed.exe", "", "f.jpg", "renamed.exe.jpg"),
        (Kind::ArticleImage, "a.b", "", "f.jpg", "a.b.jpg"),
        (Kind::Voice, "问候", "", "f.mp3", "问候.mp3"),
        // The format of the file counts, and not that of the name.
        (Kind::Voice, "问候.mp3", "", "f.amr", "问候.mp3.amr"),
        (Kind::Video, "film.mp4", "茶艺", "f.mp4", "film.mp4"),
        (Kind::Video, "", "茶艺", "f.mp4", "茶艺.mp4"),
        (Kind::Video, "", "", "f.mp4", "video.mp4"),
        (Kind::Image, "", "", "f.jpg", "image.jpg"),
        (Kind::Image, "茶", "", "without", "茶"),
    ] {
        let material = material(kind, name, title, file_id);
        assert_eq!(download_name(&material), download, "{name:?} {title:?} {file_id}");
    }
}

#[test]
fn a_long_file_name_keeps_its_end() {
    assert_eq!(shortened("a.jpg"), "a.jpg");
    let long = format!("{}.jpg", "名".repeat(200));
    let kept = shortened(&long);
    assert_eq!((kept.chars().count(), kept.ends_with("名.jpg")), (checks::NAME_LENGTH, true));
}

#[test]
fn a_caption_ends_at_its_limits_and_may_be_empty() {
    let caption = |title: Option<&str>, description: Option<&str>| {
        Caption { title: title.map(Into::into), description: description.map(Into::into) }.checked()
    };
    for unit in ["a", "汉", "😀"] {
        let (title, description) = (unit.repeat(100), unit.repeat(1_000));
        let kept = caption(Some(&title), Some(&description));
        assert!(
            kept.is_ok_and(|kept| kept.title == Some(title.clone()) && kept.description == Some(description.clone()))
        );
        let field = |refused: Result<Caption>| refused.err().and_then(|error| error.field().map(str::to_owned));
        assert_eq!(field(caption(Some(&(title + unit)), None)).as_deref(), Some("title"));
        assert_eq!(field(caption(None, Some(&(description + unit)))).as_deref(), Some("description"));
    }
    // Nothing leaves what is there; what is blank takes it away.
    let kept = caption(None, Some(" \n"));
    assert!(kept.is_ok_and(|kept| kept.title.is_none() && kept.description.as_deref() == Some("")));
}
