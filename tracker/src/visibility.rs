//! Whether a visitor could see an element (contract §1.2): drawn, with a box, not clipped away,
//! and within what scrolling can reach.

use crate::dom::{self, Bounds, Element};

/// Boxes thinner than this hold no words: the usual way to hide text from eyes and keep it for
/// screen readers is a box of one pixel.
const THIN: f64 = 2.0;

impl Bounds {
    fn is_thin(self) -> bool {
        self.right - self.left < THIN || self.bottom - self.top < THIN
    }

    /// What of this area lies within another.
    fn within(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
            ..self
        }
    }
}

/// Whether a visitor could see an element's own words or, for a control, its box.
pub fn is_visible(element: &Element, is_control: bool) -> bool {
    // The box first: it spares everything that is not rendered the walk.
    element
        .bounds(!is_control)
        .is_some_and(|area| !area.is_thin() && element.is_drawn() && is_reachable(element, area))
}

/// Follows the boxes that clip or scroll the area, out to the viewport.
fn is_reachable(element: &Element, area: Bounds) -> bool {
    let mut area = area;
    let mut next = Some(element.clone());
    // An absolutely positioned box is not clipped by what lies between it and the box that
    // positions it.
    let mut is_absolute = false;
    while let Some(current) = next {
        if matches!(current.tag_name().as_str(), "BODY" | "HTML") {
            break;
        }
        let style = current.style("position overflow-y clip-path clip");
        let mut style = style.split('\n');
        let mut property = || style.next().unwrap_or_default();
        let (position, overflow, path, clip) = (property(), property(), property(), property());
        if !is_absolute || position != "static" {
            is_absolute = position == "absolute";
            let is_fixed = position == "fixed";
            if cuts_everything(path) || ((is_absolute || is_fixed) && cuts_everything(clip)) {
                return false;
            }
            if overflow != "visible" {
                let Some(own) = current.bounds(false) else {
                    return false;
                };
                if matches!(overflow, "auto" | "scroll") {
                    // Scrolling brings in what lies after the start of the content.
                    let is_before = area.right - own.left + own.scroll_left < THIN
                        || area.bottom - own.top + own.scroll_top < THIN;
                    if is_before {
                        return false;
                    }
                    area = own;
                } else {
                    area = area.within(own);
                }
                if area.is_thin() {
                    return false;
                }
            }
            if is_fixed {
                return is_on_screen(area, true);
            }
        }
        next = current.drawn_in();
    }
    is_on_screen(area, false)
}

/// `clip-path` and `clip` as used for hiding: nothing is left of the box.
fn cuts_everything(clip: &str) -> bool {
    let Some((shape, size)) = clip.split_once('(') else {
        return false;
    };
    let digits = size.bytes().take_while(u8::is_ascii_digit);
    let number = digits
        .fold(0_u32, |sum, digit| sum.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
    match shape {
        "inset" => number >= 50 && size.ends_with("%)"),
        "circle" | "ellipse" => size.starts_with("0px") || size.starts_with("0%"),
        "rect" => {
            number < 2 && matches!(clip, "rect(0px, 0px, 0px, 0px)" | "rect(1px, 1px, 1px, 1px)")
        }
        _ => false,
    }
}

/// Whether the viewport shows the area, now or, unless it is fixed, after scrolling the page: to
/// the right, on right-to-left pages to the left, and never above its start.
fn is_on_screen(area: Bounds, is_fixed: bool) -> bool {
    let Some(page) = dom::page_bounds(is_fixed) else {
        return false;
    };
    !area.within(page).is_thin()
}
