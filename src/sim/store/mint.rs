//! UIDs and generated names: they look random, and follow from a seed and a count alone.

/// What generated names are made of: no vowels, no look-alikes, as the real server has it.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Makes UIDs and name suffixes, each from the next number.
#[derive(Clone, Copy, Debug)]
pub struct Mint {
    seed: u64,
    count: u64,
}

impl Mint {
    pub fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    /// A UID in the form of a version 4 UUID.
    pub fn uid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let text = format!("{high:016x}{low:016x}");
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
        let variant = char::from_digit(u32::try_from(low >> 62).unwrap_or(0) | 8, 16).unwrap_or('8');
        format!("{}-{}-4{}-{variant}{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
    }

    /// Five letters for `generateName`.
    pub fn suffix(&mut self) -> String {
        let mut bits = self.next();
        let mut letters = String::new();
        for _ in 0..5 {
            let place = usize::try_from(bits % 27).unwrap_or(0);
            letters.push(LETTERS.get(place).copied().unwrap_or(b'x').into());
            bits /= 27;
        }
        letters
    }

    /// SplitMix64: every count gives another number, well spread.
    fn next(&mut self) -> u64 {
        self.count = self.count.wrapping_add(1);
        let mut z = self.seed.wrapping_add(self.count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_look_like_version_4_and_follow_from_the_seed() {
        let (mut one, mut same, mut other) = (Mint::new(7), Mint::new(7), Mint::new(8));
        let uid = one.uid();
        assert_eq!(uid.len(), 36);
        assert_eq!(uid.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&uid.as_bytes()[19]));
        assert_eq!(uid, same.uid());
        assert_ne!(uid, other.uid());
        assert_ne!(uid, one.uid());
        assert_eq!(one.suffix().len(), 5);
    }
}
