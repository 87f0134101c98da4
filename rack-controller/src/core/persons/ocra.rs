//! One-time responses: OCRA, the OATH challenge-response algorithm (RFC 6287).
//!
//! ```text
//!  response = truncated HMAC(key, suite | 00 | counter | question | PIN's hash | session | time)
//! ```
//! The suite says which of them there are. Pure; every suite of the RFC can be worked out, so that its test vectors hold
//! (appendix C), and one of them is ours: [`SUITE`].

use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// The suite of this controller: HMAC-SHA-256, eight digits, a question of 64 hexadecimal digits.
pub const SUITE: &str = "OCRA-1:HOTP-SHA256-8:QH64";

/// Bytes of the question in what is hashed (RFC 6287, 5.1).
const QUESTION: usize = 128;

/// What goes into a response besides the key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Data<'a> {
    /// The counter, where the suite has one.
    pub counter: u64,
    /// The question: digits, hexadecimal digits or characters, as the suite says.
    pub question: &'a str,
    /// The hash of the PIN, where the suite has one.
    pub pin: &'a [u8],
    /// The session, where the suite has one.
    pub session: &'a [u8],
    /// Time steps since 1970, where the suite has them.
    pub time: u64,
}

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OcraError {
    /// Not a suite of RFC 6287.
    #[error("not a suite of RFC 6287")]
    Suite,
    /// The question is not of the suite's form.
    #[error("the question is not of the suite's form")]
    Question,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

impl Hash {
    fn of(name: &str) -> Result<Hash, OcraError> {
        match name {
            "SHA1" => Ok(Hash::Sha1),
            "SHA256" => Ok(Hash::Sha256),
            "SHA512" => Ok(Hash::Sha512),
            _ => Err(OcraError::Suite),
        }
    }

    fn mac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        fn mac<M: Mac + hmac::digest::KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
            // A key of any length is taken (RFC 2104).
            <M as Mac>::new_from_slice(key).map_or_else(
                |_| Vec::new(),
                |mac| mac.chain_update(message).finalize().into_bytes().to_vec(),
            )
        }
        match self {
            Hash::Sha1 => mac::<Hmac<Sha1>>(key, message),
            Hash::Sha256 => mac::<Hmac<Sha256>>(key, message),
            Hash::Sha512 => mac::<Hmac<Sha512>>(key, message),
        }
    }
}

/// The response of `suite` to `data`: its number below 10^digits, and how many digits it is written with.
///
/// # Errors
/// When the suite or the question is none.
pub fn response(suite: &str, key: &[u8], data: &Data<'_>) -> Result<(u32, u32), OcraError> {
    let mut parts = suite.split(':');
    let (Some("OCRA-1"), Some(function), Some(inputs), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(OcraError::Suite);
    };
    let function = function.strip_prefix("HOTP-").ok_or(OcraError::Suite)?;
    let (hash, digits) = function.split_once('-').ok_or(OcraError::Suite)?;
    let hash = Hash::of(hash)?;
    let digits = digits.parse().ok().filter(|digits| (4..=9).contains(digits));
    let digits: u32 = digits.ok_or(OcraError::Suite)?;

    let mut message = suite.as_bytes().to_vec();
    message.push(0);
    // The order of the inputs is the suite's own, which the RFC fixes.
    for input in inputs.split('-') {
        match input.split_at_checked(1) {
            Some(("C", "")) => message.extend(data.counter.to_be_bytes()),
            Some(("Q", form)) => message.extend(question(form, data.question)?),
            Some(("P", name)) => {
                Hash::of(name)?;
                message.extend(data.pin);
            }
            Some(("S", _)) => message.extend(data.session),
            Some(("T", _)) => message.extend(data.time.to_be_bytes()),
            Some(_) | None => return Err(OcraError::Suite),
        }
    }
    Ok((truncated(&hash.mac(key, &message), digits), digits))
}

/// Dynamic truncation (RFC 4226, 5.3).
fn truncated(mac: &[u8], digits: u32) -> u32 {
    let offset = usize::from(mac.last().copied().unwrap_or(0) & 0xf);
    let word = mac.get(offset..offset + 4).unwrap_or(&[0; 4]);
    let number = word.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
    (number & 0x7fff_ffff) % 10u32.pow(digits)
}

/// The question's bytes, zeros behind it.
fn question(form: &str, text: &str) -> Result<[u8; QUESTION], OcraError> {
    let (kind, most) = form.split_at_checked(1).ok_or(OcraError::Suite)?;
    let most: usize = most.parse().map_err(|_| OcraError::Suite)?;
    if !(4..=64).contains(&most) {
        return Err(OcraError::Suite);
    }
    // Both sides' questions one behind the other where each answers the other (RFC 6287, 7.2).
    if text.is_empty() || text.len() > 2 * most {
        return Err(OcraError::Question);
    }
    let mut bytes = [0; QUESTION];
    let put = |bytes: &mut [u8; QUESTION], nibbles: &[u8]| {
        for (place, nibble) in nibbles.iter().enumerate() {
            bytes[place / 2] |= if place % 2 == 0 { nibble << 4 } else { *nibble };
        }
    };
    match kind {
        "A" if text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            bytes[..text.len()].copy_from_slice(text.as_bytes());
        }
        "N" if text.bytes().all(|byte| byte.is_ascii_digit()) => put(&mut bytes, &hexadecimal(text)),
        "H" => {
            let nibbles: Option<Vec<u8>> = text
                .chars()
                .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
                .collect();
            put(&mut bytes, &nibbles.ok_or(OcraError::Question)?);
        }
        "A" | "N" => return Err(OcraError::Question),
        _ => return Err(OcraError::Suite),
    }
    Ok(bytes)
}

/// A decimal number of any length as hexadecimal digits, without zeros before it (the RFC's reference does it so).
fn hexadecimal(decimal: &str) -> Vec<u8> {
    // Digits to the base 16, least first.
    let mut digits: Vec<u8> = vec![0];
    for digit in decimal.bytes() {
        let mut carry = u16::from(digit - b'0');
        for place in &mut digits {
            let value = u16::from(*place) * 10 + carry;
            *place = u8::try_from(value & 0xf).unwrap_or(0);
            carry = value >> 4;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry & 0xf).unwrap_or(0));
            carry >>= 4;
        }
    }
    digits.reverse();
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha1::Digest as _;

    const KEY: &[u8] = b"1234567890123456789012345678901234567890123456789012345678901234";

    fn check(suite: &str, data: &Data<'_>, expected: u32) {
        let key = match suite {
            _ if suite.contains("SHA512-8") => KEY,
            _ if suite.contains("SHA256-8") => &KEY[..32],
            _ => &KEY[..20],
        };
        let got = response(suite, key, data).map(|(number, _)| number);
        assert_eq!(got, Ok(expected), "{suite} {data:?}");
    }

    /// RFC 6287, appendix C: one-way, and mutual with SHA-256.
    #[test]
    fn the_test_vectors_of_the_rfc_hold() {
        let pin = Sha1::digest(b"1234");
        let repeated = |digit: usize, length: usize| digit.to_string().repeat(length);
        let of = |question: &str, expected: u32, suite: &str, counter: u64| {
            let data = Data {
                counter,
                question,
                pin: &pin,
                time: 0x132_d0b6,
                ..Data::default()
            };
            check(suite, &data, expected);
        };
        let one_way = [
            237_653, 243_178, 653_583, 740_991, 608_993, 388_898, 816_933, 224_598, 750_600, 294_470,
        ];
        for (digit, expected) in one_way.into_iter().enumerate() {
            of(&repeated(digit, 8), expected, "OCRA-1:HOTP-SHA1-6:QN08", 0);
        }
        let with_counter = [
            65_347_737, 86_775_851, 78_192_410, 71_565_254, 10_104_329, 65_983_500, 70_069_104, 91_771_096,
            75_011_558, 8_522_129,
        ];
        for (counter, expected) in (0..).zip(with_counter) {
            of("12345678", expected, "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", counter);
        }
        let with_pin = [83_238_735, 1_501_458, 17_957_585, 86_776_967, 86_807_031];
        for (digit, expected) in with_pin.into_iter().enumerate() {
            of(
                &repeated(digit, 8),
                expected,
                "OCRA-1:HOTP-SHA256-8:QN08-PSHA1",
                0,
            );
        }
        let long = [
            7_016_083, 63_947_962, 70_123_924, 25_341_727, 33_203_315, 34_205_738, 44_343_969, 51_946_085,
            20_403_879, 31_409_299,
        ];
        for (digit, expected) in long.into_iter().enumerate() {
            of(
                &repeated(digit, 8),
                expected,
                "OCRA-1:HOTP-SHA512-8:C-QN08",
                digit as u64,
            );
        }
        let timed = [95_209_754, 55_907_591, 22_048_402, 24_218_844, 36_209_546];
        for (digit, expected) in timed.into_iter().enumerate() {
            of(&repeated(digit, 8), expected, "OCRA-1:HOTP-SHA512-8:QN08-T1M", 0);
        }
        let server = [28_247_970, 1_984_843, 65_387_857, 3_351_211, 83_412_541];
        let client = [15_510_767, 90_175_646, 33_777_207, 95_285_278, 28_934_924];
        for (place, (server, client)) in server.into_iter().zip(client).enumerate() {
            let (cli, srv) = (format!("CLI2222{place}"), format!("SRV1111{place}"));
            of(&format!("{cli}{srv}"), server, "OCRA-1:HOTP-SHA256-8:QA08", 0);
            of(&format!("{srv}{cli}"), client, "OCRA-1:HOTP-SHA256-8:QA08", 0);
        }
    }

    /// The RFC's mutual authentication with SHA-512 and its signatures, of the same appendix.
    #[test]
    fn mutual_responses_and_signatures_of_the_rfc_hold() {
        let pin = Sha1::digest(b"1234");
        let of = |question: &str, expected: u32, suite: &str| {
            let data = Data {
                question,
                pin: &pin,
                time: 0x132_d0b6,
                ..Data::default()
            };
            check(suite, &data, expected);
        };
        let server = [79_496_648, 76_831_980, 12_250_499, 90_856_481, 12_761_449];
        let client = [18_806_276, 70_020_315, 1_600_026, 18_951_020, 32_528_969];
        let signed = [53_095_496, 4_110_475, 31_331_128, 76_028_668, 46_554_205];
        let timed = [77_537_423, 31_970_405, 10_235_557, 95_213_541, 65_360_607];
        for place in 0..5 {
            let (cli, srv) = (format!("CLI2222{place}"), format!("SRV1111{place}"));
            of(&format!("{cli}{srv}"), server[place], "OCRA-1:HOTP-SHA512-8:QA08");
            of(
                &format!("{srv}{cli}"),
                client[place],
                "OCRA-1:HOTP-SHA512-8:QA08-PSHA1",
            );
            of(
                &format!("SIG1{place}000"),
                signed[place],
                "OCRA-1:HOTP-SHA256-8:QA08",
            );
            of(
                &format!("SIG1{place}00000"),
                timed[place],
                "OCRA-1:HOTP-SHA512-8:QA10-T1M",
            );
        }
    }

    #[test]
    fn a_number_is_written_to_the_base_of_sixteen_without_zeros_before_it() {
        assert_eq!(hexadecimal("12345678"), [0xb, 0xc, 0x6, 0x1, 0x4, 0xe]);
        assert_eq!(hexadecimal("0016"), [1, 0]);
        assert_eq!(hexadecimal("0"), [0]);
    }

    #[test]
    fn what_is_no_suite_and_no_question_is_refused() {
        let ask = |suite: &str, question: &str| {
            let data = Data {
                question,
                ..Data::default()
            };
            response(suite, KEY, &data)
        };
        for suite in [
            "",
            "OCRA-2:HOTP-SHA256-8:QH64",
            "OCRA-1:HOTP-MD5-8:QH64",
            "OCRA-1:HOTP-SHA256-12:QH64",
            "OCRA-1:HOTP-SHA256-8:QX08",
            "OCRA-1:HOTP-SHA256-8:QH99",
            "OCRA-1:HOTP-SHA256-8:QH64:more",
        ] {
            assert_eq!(ask(suite, "00"), Err(OcraError::Suite), "{suite}");
        }
        assert_eq!(ask(SUITE, "xy"), Err(OcraError::Question));
        assert_eq!(ask(SUITE, &"0".repeat(129)), Err(OcraError::Question));
        assert_eq!(ask("OCRA-1:HOTP-SHA1-6:QN08", "12ab"), Err(OcraError::Question));
        assert!(ask(SUITE, &"f".repeat(64)).is_ok());
    }
}
