//! Pages: what goes where, and drawing it. Laid out first and drawn afterwards, since every page
//! says how many there are.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::TextDirection;
use rustybuzz::Face;
use unicode_bidi::BidiInfo;

use crate::fonts::{Fonts, shaped_width, spelled};
use crate::qr::Code;
use crate::wrap;

/// US Letter, in points: what US courts file.
const WIDTH: f32 = 612.0;
const HEIGHT: f32 = 792.0;
const MARGIN: f32 = 54.0;
/// Where the text of a page ends; below stands its number.
const BOTTOM: f32 = HEIGHT - 72.0;
/// Lines are this much apart, in sizes.
const LEADING: f32 = 1.4;

/// How text looks.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) size: f32,
    pub(crate) bold: bool,
    pub(crate) gray: u8,
}

enum Mark {
    Text { x: f32, y: f32, style: Style, text: String },
    Bar { left: f32, top: f32, width: f32, height: f32, gray: u8 },
}

/// Pages with everything on them.
pub(crate) struct Layout<'a> {
    regular: Option<Face<'a>>,
    bold: Option<Face<'a>>,
    pages: Vec<Vec<Mark>>,
    y: f32,
    /// How far the text must stay away from the right edge, and down to where.
    narrow: (f32, f32),
    footer: String,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(fonts: &'a Fonts, footer: &str) -> Self {
        Self {
            regular: fonts.face(false),
            bold: fonts.face(true),
            pages: vec![Vec::new()],
            y: MARGIN,
            narrow: (0.0, 0.0),
            footer: footer.into(),
        }
    }

    fn face(&self, bold: bool) -> Option<&Face<'a>> {
        if bold { self.bold.as_ref() } else { self.regular.as_ref() }
    }

    fn push(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Begins a new page unless so much room is left.
    pub(crate) fn need(&mut self, room: f32) {
        if self.y + room > BOTTOM {
            self.pages.push(Vec::new());
            self.y = MARGIN;
            self.narrow = (0.0, 0.0);
        }
    }

    /// Leaves room.
    pub(crate) const fn skip(&mut self, points: f32) {
        self.y += points;
    }

    /// A QR code in the upper right corner of the page, beside which text stays narrower.
    pub(crate) fn code(&mut self, code: &Code, caption: &str) {
        const SIDE: f32 = 118.0;
        let left = WIDTH - MARGIN - SIDE;
        #[expect(clippy::cast_precision_loss, reason = "a code has at most 185 modules a side")]
        let module = SIDE / code.size() as f32;
        for (x, y, length) in code.runs() {
            #[expect(clippy::cast_precision_loss, reason = "likewise")]
            let (x, y, length) = (x as f32, y as f32, length as f32);
            self.push(Mark::Bar {
                left: left + x * module,
                top: MARGIN - 12.0 + y * module,
                width: length * module,
                height: module,
                gray: 0,
            });
        }
        let style = Style { size: 7.5, bold: false, gray: 90 };
        let y = MARGIN - 4.0 + SIDE;
        self.push(Mark::Text { x: left + 14.0, y, style, text: caption.into() });
        self.narrow = (SIDE + 12.0, y + 12.0);
    }

    /// A paragraph, `indent` points from the left margin.
    pub(crate) fn text(&mut self, text: &str, style: Style, indent: f32) {
        let lines = self.lines(text, style, indent);
        for line in lines {
            self.line(line, style, indent);
        }
    }

    fn lines(&self, text: &str, style: Style, indent: f32) -> Vec<String> {
        let Some(face) = self.face(style.bold) else { return Vec::new() };
        let right = if self.y < self.narrow.1 { self.narrow.0 } else { 0.0 };
        let width = WIDTH - 2.0 * MARGIN - indent - right;
        wrap::lines(&spelled(text, face), face, style.size, width)
    }

    fn line(&mut self, text: String, style: Style, indent: f32) {
        self.need(style.size * LEADING);
        self.y += style.size * LEADING;
        let y = self.y - style.size * (LEADING - 1.0);
        if !text.is_empty() {
            self.push(Mark::Text { x: MARGIN + indent, y, style, text });
        }
    }

    /// A name and its value beside it.
    pub(crate) fn pair(&mut self, name: &str, value: &str, style: Style) {
        const NAMES: f32 = 130.0;
        let muted = Style { gray: 90, ..style };
        self.need(style.size * LEADING);
        let Some(face) = self.face(false) else { return };
        let names = wrap::lines(name, face, style.size, NAMES - 8.0);
        let values = self.lines(value, style, NAMES);
        for at in 0..names.len().max(values.len()) {
            self.need(style.size * LEADING);
            let y = self.y;
            if let Some(name) = names.get(at) {
                self.line(name.clone(), muted, 0.0);
                self.y = y;
            }
            self.line(values.get(at).cloned().unwrap_or_default(), style, NAMES);
        }
    }

    /// Words with a bar along their left side.
    pub(crate) fn quote(&mut self, words: &str, style: Style) {
        for line in self.lines(words, style, 12.0) {
            self.need(style.size * LEADING);
            let (top, height) = (self.y, style.size * LEADING);
            self.push(Mark::Bar { left: MARGIN, top, width: 2.0, height, gray: 170 });
            self.line(line, style, 12.0);
        }
    }

    /// A thin line across the page.
    pub(crate) fn rule(&mut self) {
        let (left, width) = (MARGIN, WIDTH - 2.0 * MARGIN);
        self.push(Mark::Bar { left, top: self.y, width, height: 0.75, gray: 170 });
        self.y += 4.0;
    }
}

/// Draws all pages; none when the fonts or the page cannot be used.
pub(crate) fn draw(document: &mut Document, layout: &Layout<'_>, fonts: &Fonts) -> Option<()> {
    let count = layout.pages.len();
    for (at, marks) in layout.pages.iter().enumerate() {
        let mut page = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT)?);
        let mut surface = page.surface();
        let style = Style { size: 7.5, bold: false, gray: 90 };
        let footer = format!("{}    Page {} of {count}", layout.footer, at + 1);
        let footer = Mark::Text { x: MARGIN, y: HEIGHT - 40.0, style, text: footer };
        for mark in marks.iter().chain([&footer]) {
            match mark {
                Mark::Bar { left, top, width, height, gray } => {
                    surface.set_fill(Some(ink(*gray)));
                    let mut path = PathBuilder::new();
                    path.push_rect(Rect::from_xywh(*left, *top, *width, *height)?);
                    surface.draw_path(&path.finish()?);
                }
                Mark::Text { x, y, style, text } => {
                    let face = layout.face(style.bold)?;
                    surface.set_fill(Some(ink(style.gray)));
                    draw_line(&mut surface, (*x, *y), *style, text, face, fonts);
                }
            }
        }
        surface.finish();
        page.finish();
    }
    Some(())
}

fn ink(gray: u8) -> Fill {
    Fill {
        paint: rgb::Color::new(gray, gray, gray).into(),
        opacity: NormalizedF32::ONE,
        rule: krilla::paint::FillRule::default(),
    }
}

/// Draws a line run by run, each in its direction, in the order in which they stand beside each
/// other (UAX #9).
fn draw_line(
    surface: &mut Surface<'_>,
    (mut x, y): (f32, f32),
    style: Style,
    text: &str,
    face: &Face<'_>,
    fonts: &Fonts,
) {
    let info = BidiInfo::new(text, None);
    for paragraph in &info.paragraphs {
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let (Some(words), Some(level)) = (text.get(run.clone()), levels.get(run.start)) else {
                continue;
            };
            let direction = if level.is_rtl() {
                TextDirection::RightToLeft
            } else {
                TextDirection::LeftToRight
            };
            let font = fonts.font(style.bold);
            surface.draw_text(Point::from_xy(x, y), font, style.size, words, false, direction);
            x += shaped_width(face, words) * style.size;
        }
    }
}
