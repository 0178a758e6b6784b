//! Text made small for a ConfigMap, and read back with a bound: gzip in base64.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use k8s_openapi::ByteString;
use serde_json::Value;

/// The largest text that is read back, in bytes: a few bytes of gzip can claim to be gigabytes.
const LARGEST: u64 = 16 << 20;

/// Packs a text.
pub fn pack(text: &str) -> String {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail; an empty text is then what is read back, and its check sum says so.
    let bytes = packed.write_all(text.as_bytes()).and_then(|()| packed.finish()).unwrap_or_default();
    match serde_json::to_value(ByteString(bytes)) {
        Ok(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// Reads a packed text.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn unpack(text: &str) -> Result<String, String> {
    let ByteString(bytes) = serde_json::from_value(text.into()).map_err(|_| "it is not base64".to_owned())?;
    let mut plain = Vec::new();
    let read = MultiGzDecoder::new(bytes.as_slice()).take(LARGEST + 1).read_to_end(&mut plain);
    read.map_err(|error| format!("it is cut short or damaged: {error}"))?;
    if plain.len() as u64 > LARGEST {
        return Err(format!("it is larger than {} MiB, which no release of ours is", LARGEST >> 20));
    }
    String::from_utf8(plain).map_err(|_| "it is no text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_too_large_or_cut_is_said() {
        let bomb = pack(&"a".repeat(LARGEST as usize + 1));
        assert!(bomb.len() < 100_000);
        assert!(unpack(&bomb).is_err_and(|why| why.contains("larger than")));
        let whole = pack("where the release stands");
        assert!(unpack(&whole[..whole.len() / 8 * 4]).is_err_and(|why| why.contains("cut short")));
        assert!(unpack("not base64!").is_err_and(|why| why.contains("base64")));
    }

    proptest! {
        #[test]
        fn a_text_survives(text in "\\PC{0,400}") {
            prop_assert_eq!(unpack(&pack(&text)), Ok(text));
        }

        #[test]
        fn nothing_that_is_read_panics(text in "[A-Za-z0-9+/=]{0,200}") {
            let _whatever = unpack(&text);
        }
    }
}
