//! Openids that need no table: computed from an account and a follower's number, and turned back into the number.
//!
//! The layout is 28 characters as WeChat's: `o` and 27 characters of URL-safe base64 over 20 bytes, which are 4 bytes
//! of the account (real openids of one account share a beginning too), 8 bytes of the scrambled number and 8 bytes
//! that depend on both. The last part is what makes a made-up or foreign openid unknown.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha1::{Digest, Sha1};

/// Maps the numbers of one account's followers to openids and back.
#[derive(Clone, Debug)]
pub(crate) struct OpenidCodec {
    account: [u8; 4],
    seed: u64,
}

impl OpenidCodec {
    /// The same app id gives the same openids in every run.
    pub(crate) fn new(app_id: &str) -> Self {
        let digest = Sha1::digest(app_id.as_bytes());
        Self { account: first(&digest), seed: u64::from_be_bytes(first(&digest[4..])) }
    }

    /// A number that is different for every follower of every account, for whatever is made up about them.
    pub(crate) const fn follower_seed(&self, index: u64) -> u64 {
        scramble(self.seed ^ scramble(index))
    }

    /// The openid of the follower with this number.
    pub(crate) fn encode(&self, index: u64) -> String {
        let scrambled = scramble(index ^ self.seed);
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&self.account);
        bytes[4..12].copy_from_slice(&scrambled.to_be_bytes());
        bytes[12..].copy_from_slice(&self.check(scrambled).to_be_bytes());
        let mut openid = String::with_capacity(28);
        openid.push('o');
        BASE64_URL_SAFE_NO_PAD.encode_string(bytes, &mut openid);
        openid
    }

    /// The number behind an openid of this account; `None` for any other text.
    pub(crate) fn decode(&self, openid: &str) -> Option<u64> {
        let mut bytes = [0; 20];
        let written = BASE64_URL_SAFE_NO_PAD.decode_slice(openid.strip_prefix('o')?, &mut bytes).ok()?;
        let scrambled = u64::from_be_bytes(first(&bytes[4..]));
        let genuine =
            written == bytes.len() && bytes[..4] == self.account && bytes[12..] == self.check(scrambled).to_be_bytes();
        genuine.then(|| unscramble(scrambled) ^ self.seed)
    }

    const fn check(&self, scrambled: u64) -> u64 {
        scramble(scrambled ^ self.seed.rotate_left(32))
    }
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut taken = [0; N];
    taken.copy_from_slice(&bytes[..N]);
    taken
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection in which neighbours look unrelated.
const fn scramble(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Undoes [`scramble`]: the factors are the inverses modulo 2^64.
const fn unscramble(mut x: u64) -> u64 {
    x = (x ^ (x >> 31) ^ (x >> 62)).wrapping_mul(0x3196_42b2_d24d_8ec3);
    x = (x ^ (x >> 27) ^ (x >> 54)).wrapping_mul(0x96de_1b17_3f11_9089);
    x ^ (x >> 30) ^ (x >> 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_openid_leads_back_to_its_number() {
        let codec = OpenidCodec::new("wx0123456789abcdef");
        for index in [0, 1, 2, 9_999, 10_000, 999_999, u64::from(u32::MAX), u64::MAX] {
            let openid = codec.encode(index);
            assert_eq!(openid.len(), 28);
            assert!(openid.starts_with('o'));
            assert!(openid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
            assert_eq!(codec.decode(&openid), Some(index));
        }
    }

    #[test]
    fn foreign_and_altered_openids_are_unknown() {
        let codec = OpenidCodec::new("wx0123456789abcdef");
        assert_eq!(codec.decode(&OpenidCodec::new("wxother").encode(7)), None);
        let openid = codec.encode(7);
        for position in 0..28 {
            let mut altered = openid.clone().into_bytes();
            altered[position] = if altered[position] == b'A' { b'B' } else { b'A' };
            assert_eq!(codec.decode(&String::from_utf8_lossy(&altered)), None, "position {position}");
        }
        for text in ["", "o", "oAbc", &openid[..27], &format!("{openid}A")] {
            assert_eq!(codec.decode(text), None, "{text}");
        }
    }
}
