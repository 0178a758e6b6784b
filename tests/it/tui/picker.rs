//! The first screen where nothing is configured, at every size, and as a version is typed for a flight.

use glidepath::core::text::neutral;
use glidepath::tui::look::Look;
use glidepath::tui::picker::{Item, Picker, draw};
use glidepath::tui::picture::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::hostile::{PAYLOADS, obeyed_by_a_terminal};
use super::key;
use super::screens::styles;

fn picker() -> Picker {
    let item = |name: &str, sidecar: bool| Item {
        name: name.to_owned(),
        replicas: 10,
        images: std::iter::once(("app".to_owned(), format!("registry.example/shop/{name}:1.7.4")))
            .chain(sidecar.then(|| ("proxy".to_owned(), "envoyproxy/envoy@sha256:0123456789abcdef".to_owned())))
            .collect(),
    };
    let items = vec![item("cart", false), item("checkout", true)];
    Picker { place: "prod-eu · shop".to_owned(), items, ..Picker::default() }
}

fn after(keys: &str) -> Picker {
    let mut picker = picker();
    for name in keys.split_whitespace() {
        assert_eq!(picker.key(key(name).into()), None, "{keys}");
    }
    picker
}

fn frame(picker: &Picker, width: u16, height: u16) -> Buffer {
    draw(picker, Look::default(), Rect::new(0, 0, width, height))
}

#[test]
fn every_state_at_every_size() {
    let states = [
        ("list", ""),
        ("filtered", "c h"),
        ("typing", "tab"),
        ("typed", "tab 1 . 8 . 0"),
        ("emptied", "tab bs"),
        ("second-container", "down tab tab"),
        ("whole-reference", "down tab g h c r . i o / c h e c k o u t : 1 . 8 . 0 - r c . 1"),
    ];
    for (name, keys) in states {
        let picker = after(keys);
        let design = frame(&picker, 80, 24);
        let mut all = format!("80x24\n{}\nstyles\n{}\n", text(&design), styles(&design));
        for (width, height) in [(40, 12), (20, 5), (1, 1)] {
            all += &format!("{width}x{height}\n{}\n", text(&frame(&picker, width, height)));
        }
        insta::assert_snapshot!(format!("picker-{name}"), all);
        for size in [0, 2, 9, 30, 200] {
            for height in [0, 1, 2, 24] {
                let _no_panic = frame(&picker, size, height);
            }
        }
    }
}

#[test]
fn no_payload_reaches_the_terminal_from_the_list() {
    for payload in PAYLOADS {
        // As it comes in, and as a bug on the way in would let it through.
        for text in [neutral(payload), payload.to_owned()] {
            let item = Item { name: text.clone(), replicas: 1, images: vec![(text.clone(), text.clone())] };
            for keys in ["", "tab"] {
                let mut picker = Picker { place: text.clone(), items: vec![item.clone()], ..Picker::default() };
                keys.split_whitespace().for_each(|name| assert_eq!(picker.key(key(name).into()), None));
                for (width, height) in [(80, 24), (20, 5)] {
                    let frame = frame(&picker, width, height);
                    let shown: String = frame.content.iter().map(|cell| cell.symbol()).collect();
                    assert!(!shown.contains(obeyed_by_a_terminal), "{payload:?} {keys} at {width}: {shown:?}");
                }
            }
        }
    }
}
