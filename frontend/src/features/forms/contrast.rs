//! Contrast of colours after WCAG 2.2: relative luminance and its ratio.

/// The least ratio of text to its ground (WCAG 2.2, 1.4.3).
pub const TEXT: f64 = 4.5;
/// The least ratio of a mark or a border to its ground (WCAG 2.2, 1.4.11).
pub const MARK: f64 = 3.0;

/// A colour as red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(u8, u8, u8);

pub const WHITE: Colour = Colour(255, 255, 255);
pub const BLACK: Colour = Colour(0, 0, 0);

impl Colour {
    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let part = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        Some(Self(part(0)?, part(2)?, part(4)?))
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// From 1 (the same) to 21 (black and white).
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance() + 0.05, other.luminance() + 0.05);
        if a > b { a / b } else { b / a }
    }

    /// White or black: whichever differs more from this colour. One of the two always reaches 4.5.
    pub fn text(self) -> Self {
        if self.contrast(BLACK) > self.contrast(WHITE) { BLACK } else { WHITE }
    }
}
