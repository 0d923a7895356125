//! Decimal digits without the formatting machinery, which would be a tenth of the tracker's
//! download.

use alloc::string::String;

/// Appends `number`, with zeros before it up to `width` digits.
pub(crate) fn push(out: &mut String, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut rest = number;
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        if rest == 0 && used >= width.max(1) {
            break;
        }
        // A remainder of ten fits.
        *digit += (rest % 10) as u8;
        rest /= 10;
        used += 1;
    }
    out.extend(digits.iter().skip(digits.len() - used).map(|&digit| char::from(digit)));
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use super::push;

    fn pushed(number: u64, width: usize) -> String {
        let mut out = String::new();
        push(&mut out, number, width);
        out
    }

    #[test]
    fn digits_are_what_formatting_writes() {
        for number in [0, 7, 10, 99, 100, 2026, u64::MAX] {
            assert_eq!(pushed(number, 0), number.to_string());
        }
        assert_eq!(pushed(7, 3), "007");
        assert_eq!(pushed(2026, 3), "2026");
    }
}
