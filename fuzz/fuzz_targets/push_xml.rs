//! Whatever the body of a delivery is, it is read or refused; what is read has one key, and is kept as JSON without loss.

#![no_main]

use libfuzzer_sys::fuzz_target;
use odaesan::webhook::push::Push;
use odaesan::webhook::{Element, envelope};

fuzz_target!(|body: &[u8]| {
    let _ = envelope::encrypted(body);
    if let Ok(push) = Push::parse(body) {
        let key = push.dedup_key();
        assert!(key.len() <= 42 && key.is_ascii());
        assert_eq!(Push::parse(body).map(|again| again.dedup_key()), Ok(key));
        let json = push.fields.to_json();
        assert_eq!(Element::from_json("xml", &json).to_json(), json);
    }
});
