//! Whatever the body of a delivery is, it is read or refused, and what is read has one key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use odaesan::webhook::envelope;
use odaesan::webhook::push::Push;

fuzz_target!(|body: &[u8]| {
    let _ = envelope::encrypted(body);
    if let Ok(push) = Push::parse(body) {
        let key = push.dedup_key();
        assert!(key.len() <= 90 && key.is_ascii());
        assert_eq!(Push::parse(body).map(|again| again.dedup_key()), Ok(key));
    }
});
